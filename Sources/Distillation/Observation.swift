import Tensors

/// What a model is seen to do at a batch of inputs.
///
/// Teachers and students are observed alike, and a ``Loss`` says how far apart two observations are.
///
/// A model that tells two classes apart may have a single output: one logit z, with
/// σ(z) = 1 / (1 + exp(−z)) the probability of class 1. Asked for probabilities, log-probabilities
/// or their derivatives, such an observation answers for both classes, class 0 first, exactly as a
/// model with the two logits (0, z) would.
public struct Observation {
  /// What the numbers are, which decides what they can be compared with.
  public enum Meaning: String, Sendable, CaseIterable, Codable {
    /// Log-probabilities of classes up to a constant of each example; one output is the logit of
    /// class 1 against class 0.
    case logits
    /// Log-probabilities of classes; one output is that of class 1.
    case logProbabilities
    /// Probabilities of classes; one output is that of class 1.
    case probabilities
    /// Log-densities of the inputs themselves, normalised or not.
    case logDensities
    /// Real numbers, as in regression.
    case reals
    /// Of labels that do not exclude each other, each by itself: z, where σ(z) is the probability that
    /// the label belongs to the example.
    case labelLogits
    /// These probabilities themselves.
    case labelProbabilities

    /// Whether the numbers are a distribution over classes.
    public var isOverClasses: Bool {
      switch self {
      case .logits, .logProbabilities, .probabilities: true
      case .logDensities, .reals, .labelLogits, .labelProbabilities: false
      }
    }

    /// Whether the numbers are of labels, of which an example may have several.
    public var isOfLabels: Bool { self == .labelLogits || self == .labelProbabilities }
  }

  /// Derivatives along directions in the space of outputs: one backward pass each instead of one
  /// for every output.
  public struct Projection {
    /// v, `[batch, projections, classes]`.
    public let directions: Tensor
    /// Σ_k v_k ∂log p_k/∂x, `[batch, projections, inputs…]`; of the values themselves where these
    /// are not over classes.
    public let derivatives: Tensor

    public init(directions: Tensor, derivatives: Tensor) {
      self.directions = directions
      self.derivatives = derivatives
    }
  }

  /// `[batch, outputs]`.
  public var values: Tensor
  public var meaning: Meaning
  /// ∂values/∂inputs, `[batch, outputs, inputs…]`, when they were requested.
  public var derivatives: Tensor?
  /// Derivatives along the directions that were requested.
  public var projection: Projection?
  /// Intermediate values by the name of their tap.
  public var features: [String: Tensor]
  /// Which classes the values are of, `[batch, outputs]`, where only the most probable ones were
  /// kept; see ``mostProbable(_:temperature:)``.
  public var classes: Tensor?
  /// Whether each example was seen by one draw of a random teacher, in place of the mean of all:
  /// losses that are not right on average are then refused.
  public var isOneDraw = false
  /// The taps that there were, with their shapes without the batch axis.
  var passed: [(name: String, shape: [Int])] = []

  public init(
    _ values: Tensor,
    meaning: Meaning,
    derivatives: Tensor? = nil,
    projection: Projection? = nil,
    features: [String: Tensor] = [:],
    classes: Tensor? = nil
  ) {
    self.values = values
    self.meaning = meaning
    self.derivatives = derivatives
    self.projection = projection
    self.features = features
    self.classes = classes
  }

  /// The number of examples observed.
  public var batchSize: Int { values.shape.first ?? 0 }

  /// The number of outputs of the model.
  public var outputCount: Int { values.shape.last ?? 0 }

  /// Whether a single output stands for two classes.
  public var isBinary: Bool { meaning.isOverClasses && outputCount == 1 }

  /// The number of classes, two for a single output; of outputs where there are no classes.
  public var classCount: Int { isBinary ? 2 : outputCount }

  /// The same observation as a constant to differentiation.
  public var detached: Observation {
    var result = Observation(
      values.detached,
      meaning: meaning,
      derivatives: derivatives?.detached,
      projection: projection.map {
        Projection(directions: $0.directions.detached, derivatives: $0.derivatives.detached)
      },
      features: features.mapValues(\.detached),
      classes: classes
    )
    result.isOneDraw = isOneDraw
    result.passed = passed
    return result
  }
}

extension Observation {
  /// Observations of one batch after another as one.
  package init(concatenating parts: [Observation]) {
    func joined(_ tensor: (Observation) -> Tensor?) -> Tensor? {
      let tensors = parts.compactMap(tensor)
      return tensors.count == parts.count ? .concatenated(tensors) : nil
    }
    self.init(
      .concatenated(parts.map(\.values)),
      meaning: parts[0].meaning,
      derivatives: joined(\.derivatives),
      features: parts[0].features.keys.reduce(into: [:]) { features, name in
        features[name] = joined { $0.features[name] }
      },
      classes: joined(\.classes)
    )
    if let directions = joined(\.projection?.directions),
      let projected = joined(\.projection?.derivatives)
    {
      projection = Projection(directions: directions, derivatives: projected)
    }
    isOneDraw = parts.contains { $0.isOneDraw }
  }

  /// The observation of the examples at `indices` (`[count]`, integers).
  func rows(_ indices: Tensor) -> Observation {
    var result = Observation(
      values[rows: indices],
      meaning: meaning,
      derivatives: derivatives?[rows: indices],
      projection: projection.map {
        Projection(
          directions: $0.directions[rows: indices],
          derivatives: $0.derivatives[rows: indices]
        )
      },
      features: features.mapValues { $0[rows: indices] },
      classes: classes?[rows: indices]
    )
    result.isOneDraw = isOneDraw
    return result
  }
}

import Networks

/// What is worth knowing of a loss before it is taken. t and f are the probabilities of teacher and student,
/// softened where there is a temperature T; z are logits; s and t features where taps are compared.
public struct LossFacts: Sendable, Hashable, Encodable {
  /// What becomes of the gradient as T grows.
  public enum Temperature: String, Sendable, Encodable {
    case none = "no temperature"
    /// Multiplied by T², so that the gradient keeps its size.
    case squared = "times T²: the gradient keeps its size"
    /// Not multiplied, and the gradient keeps its size all the same.
    case unneeded = "without T²: the gradient keeps its size by itself"
    /// Not multiplied: the gradient shrinks, as 1/T² or faster.
    case absent = "without T²: the gradient shrinks as T grows"
    /// Of something else than classes.
    case other = "a temperature of its own, of no classes"
  }

  public let formula: String
  /// Over what is averaged, and whether the examples of a batch see each other.
  public let reduction: String
  public let temperature: Temperature
  public let paper: String
  public let advice: String

  init(
    _ formula: String,
    _ reduction: String = batch,
    _ temperature: Temperature = .none,
    _ paper: String,
    when advice: String
  ) {
    (self.formula, self.reduction, self.temperature) = (formula, reduction, temperature)
    (self.paper, self.advice) = (paper, advice)
  }

  static let batch = "mean over the batch"
  static let whole = "over the whole batch, whose examples see each other"
  static let classes = "mean over batch × classes"
}

extension LossFormula {
  /// Formula, reduction, temperature, paper and advice; nil for one's own.
  public var facts: LossFacts? { LossFacts.known[name] }
}

extension LossFacts {
  /// A line for each fact, such as `formula    T² KL(t‖f)`.
  public var text: String {
    [
      ("formula", formula), ("reduction", reduction), ("temperature", temperature.rawValue),
      ("paper", paper), ("take it when", advice),
    ].map { $0 + String(repeating: " ", count: 14 - $0.count) + $1 }.joined(separator: "\n")
  }

  static let known = [ofOutputs, ofRelations, ofFeatures, ofDerivatives, ofConventions]
    .reduce(into: [String: LossFacts]()) { all, some in all.merge(some) { own, _ in own } }
}

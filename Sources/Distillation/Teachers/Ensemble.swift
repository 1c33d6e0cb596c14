import Networks
import Tensors

/// Several teachers that speak with one voice.
///
/// ```swift
/// let ensemble = Ensemble(networks, products: .bfloat16)
/// let softTargets = try ensemble.observe(images).probabilities()
/// ```
///
/// Members are evaluated one after another over large chunks of the inputs, which is the fastest
/// way on a CPU; plain perceptrons by a fused kernel.
public struct Ensemble: Teacher {
  /// What is averaged.
  public enum Mean: String, Sendable, CaseIterable, Codable {
    /// The arithmetic mean of probabilities, t̄ = 1/M Σ_m t_m; of the values themselves where these
    /// are real numbers, of densities where they are log-densities.
    case probabilities
    /// The geometric mean of probabilities, renormalised: log t̄ = 1/M Σ_m log t_m + constant.
    case logProbabilities
  }

  public let members: [any Teacher]
  public let mean: Mean
  /// How much each member counts, summing to 1; nil where all count alike.
  public let weights: [Double]?
  public let products: Products
  /// The most inputs that one member sees at once.
  public let chunk: Int
  private let derivativeChunk: Int
  /// Whether fewer are seen at once where each is large.
  private let isMeasuredByInputs: Bool
  let perceptrons: PerceptronKernels?

  /// - Parameters:
  ///   - mean: The default is the mean of probabilities, the predictive distribution of models that
  ///     are equally credible.
  ///   - weights: How much each member counts, positive; they are divided by their sum. The default
  ///     is all alike.
  ///   - chunk: The default is 10,000 for perceptrons that fused kernels evaluate, where products are
  ///     fastest, and 512 for others, whose maps then stay in the cache, or as many as have a million
  ///     numbers. Requests for derivatives use a twentieth of what is given, else 500: each input then
  ///     takes outputs × inputs numbers.
  public init(
    _ members: [any Teacher],
    mean: Mean = .probabilities,
    weights: [Double]? = nil,
    chunk: Int? = nil
  ) {
    self.init(members, mean: mean, weights: weights, products: .float32, chunk: chunk)
  }

  /// An ensemble of networks.
  ///
  /// - Parameter products: With `.bfloat16` values come from products of rounded factors; measure
  ///   what that does with ``largestProbabilityError(on:)``. Derivatives are never rounded.
  public init(
    _ networks: [any Module],
    observedAs meaning: Observation.Meaning = .logits,
    mean: Mean = .probabilities,
    weights: [Double]? = nil,
    products: Products = .float32,
    chunk: Int? = nil
  ) {
    self.init(
      networks.map { ModuleTeacher($0, observedAs: meaning, products: products) },
      mean: mean,
      weights: weights,
      products: products,
      chunk: chunk
    )
  }

  private init(
    _ members: [any Teacher],
    mean: Mean,
    weights: [Double]?,
    products: Products,
    chunk: Int?
  ) {
    precondition(!members.isEmpty, "Ensemble: needs at least one member")
    precondition(chunk ?? 1 > 0, "Ensemble: chunk \(chunk ?? 0) must be positive")
    self.members = members
    self.mean = mean
    self.products = products
    self.weights = weights.map { weights in
      precondition(
        weights.count == members.count && weights.allSatisfy { $0 > 0 && $0.isFinite },
        "Ensemble: weights \(weights) for \(members.count) members: one positive number for each"
      )
      let sum = weights.reduce(0, +)
      return weights.map { $0 / sum }
    }
    // The kernels count members alike.
    perceptrons = weights == nil ? PerceptronKernels(members) : nil
    self.chunk = chunk ?? (perceptrons == nil ? 512 : 10_000)
    isMeasuredByInputs = chunk == nil && perceptrons == nil
    derivativeChunk = max(1, (chunk ?? 10_000) / 20)
  }

  /// The feature that an ensemble answers for: what each member gives itself, `[batch, members,
  /// classes]`, log-probabilities where values are over classes.
  public static let membersTap = "members"

  /// Whether a fused kernel evaluates all members, which are plain perceptrons then.
  package var isFused: Bool { perceptrons != nil }

  /// How much a member counts.
  func weight(of member: Int) -> Double { weights?[member] ?? 1 / Double(members.count) }

  public func observe(_ inputs: Tensor, _ request: Request) throws -> Observation {
    guard request.features.isSubset(of: [Self.membersTap]) else {
      throw DistillationError(
        "an ensemble has no features of its own but '\(Self.membersTap)': for a loss on features "
          + "take one of its members as the teacher"
      )
    }
    var rows: Int
    if case .none = request.derivatives {
      if let seen = kernelObservation(of: inputs, request) { return seen }
      rows = chunk
    } else {
      rows = derivativeChunk
    }
    if isMeasuredByInputs { rows = min(rows, Self.rows(of: inputs)) }
    let count = inputs.shape[0]
    if count <= rows { return try observeChunk(inputs, request) }
    let parts = try stride(from: 0, to: count, by: rows).map { start in
      let range = start..<min(start + rows, count)
      return try observeChunk(inputs[range], request.slice(range))
    }
    return Observation(concatenating: parts)
  }

  /// How many of these inputs have a million numbers, as a power of two: maps of larger ones are cleared
  /// pages of the system at every layer, which take longer than the layer.
  private static func rows(of inputs: Tensor) -> Int {
    let numbers = max(1, inputs.shape.dropFirst().reduce(1, *))
    var rows = 1
    while 2 * rows * numbers <= 1 << 20 { rows *= 2 }
    return rows
  }

  /// The observation by fused kernels, which average at once and keep no member apart.
  func kernelObservation(of inputs: Tensor, _ request: Request) -> Observation? {
    guard request.features.isEmpty else { return nil }
    return perceptrons?.observe(inputs, request, mean, products)
  }

  /// The largest |difference| of a probability between rounded and unrounded products.
  ///
  /// - Parameter sample: `[examples, inputs…]`; a few thousand are enough.
  public func largestProbabilityError(on sample: Tensor) throws -> Double {
    let exact = Ensemble(
      members.map { ($0 as? ModuleTeacher)?.unrounded ?? $0 },
      mean: mean,
      weights: weights,
      chunk: chunk
    )
    return try observe(sample).probabilities()
      .largestDifference(from: exact.observe(sample).probabilities())
  }
}

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
  public let products: Products
  /// The most inputs that one member sees at once.
  public let chunk: Int
  let perceptrons: PerceptronKernels?

  /// - Parameters:
  ///   - mean: The default is the mean of probabilities, the predictive distribution of models that
  ///     are equally credible.
  ///   - chunk: The default is 10,000, where products are fastest; requests for derivatives use a
  ///     twentieth of it, because each input then takes outputs × inputs numbers.
  public init(
    _ members: [any Teacher],
    mean: Mean = .probabilities,
    chunk: Int = 10_000
  ) {
    precondition(!members.isEmpty, "Ensemble: needs at least one member")
    precondition(chunk > 0, "Ensemble: chunk \(chunk) must be positive")
    self.members = members
    self.mean = mean
    self.chunk = chunk
    products = .float32
    perceptrons = PerceptronKernels(members)
  }

  /// An ensemble of networks.
  ///
  /// - Parameter products: With `.bfloat16` values come from products of rounded factors; measure
  ///   what that does with ``largestProbabilityError(on:)``. Derivatives are never rounded.
  public init(
    _ networks: [any Module],
    observedAs meaning: Observation.Meaning = .logits,
    mean: Mean = .probabilities,
    products: Products = .float32,
    chunk: Int = 10_000
  ) {
    precondition(!networks.isEmpty, "Ensemble: needs at least one member")
    precondition(chunk > 0, "Ensemble: chunk \(chunk) must be positive")
    members = networks.map { ModuleTeacher($0, observedAs: meaning, products: products) }
    self.mean = mean
    self.chunk = chunk
    self.products = products
    perceptrons = PerceptronKernels(members)
  }

  public func observe(_ inputs: Tensor, _ request: Request) throws -> Observation {
    guard request.features.isEmpty else {
      throw DistillationError(
        "an ensemble has no features of its own: observe the features of a member"
      )
    }
    let rows: Int
    if case .none = request.derivatives {
      if let seen = perceptrons?.observe(inputs, request, mean, products) { return seen }
      rows = chunk
    } else {
      rows = max(1, chunk / 20)
    }
    let count = inputs.shape[0]
    if count <= rows { return try observeChunk(inputs, request) }
    let parts = try stride(from: 0, to: count, by: rows).map { start in
      let range = start..<min(start + rows, count)
      return try observeChunk(inputs[range], request.slice(range))
    }
    return Observation(concatenating: parts)
  }

  /// The largest |difference| of a probability between rounded and unrounded products.
  ///
  /// - Parameter sample: `[examples, inputs…]`; a few thousand are enough.
  public func largestProbabilityError(on sample: Tensor) throws -> Double {
    let exact = Ensemble(
      members.map { ($0 as? ModuleTeacher)?.unrounded ?? $0 },
      mean: mean,
      chunk: chunk
    )
    return try observe(sample).probabilities()
      .largestDifference(from: exact.observe(sample).probabilities())
  }
}

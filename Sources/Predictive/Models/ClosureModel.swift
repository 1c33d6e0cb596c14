import Probability

/// Any model: predictive values at an input for each draw, as a closure.
///
/// ```swift
/// let growth = ClosureModel(dimension: 3, inputs: 1, outputs: 1, .means) { draw, x in
///   [draw[0] / (1 + exp(draw[1] - draw[2] * x[0]))]
/// }
/// ```
///
/// It has no derivatives, so that losses of derivatives cannot be used, and is sampled only where
/// predictions are probabilities of classes or a sampler is given.
public struct ClosureModel: PredictiveModel {
  /// An outcome drawn from what one draw predicts at an input.
  public typealias Sampler =
    @Sendable (_ draw: [Double], _ input: [Double], inout RandomStream) -> Double

  public let dimension: Int
  public let inputs: Int
  public let outputs: Int
  public let quantity: PredictedQuantity
  public var hasSlopes: Bool { false }
  private let values: @Sendable ([Double], [Double]) -> [Double]
  private let sampler: Sampler?

  public init(
    dimension: Int,
    inputs: Int,
    outputs: Int,
    _ quantity: PredictedQuantity,
    sampler: Sampler? = nil,
    values: @escaping @Sendable (_ draw: [Double], _ input: [Double]) -> [Double]
  ) {
    self.dimension = dimension
    self.inputs = inputs
    self.outputs = outputs
    self.quantity = quantity
    self.sampler = sampler
    self.values = values
  }

  public func predict(
    _ draw: UnsafePointer<Double>,
    at input: UnsafePointer<Double>,
    values: UnsafeMutablePointer<Double>,
    slopes: UnsafeMutablePointer<Double>?
  ) {
    precondition(slopes == nil, "ClosureModel: has no derivatives")
    let given = self.values(array(draw, dimension), array(input, inputs))
    precondition(
      given.count == outputs,
      "ClosureModel: the closure gave \(given.count) values for \(outputs) outputs"
    )
    for k in 0..<outputs { values[k] = given[k] }
  }

  public func sample(
    _ draw: UnsafePointer<Double>,
    at input: UnsafePointer<Double>,
    using random: inout RandomStream
  ) -> Double {
    if let sampler { return sampler(array(draw, dimension), array(input, inputs), &random) }
    precondition(
      quantity == .probabilities,
      "ClosureModel.sample: only classes can be drawn without a sampler, not \(quantity)"
    )
    let weights = values(array(draw, dimension), array(input, inputs))
    return Double(Categorical(weights: weights).sample(using: &random))
  }

  private func array(_ start: UnsafePointer<Double>, _ count: Int) -> [Double] {
    Array(UnsafeBufferPointer(start: start, count: count))
  }
}

import Testing

@testable import Tensors

/// Derivatives of every operation against central differences in Float64.
///
/// With step h = 1e-5 the truncation error is h²·|f‴|/6 ≈ 1e-10·scale and the rounding error
/// 2⁻⁵³·|f|/h ≈ 1e-11·scale; the bound leaves a factor of 1000 for third derivatives and sums.
@Suite struct DerivativeTests {
  static let step = 1e-5
  static let bound = 1e-7

  /// Σ weights·results, with weights that tell every result apart.
  static func scalar(_ operation: Operation, _ inputs: [Tensor]) -> Tensor {
    operation.run(inputs).map { result in
      let positions = Tensor.range(0..<result.count, .float64).reshaped(to: result.shape)
      return (result * (positions + 1).cosine).sum()
    }.reduce(Tensor(0.0), +)
  }

  /// Which inputs hold real numbers.
  static func places(_ inputs: [Tensor]) -> [Int] {
    inputs.indices.filter { inputs[$0].elementType == .float64 }
  }

  static func gradients(_ operation: Operation, _ inputs: [Tensor]) -> [Tensor] {
    let places = places(inputs)
    return valueWithGradients(at: places.map { inputs[$0] }) { tracked in
      var all = inputs
      for (place, tensor) in zip(places, tracked) { all[place] = tensor }
      return scalar(operation, all)
    }.gradients
  }

  static func moved(_ inputs: [Tensor], _ directions: [Tensor], by length: Double) -> [Tensor] {
    var all = inputs
    for (place, direction) in zip(places(inputs), directions) {
      all[place] = all[place] + direction * length
    }
    return all
  }

  static func inner(_ a: [Tensor], _ b: [Tensor]) -> Tensor {
    zip(a, b).map { ($0 * $1).sum() }.reduce(Tensor(0.0), +)
  }

  static func directions(_ inputs: [Tensor], seed: UInt64) -> [Tensor] {
    let generator = RandomGenerator(seed: seed)
    return places(inputs).map { .normal(inputs[$0].shape, .float64, using: generator) }
  }

  @Test(arguments: Operation.differentiable)
  func gradientIsTheLimitOfDifferences(operation: Operation) {
    let inputs = operation.reference.inputTensors
    let gradients = Self.gradients(operation, inputs)
    for seed in 1...3 as ClosedRange<UInt64> {
      let directions = Self.directions(inputs, seed: seed)
      let slope = Self.inner(gradients, directions).doubleValue
      let ahead = Self.scalar(operation, Self.moved(inputs, directions, by: Self.step))
      let behind = Self.scalar(operation, Self.moved(inputs, directions, by: -Self.step))
      let difference = (ahead - behind).doubleValue / (2 * Self.step)
      #expect(abs(slope - difference) < Self.bound * max(1, abs(slope)))
    }
  }

  @Test(arguments: Operation.twiceDifferentiable)
  func secondDerivativeIsTheLimitOfDifferencesOfGradients(operation: Operation) {
    let inputs = operation.reference.inputTensors
    let places = Self.places(inputs)
    let directions = Self.directions(inputs, seed: 4)
    let weights = Self.directions(inputs, seed: 5)
    // ∇⟨∇f, weights⟩ · directions.
    let second = valueWithGradients(at: places.map { inputs[$0] }) { tracked in
      var all = inputs
      for (place, tensor) in zip(places, tracked) { all[place] = tensor }
      return Self.inner(Self.gradients(operation, all), weights)
    }.gradients
    let slope = Self.inner(second, directions).doubleValue
    let ahead = Self.gradients(operation, Self.moved(inputs, directions, by: Self.step))
    let behind = Self.gradients(operation, Self.moved(inputs, directions, by: -Self.step))
    let difference =
      (Self.inner(ahead, weights) - Self.inner(behind, weights)).doubleValue / (2 * Self.step)
    #expect(abs(slope - difference) < Self.bound * max(1, abs(slope)))
  }

  /// The same numbers by five ways: rows, columns, the whole, and its application.
  @Test(arguments: Operation.differentiable.filter { $0.reference.inputTensors.count == 1 })
  func productsAgreeWithTheJacobian(operation: Operation) {
    let x = operation.reference.inputTensors[0]
    let f: (Tensor) -> Tensor = { operation.run([$0])[0] }
    let value = f(x)
    let generator = RandomGenerator(seed: 6)
    let u = Tensor.normal(x.shape, .float64, using: generator)
    let v = Tensor.normal(value.shape, .float64, using: generator)
    let whole = jacobian(at: x, of: f)
    #expect(whole.shape == value.shape + x.shape)
    let matrix = whole.reshaped(to: [value.count, x.count])
    let forward = jacobianVectorProduct(at: x, along: u, of: f)
    let backward = vectorJacobianProduct(at: x, along: v, of: f)
    #expect(forward.value.largestDifference(from: value) == 0)
    #expect(backward.value.largestDifference(from: value) == 0)
    let expectedForward = matrix.matmul(u.flattened()).reshaped(to: value.shape)
    let expectedBackward = v.flattened().matmul(matrix).reshaped(to: x.shape)
    let scale = max(1, matrix.magnitude.maximum().doubleValue)
    #expect(forward.product.largestDifference(from: expectedForward) < 1e-12 * scale)
    #expect(backward.product.largestDifference(from: expectedBackward) < 1e-12 * scale)
  }
}

import Testing

@testable import Tensors

/// An operation as the tests see it: from the inputs of its reference case to its results.
struct Operation: CustomTestStringConvertible, Sendable {
  /// How often it can be differentiated where its reference inputs are.
  enum Smoothness { case none, once, twice }

  let name: String
  let smoothness: Smoothness
  /// How far the value may be from the reference, relative to the largest element.
  let tolerance: Double
  let run: @Sendable ([Tensor]) -> [Tensor]

  var testDescription: String { name }

  init(
    _ name: String,
    _ smoothness: Smoothness = .twice,
    tolerance: Double = 1e-12,
    _ run: @escaping @Sendable ([Tensor]) -> [Tensor]
  ) {
    self.name = name
    self.smoothness = smoothness
    self.tolerance = tolerance
    self.run = run
  }

  static let all: [Operation] = [
    operators, elementwise, reductions, shapes, indexing, algebra, layers, creation,
  ].flatMap { $0 }
  static let differentiable = all.filter { $0.smoothness != .none }
  static let twiceDifferentiable = all.filter { $0.smoothness == .twice }
}

extension Operation {
  /// A function of one tensor.
  static func of(
    _ name: String,
    _ smoothness: Smoothness = .twice,
    _ function: @escaping @Sendable (Tensor) -> Tensor
  ) -> Operation {
    Operation(name, smoothness) { [function($0[0])] }
  }

  /// A function of two tensors.
  static func ofTwo(
    _ name: String,
    _ smoothness: Smoothness = .twice,
    _ function: @escaping @Sendable (Tensor, Tensor) -> Tensor
  ) -> Operation {
    Operation(name, smoothness) { [function($0[0], $0[1])] }
  }

  // Typed one by one: as one list of operator closures they are too much for the type checker.
  static let operators: [Operation] = {
    var list: [Operation] = []
    list.append(.ofTwo("add") { (a: Tensor, b: Tensor) in a + b })
    list.append(.ofTwo("subtract") { (a: Tensor, b: Tensor) in a - b })
    list.append(.ofTwo("multiply") { (a: Tensor, b: Tensor) in a * b })
    list.append(.ofTwo("divide") { (a: Tensor, b: Tensor) in a / b })
    list.append(.of("addScalar") { (a: Tensor) in a + 1.5 })
    list.append(.of("subtractScalar") { (a: Tensor) in a - 1.5 })
    list.append(.of("subtractFromScalar") { (a: Tensor) in 1.5 - a })
    list.append(.of("multiplyScalar") { (a: Tensor) in -2.5 * a })
    list.append(.of("divideScalar") { (a: Tensor) in a / 3 })
    list.append(.of("divideIntoScalar") { (a: Tensor) in 3 / a })
    list.append(.of("negate") { (a: Tensor) in -a })
    list.append(.ofTwo("equal", .none) { (a: Tensor, b: Tensor) in a .== b })
    list.append(.ofTwo("notEqual", .none) { (a: Tensor, b: Tensor) in a .!= b })
    list.append(.ofTwo("less", .none) { (a: Tensor, b: Tensor) in a .< b })
    list.append(.ofTwo("lessOrEqual", .none) { (a: Tensor, b: Tensor) in a .<= b })
    list.append(.ofTwo("greater", .none) { (a: Tensor, b: Tensor) in a .> b })
    list.append(.ofTwo("greaterOrEqual", .none) { (a: Tensor, b: Tensor) in a .>= b })
    list.append(.of("equalScalar", .none) { (a: Tensor) in a .== 1 })
    list.append(.of("notEqualScalar", .none) { (a: Tensor) in a .!= 1 })
    list.append(.of("lessScalar", .none) { (a: Tensor) in a .< 1 })
    list.append(.of("lessOrEqualScalar", .none) { (a: Tensor) in a .<= 1 })
    list.append(.of("greaterScalar", .none) { (a: Tensor) in a .> 1 })
    list.append(.of("greaterOrEqualScalar", .none) { (a: Tensor) in a .>= 1 })
    list.append(.ofTwo("and", .none) { (a: Tensor, b: Tensor) in a .& b })
    list.append(.ofTwo("or", .none) { (a: Tensor, b: Tensor) in a .| b })
    list.append(.ofTwo("xor", .none) { (a: Tensor, b: Tensor) in a .^ b })
    list.append(.of("not", .none) { (a: Tensor) in .!a })
    return list
  }()

  static let elementwise: [Operation] = [
    .of("remainder") { $0.remainder(dividingBy: 0.7) },
    .of("dividedDown", .none) { $0.dividedDown(by: 0.7) },
    .of("raisedToScalar") { $0.raised(to: 2.5) },
    .ofTwo("raisedToTensor") { $0.raised(to: $1) },
    .of("squared") { $0.squared },
    .ofTwo("interpolated") { $0.interpolated(to: $1, fraction: 0.25) },
    .ofTwo("angle") { .angle(y: $0, x: $1) },
    .ofTwo("logAddExp") { $0.logAddExp($1) },
    .ofTwo("timesLogarithm") { $0.timesLogarithm(of: $1) },
    .ofTwo("maximumOfTwo") { $0.maximum($1) },
    .ofTwo("minimumOfTwo") { $0.minimum($1) },
    .of("clamped") { $0.clamped(min: -0.5, max: 1.25) },
    .of("exponential") { $0.exponential },
    .of("exponentialMinusOne") { $0.exponentialMinusOne },
    .of("logarithm") { $0.logarithm },
    .of("logarithmOfOnePlus") { $0.logarithmOfOnePlus },
    .of("logarithmToBase2") { $0.logarithmToBase2 },
    .of("squareRoot") { $0.squareRoot },
    .of("reciprocalSquareRoot") { $0.reciprocalSquareRoot },
    .of("magnitude") { $0.magnitude },
    .of("sign") { $0.sign },
    .of("sine") { $0.sine },
    .of("cosine") { $0.cosine },
    .of("tangent") { $0.tangent },
    .of("arcsine") { $0.arcsine },
    .of("arccosine") { $0.arccosine },
    .of("arctangent") { $0.arctangent },
    .of("hyperbolicSine") { $0.hyperbolicSine },
    .of("hyperbolicCosine") { $0.hyperbolicCosine },
    .of("errorFunction") { $0.errorFunction },
    .of("complementaryErrorFunction") { $0.complementaryErrorFunction },
    .of("inverseErrorFunction") { $0.inverseErrorFunction },
    .of("normalCumulative") { $0.normalCumulative },
    .of("logNormalCumulative") { $0.logNormalCumulative },
    .of("normalQuantile") { $0.normalQuantile },
    .of("logGamma") { $0.logGamma },
    .of("digamma") { $0.digamma },
    // libtorch's series stops at nine digits.
    Operation("trigamma", tolerance: 1e-8) { [$0[0].trigamma] },
    .of("roundedDown") { $0.roundedDown },
    .of("roundedUp") { $0.roundedUp },
    .of("truncated") { $0.truncated },
    .of("rounded", .none) { $0.rounded },
    .of("tanh") { $0.tanh },
    .of("sigmoid") { $0.sigmoid },
    .of("logSigmoid") { $0.logSigmoid },
    .of("relu") { $0.relu },
    .of("leakyReLU") { $0.leakyReLU(slope: 0.2) },
    .of("gelu") { $0.gelu() },
    .of("geluApproximate") { $0.gelu(approximate: true) },
    .of("silu") { $0.silu },
    .of("elu") { $0.elu },
    .of("softplus") { $0.softplus },
    .of("mish") { $0.mish },
    .of("selu") { $0.selu },
    .of("hardSwish") { $0.hardSwish },
    .of("softmax") { $0.softmax(along: 0) },
    .of("logSoftmax") { $0.logSoftmax() },
  ]

  static let reductions: [Operation] = [
    .of("sum") { $0.sum() },
    .of("sumAlong") { $0.sum(along: 0, -1) },
    .of("meanAlong") { $0.mean(along: -1, keepingAxes: true) },
    .of("variance") { $0.variance() },
    .of("varianceAlong") { $0.variance(along: 1, correction: 0) },
    .of("standardDeviation") { $0.standardDeviation(along: 2) },
    .of("logSumExp") { $0.logSumExp() },
    .of("logSumExpAlong") { $0.logSumExp(along: 1) },
    .of("maximum") { $0.maximum(along: 1) },
    .of("minimum") { $0.minimum(along: 0, 1) },
    .of("indexOfMaximum", .none) { $0.indexOfMaximum() },
    .of("indexOfMinimum", .none) { $0.indexOfMinimum(along: 0) },
    .of("product") { $0.product(along: 1) },
    .of("norm") { $0.norm() },
    .of("normOrder3") { $0.norm(order: 3, along: 2) },
    .of("quantile") { $0.quantile(0.3, along: 1) },
    .of("cumulativeSum") { $0.cumulativeSum(along: 1) },
    .of("cumulativeProduct") { $0.cumulativeProduct(along: 1) },
    .of("cumulativeLogSumExp") { $0.cumulativeLogSumExp(along: 1) },
    .of("cumulativeMaximum") { $0.cumulativeMaximum(along: 2) },
    .of("cumulativeMinimum") { $0.cumulativeMinimum(along: 0) },
    Operation("largest", .none) {
      let result = $0[0].largest(2)
      return [result.values, result.indices]
    },
    Operation("sorted", .none) {
      let result = $0[0].sorted(along: 0)
      return [result.values, result.indices]
    },
    .of("occurrences", .none) { $0.occurrences(classes: 6) },
    .ofTwo("weightedOccurrences", .none) { $0.occurrences(weights: $1) },
    .of("anyTrue", .none) { $0.anyTrue(along: 1) },
    .of("allTrue", .none) { $0.allTrue(along: 1) },
  ]
}

import Distillation
import Foundation
import Networks
import Tensors
import Testing

@testable import Generative

/// A kind of normalised student over five binary inputs.
struct StudentCase: CustomTestStringConvertible, Sendable {
  let testDescription: String
  let make: @Sendable () -> any AutoregressiveModel

  init(_ name: String, _ make: @escaping @Sendable () -> any AutoregressiveModel) {
    testDescription = name
    self.make = make
  }

  static let order = [3, 0, 4, 1, 2]

  /// Those that differentiate operators, with parameters large enough to matter.
  static let all: [StudentCase] = [
    StudentCase("MADE") {
      spread(MADE(inputs: 5, hidden: [9], order: order, using: RandomGenerator(seed: 1)))
    },
    StudentCase("MADE, deep and direct") {
      spread(
        MADE(
          inputs: 5,
          hidden: [12, 10],
          activation: .tanh,
          order: order,
          connectsDirectly: true,
          using: RandomGenerator(seed: 2)
        )
      )
    },
    StudentCase("MADE, one of many masks") {
      spread(
        MADE(
          inputs: 5,
          hidden: [7, 8, 9],
          activation: .tanh,
          masks: .agnostic(masks: 4),
          using: RandomGenerator(seed: 3)
        ).members(4, seed: 1)[2]
      )
    },
    StudentCase("deep NADE") {
      spread(
        DeepNADE(
          inputs: 5,
          hidden: [8, 7],
          activation: .tanh,
          order: order,
          using: RandomGenerator(seed: 4)
        )
      )
    },
    StudentCase("deep NADE with one hidden layer") {
      spread(DeepNADE(inputs: 5, hidden: [9], using: RandomGenerator(seed: 5)))
    },
  ]

  /// Draws the parameters anew from N(0, 1/2).
  static func spread<Model: Module>(_ model: Model) -> Model {
    let generator = RandomGenerator(seed: 77)
    for parameter in model.parameters {
      parameter.replace(with: .normal(parameter.shape, using: generator) * 0.7)
    }
    return model
  }
}

@Suite struct StudentTests {
  static var states: Tensor { allStates(5) }

  @Test(arguments: StudentCase.all) func probabilitiesSumToOne(_ kind: StudentCase) {
    let student = kind.make()
    student.move(.float64)
    let total = student.logProbability(Self.states).exponential.sum().doubleValue
    // Softplus is linear above 20, where it errs by 2e−9.
    #expect(abs(total - 1) < 1e-8)
    // Conditionals say the same: Π over inputs.
    let y = student.conditionals(Self.states)
    let x = Self.states.cast(to: .float64)
    let product = (x * y.logarithm + (1 - x) * (1 - y).logarithm).sum(along: 1)
    #expect(product.largestDifference(from: student.logProbability(Self.states)) < 1e-8)
    #expect(y.standardDeviation(along: 0).maximum().doubleValue > 0.05, "it depends on nothing")
  }

  /// An input changes only conditionals after it in the order.
  @Test(arguments: StudentCase.all) func conditionalsLookBackOnly(_ kind: StudentCase) {
    let student = kind.make()
    let y = student.conditionals(Self.states)
    for (place, input) in student.order.enumerated() {
      let other = student.conditionals(flipped(Self.states, input))
      let change = (y - other).magnitude.maximum(along: 0).scalars(Double.self)
      for (later, target) in student.order.enumerated() where later <= place {
        #expect(change[target] == 0, "\(input) reaches \(target)")
      }
    }
  }

  @Test(arguments: StudentCase.all) func samplesFollowTheProbabilities(_ kind: StudentCase) {
    let student = kind.make()
    let count = 20_000
    let (samples, logProbability) = student.sampled(count, seed: 5, stream: 0)
    expect(samples, follow: student.logProbability(Self.states))
    #expect(
      logProbability[0..<100]
        .largestDifference(from: student.logProbability(samples[0..<100])) < 1e-4
    )
    let other = student.samples(count, seed: 5, stream: 1)
    #expect(samples.largestDifference(from: other) > 0)
    // The same seed gives the same samples.
    #expect(student.samples(count, seed: 5).largestDifference(from: samples) == 0)
  }

  @Test(arguments: StudentCase.all) func completionsFollowTheConditional(
    _ kind: StudentCase
  ) throws {
    let student = kind.make()
    let start = Self.states[21..<22].repeated([20_000, 1])
    let completed = try student.completions(of: start, given: 2, seed: 3)
    let known = student.order.prefix(2)
    for input in known {
      #expect(
        completed.selecting(input, along: 1)
          .largestDifference(from: start.selecting(input, along: 1)) == 0
      )
    }
    // log q(x) where x agrees with what is known, −∞ elsewhere, normalised.
    let agrees = known.map { Self.states.selecting($0, along: 1) .== start[0][$0] }
      .reduce(Tensor.ones([32], .bool)) { $0 .& $1 }
    let joint = student.logProbability(Self.states).filled(with: -.infinity, where: .!agrees)
    expect(completed, follow: joint - joint.logSumExp(along: 0))
    #expect(throws: GenerativeError.self) {
      try student.completions(of: start, given: 6, seed: 1)
    }
  }

  /// Derivatives against central differences in Float64: of log q with respect to inputs and
  /// parameters, and of the score matching loss, which is differentiated twice.
  @Test(arguments: StudentCase.all) func derivativesAreThoseOfDifferences(
    _ kind: StudentCase
  ) throws {
    let student = kind.make()
    student.move(.float64)
    try expectDerivatives(
      of: student,
      at: .uniform([4, 5], .float64, using: RandomGenerator(seed: 9))
    )
  }
}

/// States with one input changed from 0 to 1 or back.
func flipped(_ states: Tensor, _ input: Int) -> Tensor {
  let mask = Tensor([input]).oneHot(classes: states.shape[1], .uint8)
  return states + mask - 2 * (states * mask)
}

/// Pearson's test of samples of binary inputs against log-probabilities of all states.
func expect(
  _ samples: Tensor,
  follow logProbabilities: Tensor,
  sourceLocation: SourceLocation = #_sourceLocation
) {
  let inputs = samples.shape[1]
  let weights = Tensor((0..<inputs).map { 1 << (inputs - 1 - $0) })
  let codes = (samples.cast(to: .int64) * weights).sum(along: 1)
  expect(
    codes.oneHot(classes: 1 << inputs).sum(along: 0).scalars(Double.self),
    follow: logProbabilities.exponential.scalars(Double.self),
    sourceLocation: sourceLocation
  )
}

/// Pearson's test of counts against the probabilities of classes, five standard deviations wide.
func expect(
  _ counts: [Double],
  follow probabilities: [Double],
  sourceLocation: SourceLocation = #_sourceLocation
) {
  let total = counts.reduce(0, +)
  // Classes that are expected less than five times count as one.
  var rare = (observed: 0.0, expected: 0.0)
  var (statistic, classes) = (0.0, 0.0)
  func add(_ observed: Double, _ expected: Double) {
    statistic += (observed - expected) * (observed - expected) / expected
    classes += 1
  }
  for (observed, probability) in zip(counts, probabilities) {
    let expected = probability * total
    if expected >= 5 {
      add(observed, expected)
    } else {
      rare = (rare.observed + observed, rare.expected + expected)
    }
  }
  if rare.expected >= 5 {
    add(rare.observed, rare.expected)
  } else {
    // A Poisson count of mean below five.
    #expect(rare.observed < 25, sourceLocation: sourceLocation)
  }
  let freedom = classes - 1
  #expect(
    statistic < freedom + 5 * (2 * freedom).squareRoot() + 5,
    "\(statistic) with \(freedom) degrees of freedom",
    sourceLocation: sourceLocation
  )
}

/// Checks the first derivatives of log q in Float64, and the second ones that score matching takes.
func expectDerivatives(of student: some NormalizedModel, at x: Tensor) throws {
  let step = 1e-5
  let generator = RandomGenerator(seed: 10)
  func total(_ x: Tensor) -> Double { student(x).sum().doubleValue }
  let direction = Tensor.normal(x.shape, .float64, using: generator)
  let slope = (student.inputDerivative(x) * direction).sum().doubleValue
  let difference = (total(x + direction * step) - total(x - direction * step)) / (2 * step)
  #expect(abs(slope - difference) < 1e-6 * max(abs(slope), 1))

  let target = Observation(
    x.zerosLike.sum(along: 1, keepingAxes: true),
    meaning: .logDensities,
    derivatives: Tensor.normal(x.shape, .float64, using: generator).insertingAxis(1)
  )
  for loss in [Loss.negativeLogLikelihood, .derivativeSquaredError] {
    func value() throws -> Tensor {
      let request = Request(derivatives: loss.needs.derivatives ? .all : .none)
      let seen = student.observe(x, request, as: .logDensities)
      return try loss(Comparison(seen, target, inputs: x))
    }
    let parameters = student.parameters
    let gradients = try valueWithGradients(of: parameters) { try value() }.gradients
    let directions = parameters.map { Tensor.normal($0.shape, .float64, using: generator) }
    let slope = zip(gradients, directions).reduce(0) { $0 + ($1.0 * $1.1).sum().doubleValue }
    let originals = parameters.map(\.value)
    func moved(_ sign: Double) throws -> Double {
      for (index, parameter) in parameters.enumerated() {
        parameter.replace(with: originals[index] + directions[index] * (sign * step))
      }
      defer {
        for (parameter, original) in zip(parameters, originals) {
          parameter.replace(with: original)
        }
      }
      return try value().doubleValue
    }
    let difference = try (moved(1) - moved(-1)) / (2 * step)
    #expect(abs(slope - difference) < 1e-5 * max(abs(slope), 1), "\(loss)")
  }
}

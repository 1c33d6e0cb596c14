import Foundation
import Networks
import Tensors
import Testing

@testable import Distillation

/// Reference numbers made by `Tools/reference/losses.py`.
struct Fixture: Decodable, Sendable {
  struct Reference: Decodable, Sendable {
    let value: Double
    let gradient: [Double]
  }

  struct Mixture: Decodable, Sendable {
    let values: [[Double]]
    let derivatives: [[[Double]]]
  }

  /// Networks of several classes, or of a single logit.
  struct Case: Decodable, Sendable {
    let widths: [Int]
    let student: [[Double]]
    let members: [[[Double]]]
    let inputs: [[Double]]
    let labels: [Int]
    let directions: [[[Double]]]
    let losses: [String: Reference]
    let ensembles: [String: Mixture]
  }

  let classes: Case
  let binary: Case

  static let shared: Fixture = {
    let url = Bundle.module.url(forResource: "Fixtures/losses", withExtension: "json")!
    return try! JSONDecoder().decode(Fixture.self, from: Data(contentsOf: url))
  }()
}

extension Fixture.Case {
  func network(_ weights: [[Double]]) -> MLP {
    let network = tanhNetwork(widths, seed: 0)
    for (parameter, values) in zip(network.parameters, weights) {
      parameter.replace(with: Tensor(values, shape: parameter.shape))
    }
    return network
  }

  var studentNetwork: MLP { network(student) }
  var memberNetworks: [MLP] { members.map(network) }
  var batch: Batch { Batch(Tensor(inputs), labels: Tensor(labels)) }
  var directionTensor: Tensor { tensor(directions) }
}

/// A network that is smooth, so that finite differences converge.
func tanhNetwork(_ widths: [Int], seed: UInt64) -> MLP {
  MLP(widths, activation: .tanh, .float64, using: RandomGenerator(seed: seed))
}

func tensor(_ rows: [[[Double]]]) -> Tensor {
  Tensor(
    rows.flatMap { $0.flatMap { $0 } },
    shape: [rows.count, rows[0].count, rows[0][0].count]
  )
}

/// A member of the catalogue of losses, by a name that tests can be run for.
struct LossCase: Sendable, CustomTestStringConvertible {
  let isBinary: Bool
  let make: @Sendable () -> Loss

  var loss: Loss { make() }
  var testDescription: String { (isBinary ? "single logit: " : "") + loss.description }
  var fixture: Fixture.Case { isBinary ? Fixture.shared.binary : Fixture.shared.classes }
  var meaning: Observation.Meaning {
    loss.terms[0].name == "squaredError" ? .reals : .logits
  }

  /// Every loss there is, for several classes and for a single logit.
  static let catalogue: [LossCase] = [false, true].flatMap { isBinary in
    makers.map { LossCase(isBinary: isBinary, make: $0) }
  }

  private static let makers: [@Sendable () -> Loss] = [
    { .crossEntropy() },
    { .crossEntropy(labelSmoothing: 0.1) },
    { .softCrossEntropy() },
    { .softCrossEntropy(temperature: 4) },
    { .kullbackLeibler() },
    { .kullbackLeibler(temperature: 2.5) },
    { .reverseKullbackLeibler() },
    { .reverseKullbackLeibler(temperature: 3) },
    { .squaredErrorOnLogits },
    { .squaredErrorOnProbabilities },
    { .squaredErrorOnLogProbabilities },
    { .squaredError },
    { .derivativeSquaredError },
    { .projectedDerivativeSquaredError(projections: 2) },
    { .averageScoreMatching },
  ]

  /// The loss of a student beside a teacher at a batch.
  func value(
    _ student: any Module,
    _ teacher: any Teacher,
    _ batch: Batch,
    _ directions: Tensor
  ) throws -> Tensor {
    let v = loss.needs.projections > 0 ? directions : nil
    let target =
      loss.needs.teacher ? try teacher.observe(batch, loss.needs.teacherRequest(v)) : nil
    let seen = student.observe(batch.inputs, loss.needs.studentRequest(v), as: meaning)
    let comparison = Comparison(
      seen,
      target,
      labels: batch.labels,
      inputs: batch.inputs,
      directions: v
    )
    try comparison.check()
    return try loss(comparison)
  }

  /// The loss and its gradient with respect to the student's parameters, in one row.
  func gradient(
    _ student: any Module,
    _ teacher: any Teacher,
    _ batch: Batch,
    _ directions: Tensor
  ) throws -> (value: Double, gradient: Tensor) {
    let (value, gradients) = try valueWithGradients(of: student.parameters) {
      try self.value(student, teacher, batch, directions)
    }
    return (value.doubleValue, .concatenated(gradients.map { $0.flattened() }))
  }
}

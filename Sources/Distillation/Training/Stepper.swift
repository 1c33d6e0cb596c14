import Networks
import Tensors

/// What carries out the steps of a ``Distiller``: by differentiation, or by a kernel made for one
/// kind of student.
protocol Stepper: AnyObject {
  /// Evaluates the loss at a batch and moves the parameters.
  ///
  /// - Parameters:
  ///   - target: What the teacher did at the batch.
  ///   - directions: What derivatives are projected on, where the loss needs it.
  /// - Returns: The loss before the move.
  /// - Throws: Before anything is moved, when the loss cannot be computed or is not finite.
  func step(on batch: Batch, toward target: Observation?, directions: Tensor?) throws -> Double

  /// The same towards a teacher that was recorded, without gathering what it did at the batch; nil
  /// where the stepper cannot, and nothing was done then.
  func step(on batch: Batch, recorded teacher: RecordedTeacher) throws -> Double?

  /// Brings the optimizer up to date, where the stepper keeps its state elsewhere meanwhile.
  func synchronize()

  /// Takes over an optimizer that was changed from outside.
  func reload()
}

/// Steps of any student and loss, by differentiation.
final class AutogradStepper: Stepper {
  private let student: any Module
  private let meaning: Observation.Meaning
  private let loss: BoundLoss
  private let optimizer: any Optimizer
  private let generator: RandomGenerator
  private let parameters: [Parameter]
  private let needs: Needs

  init(
    _ student: any Module,
    _ meaning: Observation.Meaning,
    _ loss: BoundLoss,
    _ optimizer: any Optimizer,
    _ generator: RandomGenerator
  ) {
    self.student = student
    self.meaning = meaning
    self.loss = loss
    self.optimizer = optimizer
    self.generator = generator
    needs = loss.loss.needs
    parameters = loss.trainedParameters(with: student)
  }

  func step(on batch: Batch, toward target: Observation?, directions: Tensor?) throws -> Double {
    let (value, gradients) = try differentiate(loss, on: batch, toward: target, directions)
    guard value.isFinite else { throw NonFiniteLoss(value: value) }
    optimizer.update(parameters, along: gradients)
    return value
  }

  func step(on batch: Batch, recorded teacher: RecordedTeacher) throws -> Double? { nil }

  func synchronize() {}

  func reload() {}

  /// How long the gradient of each term is, weighted as in the loss, at a batch.
  ///
  /// Leaves random state and buffers as they were.
  func gradientNorms(
    on batch: Batch,
    toward target: Observation?,
    directions: Tensor?
  ) throws -> [Double] {
    let modules = [student] + loss.modules
    let buffers = modules.flatMap(\.namedParameters).map(\.parameter).filter { $0.role == .buffer }
    let kept = (generator.state, buffers.map(\.value))
    return try loss.apart.map { term in
      defer {
        generator.state = kept.0
        for (buffer, value) in zip(buffers, kept.1) { buffer.replace(with: value) }
      }
      let (_, gradients) = try differentiate(term, on: batch, toward: target, directions)
      let squares = gradients.reduce(0.0) { $0 + $1.squared.sum().doubleValue }
      return squares.squareRoot()
    }
  }

  private func differentiate(
    _ loss: BoundLoss,
    on batch: Batch,
    toward target: Observation?,
    _ directions: Tensor?
  ) throws -> (value: Double, gradients: [Tensor]) {
    let request = needs.studentRequest(directions)
    let (value, gradients) = try withTorchErrors {
      try valueWithGradients(of: parameters) {
        let seen = student.observe(batch.inputs, request, as: meaning, training: generator)
        let comparison = Comparison(
          seen,
          target,
          labels: batch.labels,
          inputs: batch.inputs,
          directions: directions,
          training: generator,
          indices: batch.indices
        )
        try comparison.check()
        return try loss(comparison)
      }
    }
    return (value.doubleValue, gradients)
  }
}

/// A loss that is infinite or not a number.
struct NonFiniteLoss: Error {
  let value: Double
}

extension Needs {
  /// What to observe of the student.
  func studentRequest(_ directions: Tensor?) -> Request { request(directions, studentFeatures) }

  /// What to observe of the teacher.
  func teacherRequest(_ directions: Tensor?) -> Request { request(directions, teacherFeatures) }

  /// All derivatives serve projections too.
  private func request(_ directions: Tensor?, _ features: Set<String>) -> Request {
    Request(
      derivatives: derivatives ? .all : directions.map { .along($0) } ?? .none,
      features: features
    )
  }
}

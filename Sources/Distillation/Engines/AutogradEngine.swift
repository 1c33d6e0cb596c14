import Networks
import Tensors

/// Steps of any student and loss, by differentiation.
final class AutogradEngine: StepEngine {
  let name = "differentiation"
  private let student: any Module
  private let meaning: Observation.Meaning
  private let loss: BoundLoss
  private let optimizer: any Optimizer
  private let generator: RandomGenerator
  private let parameters: [Parameter]
  private let needs: Needs
  private(set) var gradients: [Tensor] = []

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

  func gradient(on batch: Batch, toward target: Target) throws -> Double {
    let (value, gradients) = try differentiate(loss, on: batch, toward: target)
    guard value.isFinite else { throw NonFiniteLoss(value: value) }
    self.gradients = gradients
    return value
  }

  func descend(along gradients: [Tensor]) {
    optimizer.update(parameters, along: gradients)
    self.gradients = []
  }

  /// Each term at a batch, weighted as in the loss, and how long its gradient is.
  ///
  /// Leaves random state and buffers as they were.
  func terms(on batch: Batch, toward target: Target) throws -> [TermSample] {
    let modules = [student] + loss.modules
    let buffers = modules.flatMap(\.namedParameters).map(\.parameter).filter { $0.role == .buffer }
    let kept = (generator.state, buffers.map(\.value))
    return try loss.apart.map { term in
      defer {
        generator.state = kept.0
        for (buffer, value) in zip(buffers, kept.1) { buffer.replace(with: value) }
      }
      let (value, gradients) = try differentiate(term, on: batch, toward: target)
      let squares = gradients.reduce(0.0) { $0 + $1.squared.sum().doubleValue }
      return TermSample(
        term: term.loss.description,
        value: value,
        gradientNorm: squares.squareRoot()
      )
    }
  }

  private func differentiate(
    _ loss: BoundLoss,
    on batch: Batch,
    toward target: Target
  ) throws -> (value: Double, gradients: [Tensor]) {
    let batch = batch.continuous(for: meaning)
    let request = needs.studentRequest(target.directions)
    let (value, gradients) = try withTorchErrors {
      try valueWithGradients(of: parameters) {
        let seen = student.observe(batch.inputs, request, as: meaning, training: generator)
        let comparison = Comparison(
          seen,
          target.observation,
          labels: batch.labels,
          inputs: batch.inputs,
          directions: target.directions,
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

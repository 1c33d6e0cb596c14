import Networks
import Tensors

/// A student that differentiates some losses by hand, where that is much faster than by recording
/// operations: a model of few numbers, whose steps would be all overhead.
package protocol HandDifferentiated: Module {
  /// The function that evaluates a loss with its gradients at a batch, one for each of the student's
  /// ``Module/parameters`` in order; nil where the student leaves it to automatic differentiation.
  func handGradient(of loss: Loss, observedAs meaning: Observation.Meaning) -> HandGradient?
}

/// The value and gradients of a loss at a batch whose teacher was observed.
package typealias HandGradient = (_ inputs: Tensor, _ target: Observation) throws -> (
  value: Double, gradients: [Tensor]
)

/// Steps of students that differentiate by hand.
final class HandStepper: Stepper {
  private let parameters: [Parameter]
  private let gradient: HandGradient
  private let optimizer: any Optimizer

  /// Nil when the student does not differentiate this loss itself.
  init?(
    _ student: any Module,
    _ meaning: Observation.Meaning,
    _ loss: Loss,
    _ optimizer: any Optimizer
  ) {
    guard let own = student as? any HandDifferentiated,
      let gradient = own.handGradient(of: loss, observedAs: meaning)
    else { return nil }
    parameters = student.parameters
    self.gradient = gradient
    self.optimizer = optimizer
  }

  func step(on batch: Batch, toward target: Observation?, directions: Tensor?) throws -> Double {
    guard let target else { throw Comparison.noTeacher }
    let (value, gradients) = try gradient(batch.inputs, target)
    guard value.isFinite else { throw NonFiniteLoss(value: value) }
    optimizer.update(parameters, along: gradients)
    return value
  }

  func step(on batch: Batch, recorded teacher: RecordedTeacher) throws -> Double? { nil }

  func synchronize() {}

  func reload() {}
}

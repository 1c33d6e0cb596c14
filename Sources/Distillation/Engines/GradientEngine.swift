import Networks
import Tensors

/// Steps of a student that differentiates some losses by hand, where that is much faster than by
/// recording operations: a model of few numbers, whose steps would be all overhead.
package final class GradientEngine: StepEngine {
  /// The value and gradients of a loss at a batch whose teacher was observed, a gradient for each of
  /// the student's ``Module/parameters`` in order.
  package typealias Gradient = (_ inputs: Tensor, _ target: Observation) throws -> (
    value: Double, gradients: [Tensor]
  )

  package let name = "gradient by hand"
  private let parameters: [Parameter]
  private let optimizer: any Optimizer
  private let differentiate: Gradient
  package private(set) var gradients: [Tensor] = []

  package init(
    _ student: any Module,
    _ optimizer: any Optimizer,
    _ differentiate: @escaping Gradient
  ) {
    parameters = student.parameters
    (self.optimizer, self.differentiate) = (optimizer, differentiate)
  }

  package func gradient(on batch: Batch, toward target: Target) throws -> Double {
    guard let observation = target.observation else { throw Comparison.noTeacher }
    let (value, gradients) = try differentiate(batch.inputs, observation)
    guard value.isFinite else { throw NonFiniteLoss(value: value) }
    self.gradients = gradients
    return value
  }

  package func descend(along gradients: [Tensor]) {
    optimizer.update(parameters, along: gradients)
  }
}

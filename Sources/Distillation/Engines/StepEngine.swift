import Networks
import Tensors

/// What carries out the steps of a ``Distiller``: differentiation, or a kernel made for one kind of
/// student. It is chosen once, when the loss is bound.
package protocol StepEngine: AnyObject {
  /// What a record calls it.
  var name: String { get }

  /// Whether the gradient of each term is measured at the first step, by differentiation.
  var measuresTerms: Bool { get }

  /// Evaluates the loss at a batch and keeps its gradient.
  ///
  /// - Returns: The loss.
  /// - Throws: Where the loss cannot be computed, and ``NonFiniteLoss``.
  func gradient(on batch: Batch, toward target: Target) throws -> Double

  /// The gradient that was kept: a tensor for each parameter that the engine moves.
  var gradients: [Tensor] { get }

  /// Moves the parameters along a gradient.
  func descend(along gradients: [Tensor]) throws

  /// Both halves, in one where an engine can.
  ///
  /// - Returns: The loss before the move.
  /// - Throws: Before anything is moved, as ``gradient(on:toward:)``.
  func step(on batch: Batch, toward target: Target) throws -> Double

  /// A step towards a teacher that was recorded, without gathering what it did at the batch; nil
  /// where the engine cannot, and nothing was done then.
  ///
  /// - Parameter directions: What derivatives are projected on, where the loss needs it.
  func step(on batch: Batch, recorded teacher: RecordedTeacher, along directions: Tensor?) throws
    -> Double?

  /// Brings the optimizer up to date, where the engine keeps its state elsewhere meanwhile.
  func synchronize()

  /// Takes over an optimizer that was changed from outside.
  func reload()
}

extension StepEngine {
  package var measuresTerms: Bool { true }

  /// Moves the parameters along the gradient that was kept.
  package func descend() throws { try descend(along: gradients) }

  package func step(on batch: Batch, toward target: Target) throws -> Double {
    let value = try gradient(on: batch, toward: target)
    try descend()
    return value
  }

  package func step(
    on batch: Batch,
    recorded teacher: RecordedTeacher,
    along directions: Tensor?
  ) throws -> Double? { nil }

  package func synchronize() {}

  package func reload() {}
}

/// What a step goes towards.
package struct Target {
  /// What the teacher did at the batch.
  package let observation: Observation?
  /// What derivatives are projected on, where the loss needs it.
  let directions: Tensor?
  /// For terms that ask it more than what it did at the batch.
  package let teacher: (any Teacher)?

  package init(_ observation: Observation?, _ directions: Tensor?, _ teacher: (any Teacher)? = nil)
  {
    (self.observation, self.directions, self.teacher) = (observation, directions, teacher)
  }
}

/// A loss that is infinite or not a number.
package struct NonFiniteLoss: Error {
  package let value: Double

  package init(value: Double) { self.value = value }
}

/// A student whose steps are made sooner than by differentiation, for some losses and optimizers.
package protocol Accelerated: Module {
  /// Nil where differentiation does it.
  ///
  /// - Parameter seed: Where numbers come from that steps draw.
  func engine(
    for loss: BoundLoss,
    observedAs meaning: Observation.Meaning,
    _ optimizer: any Optimizer,
    seed: UInt64
  ) -> (any StepEngine)?
}

/// A module that says what its outputs are.
public protocol MeaningfulModule: Module {
  var meaning: Observation.Meaning { get }
}

extension Module {
  /// What the outputs are taken for unless something else is said: logits, as classifiers give them.
  var usualMeaning: Observation.Meaning { (self as? any MeaningfulModule)?.meaning ?? .logits }
}

import Tensors

/// A rule that moves parameters along their gradients.
///
/// ```swift
/// let optimizer = Adam(learningRate: 1e-3)
/// let (_, gradients) = valueWithGradients(of: student.parameters) { loss(student(inputs)) }
/// optimizer.update(student.parameters, along: gradients)
/// ```
///
/// What an optimizer remembers belongs to parameters by their position, so hand over the same ones
/// in the same order each time. Updates happen in place; a tensor that someone took from a
/// parameter before, or from ``state``, stays what it was.
public protocol Optimizer: AnyObject {
  /// The current learning rate; schedules set it.
  var learningRate: Double { get set }

  /// Takes one step downhill.
  ///
  /// - Parameter gradients: One for each parameter, of its shape and type.
  func update(_ parameters: [Parameter], along gradients: [Tensor])

  /// Everything later updates depend on, by name, for checkpoints: the learning rate, the number of
  /// updates so far, and the running averages as `name.position`.
  var state: [String: Tensor] { get }

  /// Goes back to a ``state``, of whatever origin.
  ///
  /// - Parameter parameters: Those that will be updated.
  /// - Throws: ``WeightsError`` when it is not a state of this rule for these parameters. Nothing is
  ///   changed then.
  func restore(_ state: [String: Tensor], of parameters: [Parameter]) throws
}

/// Parameters and gradients as the fused kernels want them: dense, alike, and seen by nobody else.
func operands(
  _ optimizer: String,
  _ parameters: [Parameter],
  _ gradients: [Tensor]
) -> (values: [Tensor], gradients: [Tensor]) {
  precondition(
    parameters.count == gradients.count,
    "\(optimizer): \(gradients.count) gradients for \(parameters.count) parameters"
  )
  for (index, (parameter, gradient)) in zip(parameters, gradients).enumerated() {
    precondition(
      gradient.shape == parameter.shape && gradient.elementType == parameter.value.elementType,
      """
      \(optimizer): gradient \(index) is \(gradient.elementType) of shape \(gradient.shape) for a \
      parameter that is \(parameter.value.elementType) of shape \(parameter.shape)
      """
    )
    parameter.makeUnique()
  }
  return (parameters.map(\.value), gradients.map { $0.detached.contiguous })
}

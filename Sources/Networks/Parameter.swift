import Tensors

/// A number a module keeps and training changes: the only mutable box in a network.
///
/// Modules are values that hold parameters; copying a module shares them.
public final class Parameter {
  /// Whether gradients reach the parameter, or it is only saved and loaded (a running mean).
  public enum Role: Sendable {
    case trained
    case buffer
  }

  public internal(set) var value: Tensor {
    get {
      keeper?.publish()
      return stored
    }
    set { stored = newValue }
  }
  public let role: Role

  /// Who works on a copy of the value and hands it over when somebody looks.
  package weak var keeper: (any ParameterKeeper)?
  private var stored: Tensor

  public init(_ value: Tensor, role: Role = .trained) {
    stored = value
    self.role = role
  }

  public var shape: [Int] { value.shape }

  /// Puts in another value of the same shape; type and device may change.
  public func replace(with newValue: Tensor) {
    precondition(
      newValue.shape == shape,
      "Parameter.replace: shape \(newValue.shape) for \(shape)"
    )
    value = newValue
  }

  /// Changes the memory in place where nobody else can see it, in a copy otherwise.
  package func updateInPlace(_ body: (Tensor) -> Void) {
    makeUnique()
    body(value)
  }

  /// Copies the value if somebody else can see its memory, and lays it out in row-major order.
  func makeUnique() {
    keeper?.publish()
    stored = stored.isUniquelyReferenced ? stored.contiguous : stored.copied
  }

  /// Takes over what the keeper computed.
  package func accept(_ newValue: Tensor) { stored = newValue }

  /// Whether the value is still the one that was accepted.
  package func holds(_ tensor: Tensor) -> Bool { stored.isIdentical(to: tensor) }
}

/// A kernel that trains parameters in memory of its own.
package protocol ParameterKeeper: AnyObject {
  /// Brings the parameters up to date.
  func publish()
}

/// The value and gradients of a scalar with respect to parameters.
///
/// `loss` is evaluated once, with operations on the parameters recorded.
///
/// - Returns: The value, and a gradient for each parameter in order; zeros where the value does not
///   depend on one.
public func valueWithGradients(
  of parameters: [Parameter],
  loss: () throws -> Tensor
) rethrows -> (value: Tensor, gradients: [Tensor]) {
  let originals = parameters.map(\.value)
  defer { for (parameter, original) in zip(parameters, originals) { parameter.value = original } }
  return try differentiating(originals) { tracked, createGraph in
    for (parameter, value) in zip(parameters, tracked) { parameter.value = value }
    let value = try loss()
    guard holds(value.count == 1, "gradient of a loss of shape \(value.shape): must be a scalar")
    else { return (value.detached, originals.map(\.zerosLike)) }
    let gradients = pullback(
      of: [value],
      along: [nil],
      to: tracked,
      createGraph: createGraph,
      retainGraph: createGraph
    )
    return (createGraph ? value : value.detached, gradients)
  }
}

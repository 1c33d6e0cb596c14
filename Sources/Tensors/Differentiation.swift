import CTorch

/// The gradient of a scalar function at `x`.
///
/// Inside another differentiation the gradient is itself recorded, so gradients of gradients (as in
/// derivative matching) need nothing special:
///
/// ```swift
/// let curvature = gradient(at: x) { x in gradient(at: x) { $0.raised(to: 3).sum() }.sum() }  // 6x
/// ```
///
/// - Returns: ∂f/∂x, of the shape of `x`.
public func gradient(
  at x: Tensor,
  of function: (Tensor) throws -> Tensor
) rethrows -> Tensor {
  try valueWithGradient(at: x, of: function).gradient
}

/// The value and gradient of a scalar function at `x`.
public func valueWithGradient(
  at x: Tensor,
  of function: (Tensor) throws -> Tensor
) rethrows -> (value: Tensor, gradient: Tensor) {
  let result = try valueWithGradients(at: [x]) { try function($0[0]) }
  return (result.value, result.gradients[0])
}

/// The value and gradients of a scalar function of several tensors.
///
/// An input that the value does not depend on has gradient zero.
public func valueWithGradients(
  at inputs: [Tensor],
  of function: ([Tensor]) throws -> Tensor
) rethrows -> (value: Tensor, gradients: [Tensor]) {
  try differentiating(inputs) { tracked, createGraph in
    let value = try function(tracked)
    guard holds(value.count == 1, "gradient of a value of shape \(value.shape): must be a scalar")
    else { return (value.detached, inputs.map(\.zerosLike)) }
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

/// Σ over outputs of vᵀ·∂f/∂x: reverse mode, one backward pass.
///
/// - Parameter cotangent: v, of the shape of the function's value.
public func vectorJacobianProduct(
  at x: Tensor,
  along cotangent: Tensor,
  of function: (Tensor) throws -> Tensor
) rethrows -> (value: Tensor, product: Tensor) {
  try differentiating([x]) { tracked, createGraph in
    let value = try function(tracked[0])
    guard
      holds(
        cotangent.shape == value.shape,
        "vectorJacobianProduct of a value of \(value.shape) along \(cotangent.shape): "
          + "shapes must be equal"
      )
    else { return (value.detached, x.zerosLike) }
    let product = pullback(
      of: [value],
      along: [cotangent],
      to: tracked,
      createGraph: createGraph,
      retainGraph: createGraph
    )
    return (createGraph ? value : value.detached, product[0])
  }
}

/// ∂f/∂x·u, the derivative along a direction, by two backward passes.
///
/// - Parameter tangent: u, of the shape of `x`.
public func jacobianVectorProduct(
  at x: Tensor,
  along tangent: Tensor,
  of function: (Tensor) throws -> Tensor
) rethrows -> (value: Tensor, product: Tensor) {
  try differentiating([x]) { tracked, createGraph in
    // What is differentiated twice counts as two differentiations.
    ThreadState.differentiationDepth += 1
    defer { ThreadState.differentiationDepth -= 1 }
    let value = try function(tracked[0])
    guard
      holds(
        tangent.shape == x.shape,
        "jacobianVectorProduct at \(x.shape) along \(tangent.shape): shapes must be equal"
      ), value.isTracked
    else { return (value.detached, value.zerosLike) }
    // vᵀJ is linear in v, and its derivative with respect to v, along u, is J·u for any v; not 0,
    // because a few operators take the logarithm of |v|.
    let dummy = value.onesLike.startingGraph
    let pulled = pullback(
      of: [value],
      along: [dummy],
      to: tracked,
      createGraph: true,
      retainGraph: true
    )[0]
    let product =
      pulled.isTracked
      ? pullback(
        of: [pulled],
        along: [tangent],
        to: [dummy],
        createGraph: createGraph,
        retainGraph: createGraph
      )[0] : value.zerosLike
    return (createGraph ? value : value.detached, product)
  }
}

/// All partial derivatives: shape of the value followed by shape of `x`. One backward pass for each
/// element of the value.
public func jacobian(
  at x: Tensor,
  of function: (Tensor) throws -> Tensor
) rethrows -> Tensor {
  try differentiating([x]) { tracked, createGraph in
    let value = try function(tracked[0])
    let flat = value.flattened()
    if flat.count == 0 { return Tensor.zeros(value.shape + x.shape, x.elementType, on: x.device) }
    let rows = (0..<flat.count).map { index in
      pullback(
        of: [flat[index]],
        along: [nil],
        to: tracked,
        createGraph: createGraph,
        retainGraph: true
      )[0]
    }
    return Tensor.stacked(rows).reshaped(to: value.shape + x.shape)
  }
}

/// The derivatives of each example's outputs with respect to its own inputs: a function from
/// `[batch, inputs…]` to `[batch, outputs]` that treats examples apart gives
/// `[batch, outputs, inputs…]`. One backward pass for each output.
public func batchJacobian(
  at x: Tensor,
  of function: (Tensor) throws -> Tensor
) rethrows -> (value: Tensor, jacobian: Tensor) {
  try differentiating([x]) { tracked, createGraph in
    let value = try function(tracked[0])
    guard
      holds(
        value.rank == 2 && x.rank > 0 && value.shape[0] == x.shape[0],
        "batchJacobian at \(x.shape): the value must be [batch, outputs], not \(value.shape)"
      )
    else { return (value.detached, x.zerosLike) }
    if value.shape[1] == 0 {
      let shape = value.shape + x.shape.dropFirst()
      return (value.detached, Tensor.zeros(shape, x.elementType, on: x.device))
    }
    let columns = (0..<value.shape[1]).map { output in
      pullback(
        of: [value.selecting(output, along: 1).sum()],
        along: [nil],
        to: tracked,
        createGraph: createGraph,
        retainGraph: true
      )[0]
    }
    return (createGraph ? value : value.detached, Tensor.stacked(columns, along: 1))
  }
}

/// Runs `body` without recording operations: nothing computed in it is differentiated.
///
/// The mode belongs to the thread, so `body` must not suspend.
public func withoutGradient<Result>(_ body: () throws -> Result) rethrows -> Result {
  let was = dt_set_gradient_mode(false)
  defer { _ = dt_set_gradient_mode(was) }
  return try body()
}

extension Tensor {
  /// The same numbers, cut off from what they were computed from: a constant to differentiation.
  public var detached: Tensor {
    isTracked ? Tensor(owning: dt_tensor_detached(raw, false)) : self
  }

  /// The same numbers as a fresh leaf that operations are recorded from.
  package var startingGraph: Tensor {
    guard let raw = dt_tensor_detached(raw, true) else {
      report("gradient at \(elementType)\(shape): \(String(cString: dt_last_error()))")
      return self
    }
    return Tensor(owning: raw)
  }
}

extension Tensor {
  /// This number as a function of `source` whose gradient is known already: it is handed on to
  /// `source`, and differentiable no further.
  package func knowing(gradient: Tensor, at source: Tensor) -> Tensor {
    guard source.isTracked else { return self }
    guard let raw = dt_tensor_with_gradient(raw, source.raw, gradient.raw) else {
      report("gradient \(gradient.shape) at \(source.shape): \(String(cString: dt_last_error()))")
      return self
    }
    return Tensor(owning: raw)
  }
}

private let viewAs = Operator("aten::view_as")

/// Runs `body` with tracked stand-ins for `inputs`, and says whether what it computes must itself be
/// differentiable because another differentiation encloses it.
package func differentiating<Result>(
  _ inputs: [Tensor],
  _ body: (_ tracked: [Tensor], _ createGraph: Bool) throws -> Result
) rethrows -> Result {
  let was = dt_set_gradient_mode(true)
  ThreadState.differentiationDepth += 1
  defer {
    ThreadState.differentiationDepth -= 1
    _ = dt_set_gradient_mode(was)
  }
  // An input of an enclosing differentiation stays connected to it.
  let tracked = inputs.map {
    $0.isTracked && was ? viewAs(.tensor($0), .tensor($0)) : $0.startingGraph
  }
  return try body(tracked, was && ThreadState.differentiationDepth > 1)
}

/// Gradients of Σ ⟨along, outputs⟩ with respect to `inputs`; zeros where there is no dependence.
package func pullback(
  of outputs: [Tensor],
  along cotangents: [Tensor?],
  to inputs: [Tensor],
  createGraph: Bool,
  retainGraph: Bool
) -> [Tensor] {
  // libtorch refuses outputs that depend on nothing.
  let tracked = outputs.indices.filter { outputs[$0].isTracked }
  if tracked.isEmpty { return inputs.map(\.zerosLike) }
  var results = [dt_tensor?](repeating: nil, count: inputs.count)
  let status = withExtendedLifetime((outputs, cotangents, inputs)) {
    dt_gradients(
      tracked.map { outputs[$0].raw },
      tracked.map { cotangents[$0]?.raw },
      Int32(tracked.count),
      inputs.map { $0.raw },
      Int32(inputs.count),
      createGraph,
      retainGraph,
      &results
    )
  }
  if status < 0 {
    report("gradient of \(outputs.map(\.shape)): \(String(cString: dt_last_error()))")
    return inputs.map(\.zerosLike)
  }
  return zip(results, inputs).map { result, input in
    result.map { Tensor(owning: $0) } ?? input.zerosLike
  }
}

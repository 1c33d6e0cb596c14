import CTorch

/// The fused kernel of NADE: log-probabilities, derivatives, training steps and exact sampling in
/// Float32 on the CPU, without an operator call in between.
///
/// It keeps parameters and optimizer state in a layout of its own; they are copied in and out as
/// tensors W `[inputs, hidden]`, U `[inputs, hidden]`, c `[hidden]` and b `[inputs]`, in this order.
/// What it computes is documented in `distill_nade.h`.
package final class NADEKernel {
  package enum Units: Int32, Sendable {
    case logistic = 0
    case relu
  }

  /// What the kernel remembers of every parameter.
  package enum Slot: Int32, Sendable {
    case parameters = 0
    case firstState, secondState, average
  }

  package let inputs: Int
  package let hidden: Int
  let plan: OpaquePointer

  /// - Parameter order: Which input of the images is the recursion's i-th.
  package init(inputs: Int, hidden: Int, _ units: Units, order: [Int]) {
    precondition(
      order.sorted() == Array(0..<inputs),
      "NADEKernel: the order is no permutation of the inputs"
    )
    guard
      let plan = distill_nade_create(
        Int32(inputs),
        Int32(hidden),
        units.rawValue,
        order.map(Int32.init)
      )
    else { fatalError("NADEKernel: no memory for \(inputs) inputs and \(hidden) hidden units") }
    self.inputs = inputs
    self.hidden = hidden
    self.plan = plan
  }

  deinit { distill_nade_destroy(plan) }

  private var shapes: [[Int]] { [[inputs, hidden], [inputs, hidden], [hidden], [inputs]] }

  package func load(_ slot: Slot, _ tensors: [Tensor]) {
    precondition(tensors.map(\.shape) == shapes, "NADEKernel.load: shapes do not fit")
    let dense = tensors.map(\.denseFloats)
    withExtendedLifetime(dense) { distill_nade_write(plan, slot.rawValue, arrays(dense)) }
  }

  package func copy(_ slot: Slot) -> [Tensor] {
    let tensors = shapes.map { Tensor.zeros($0) }
    distill_nade_read(plan, slot.rawValue, arrays(tensors))
    return tensors
  }

  func arrays(_ tensors: [Tensor]) -> distill_nade_arrays {
    distill_nade_arrays(
      W: tensors[0].floats,
      U: tensors[1].floats,
      c: tensors[2].floats,
      b: tensors[3].floats
    )
  }

  /// Tensors for a gradient.
  func makeArrays() -> [Tensor] { shapes.map { Tensor.zeros($0) } }

  /// Calls `body` with images `[count, inputs]`: bytes as they are, others as Float32.
  func withImages<Result>(
    _ images: Tensor,
    _ body: (distill_nade_images) -> Result
  ) -> Result {
    precondition(
      images.rank == 2 && images.shape[1] == inputs,
      "NADE: images of shape \(images.shape) for \(inputs) inputs"
    )
    let isBinary = images.elementType == .uint8 || images.elementType == .bool
    let dense = isBinary ? images.denseBytes : images.denseFloats
    return withExtendedLifetime(dense) {
      withTeam(DISTILL_TEAM_NADE, work: inputs * hidden * dense.shape[0]) { threads in
        distill_nade_set_threads(plan, threads)
        return body(
          distill_nade_images(
            pixels: UnsafeRawPointer(dt_tensor_data(dense.raw)),
            format: Int32(isBinary ? DISTILL_NADE_UINT8 : DISTILL_NADE_FLOAT),
            count: Int64(dense.shape[0])
          )
        )
      }
    }
  }
}

extension NADEKernel {
  /// How parameters move; fields that a kind does not have are ignored.
  package struct Rule: Equatable, Sendable {
    package enum Kind: Int32, Sendable {
      case sgd = 0
      case adam, adaDelta
    }
    package var kind: Kind
    package var learningRate: Double
    /// Momentum, β₁ or ρ.
    package var beta1: Double
    package var beta2: Double
    package var epsilon: Double
    /// What part of the distance the average moves to the parameters at each step.
    package var averaging = 0.0

    package init(
      _ kind: Kind,
      learningRate: Double,
      beta1: Double,
      beta2: Double = 0,
      epsilon: Double = 0
    ) {
      self.kind = kind
      self.learningRate = learningRate
      self.beta1 = beta1
      self.beta2 = beta2
      self.epsilon = epsilon
    }
  }

  /// Sets how the next step is made; the number of steps made stays.
  package func follow(_ rule: Rule) {
    distill_nade_set_optimizer(
      plan,
      distill_nade_optimizer(
        kind: rule.kind.rawValue,
        learning_rate: Float(rule.learningRate),
        beta1: Float(rule.beta1),
        beta2: Float(rule.beta2),
        epsilon: Float(rule.epsilon),
        averaging: Float(rule.averaging),
        steps: Int64(steps)
      )
    )
  }

  /// How many steps were made.
  package var steps: Int {
    get { Int(distill_nade_get_optimizer(plan).steps) }
    set {
      var optimizer = distill_nade_get_optimizer(plan)
      optimizer.steps = Int64(newValue)
      distill_nade_set_optimizer(plan, optimizer)
    }
  }

  /// One step with a gradient made elsewhere.
  package func apply(_ gradient: [Tensor]) {
    precondition(gradient.map(\.shape) == shapes, "NADEKernel.apply: shapes do not fit")
    let dense = gradient.map(\.denseFloats)
    distill_nade_set_threads(plan, Int32(Machine.threads))
    withExtendedLifetime(dense) { distill_nade_apply(plan, arrays(dense)) }
  }
}

import Tensors

/// Attention that keeps a state instead of all keys, and what goes with it.
enum ONNXLinearAttention {
  private static let select = Torch("select", "int")
  private static let stack = Torch("stack")
  private static let concatenate = Torch("cat")
  private static let einsum = Torch("einsum")
  private static let exponential = Torch("exp")
  private static let spread = Torch("repeat_interleave", "self_int")
  private static let add = Torch("add", "Tensor")
  private static let subtract = Torch("sub", "Tensor")
  private static let multiply = Torch("mul", "Tensor")
  private static let scaled = Torch("mul", "Scalar")
  private static let sigmoid = Torch("sigmoid")
  private static let unsqueeze = Torch("unsqueeze")

  static let all: [String: ONNXFunction] = [
    "LinearAttention": { try linear($0) },
    "CausalConvWithState": { try convolved($0) },
    "SwiGLU": { call in
      let (a, b) = (try call[0], try call[1])
      guard a.shape == b.shape else { throw TorchError("shapes \(a.shape) and \(b.shape) differ") }
      let gate = try sigmoid(.tensor(scaled(.tensor(a), .real(call.real("alpha", 1)))))
      let swish = try multiply(.tensor(a), .tensor(gate))
      return [try multiply(.tensor(swish), .tensor(b))]
    },
  ]

  private static func linear(_ call: ONNXCall) throws -> [Tensor?] {
    let (heads, shared) = (try call.integer("q_num_heads", 0), try call.integer("kv_num_heads", 0))
    guard shared > 0, heads > 0, heads % shared == 0 else {
      throw TorchError("\(heads) heads share \(shared)")
    }
    let rule = try call.text("update_rule", "gated_delta")
    let isGated = rule.hasPrefix("gated")
    let isCorrected = rule.hasSuffix("delta")
    guard ["linear", "gated", "delta", "gated_delta"].contains(rule) else {
      throw TorchError("its rule '\(rule)' is not known here")
    }
    guard isGated == (call.optional(4) != nil), isCorrected == (call.optional(5) != nil) else {
      throw TorchError("its rule '\(rule)' does not fit its inputs")
    }
    func wide(_ x: Tensor) -> Tensor { x.cast(to: .float32) }
    let input = try call[0]
    let q = try ONNXAttention.split(wide(input), into: heads)
    let k = try ONNXAttention.split(wide(call[1]), into: shared)
    let v = try ONNXAttention.split(wide(call[2]), into: shared)
    guard q.shape[3] == k.shape[3], q.shape[2] == k.shape[2], v.shape[2] == k.shape[2] else {
      throw TorchError("queries of \(q.shape), keys of \(k.shape) and values of \(v.shape)")
    }
    func gates(_ index: Int) throws -> Tensor? {
      guard let x = call.optional(index) else { return nil }
      guard x.rank == 3, x.shape[2] == 1 || x.shape[2] % shared == 0 else {
        throw TorchError("gates of \(x.shape)")
      }
      return try ONNXAttention.split(wide(x), into: x.shape[2] == 1 ? 1 : shared)
    }
    let (decay, rate) = (try gates(4), try gates(5))
    let scale = try call.real("scale", 0)
    let factor = scale == 0 ? 1 / Double(max(q.shape[3], 1)).squareRoot() : scale
    var state =
      call.optional(3).map(wide)
      ?? Tensor.zeros([q.shape[0], shared, k.shape[3], v.shape[3]]).moved(to: q.device)
    func at(_ x: Tensor, _ step: Int) throws -> Tensor {
      try select(.tensor(x), .integer(2), .integer(step))
    }
    var outputs: [Tensor] = []
    for step in 0..<q.shape[2] {
      let key = try at(k, step)
      var value = try at(v, step)
      if let decay {
        let kept = try unsqueeze(.tensor(exponential(.tensor(at(decay, step)))), .integer(-1))
        state = try multiply(.tensor(state), .tensor(kept))
      }
      if let rate {
        let known = try einsum(.string("bhdm,bhd->bhm"), .tensors([state, key]), .none)
        let news = try subtract(.tensor(value), .tensor(known), .integer(1))
        value = try multiply(.tensor(at(rate, step)), .tensor(news))
      }
      let written = try einsum(.string("bhd,bhm->bhdm"), .tensors([key, value]), .none)
      state = try add(.tensor(state), .tensor(written), .integer(1))
      let read =
        heads == shared
        ? state : try spread(.tensor(state), .integer(heads / shared), .integer(1), .none)
      outputs.append(try einsum(.string("bhd,bhdm->bhm"), .tensors([at(q, step), read]), .none))
    }
    guard !outputs.isEmpty else { throw TorchError("the sequence is empty") }
    // [batch, length, heads, width]
    let whole = try scaled(.tensor(stack(.tensors(outputs), .integer(1))), .real(factor))
    let output = try ONNXShapes.reshaped(
      whole,
      [q.shape[0], q.shape[2], heads * v.shape[3]]
    )
    let type = call.optional(3)?.elementType ?? input.elementType
    return [output.cast(to: input.elementType), state.cast(to: type)]
  }

  /// Each channel convolved with what came before it.
  private static func convolved(_ call: ONNXCall) throws -> [Tensor?] {
    let (x, weights) = (try call[0], try call[1])
    guard x.rank == 3, weights.rank == 3, weights.shape[2] > 0 else {
      throw TorchError("inputs of \(x.shape) for weights of \(weights.shape)")
    }
    let kept = weights.shape[2] - 1
    var whole = try ONNXWindows.padded(x, [kept], [0], with: 0)
    if let past = call.optional(3) { whole = try concatenate(.tensors([past, x]), .integer(2)) }
    var inner = call
    inner.inputs = [whole, weights, call.optional(2)]
    var y = try ONNXWindows.convolved(inner, groups: x.shape[1])
    switch try call.text("activation", "none") {
    case "none": break
    case "silu", "swish": y = try multiply(.tensor(y), .tensor(sigmoid(.tensor(y))))
    default: throw TorchError("its activation is not known here")
    }
    guard whole.rank == 3, whole.shape[2] >= kept else {
      throw TorchError("the state is of another shape")
    }
    return [y, try ONNXShapes.sliced(whole, 2, whole.shape[2] - kept..<whole.shape[2])]
  }
}

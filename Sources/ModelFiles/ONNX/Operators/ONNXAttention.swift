import Tensors

/// Attention, and the turning of its queries and keys.
enum ONNXAttention {
  private static let matmul = Torch("matmul")
  private static let softmax = Torch("softmax", "int")
  private static let concatenate = Torch("cat")
  private static let spread = Torch("repeat_interleave", "self_int")
  private static let choose = Torch("where", "self")
  private static let add = Torch("add", "Tensor")
  private static let subtract = Torch("sub", "Tensor")
  private static let multiply = Torch("mul", "Tensor")
  private static let scaled = Torch("mul", "Scalar")
  private static let lessOrEqual = Torch("le", "Tensor")
  private static let lessThan = Torch("lt", "Tensor")
  private static let isNegativeInfinite = Torch("isneginf")
  private static let largest = Torch("amax")
  private static let tanh = Torch("tanh")
  private static let select = Torch("index_select")
  private static let stack = Torch("stack")
  private static let slice = Torch("slice", "Tensor")

  static let all: [String: ONNXFunction] = [
    "Attention": { try attention($0) },
    "RotaryEmbedding": { call in [try rotated(call)] },
  ]

  /// `[batch, length, heads · width]` as `[batch, heads, length, width]`.
  static func split(_ x: Tensor, into heads: Int) throws -> Tensor {
    guard x.rank == 3, heads > 0, x.shape[2] % heads == 0 else {
      throw TorchError("shape \(x.shape) has no \(heads) heads")
    }
    let parts = [x.shape[0], x.shape[1], heads, x.shape[2] / heads]
    return try ONNXShapes.permuted(ONNXShapes.reshaped(x, parts), [0, 2, 1, 3])
  }

  /// As many heads of keys and values as of queries.
  private static func shared(_ x: Tensor, by heads: Int) throws -> Tensor {
    let own = x.shape[1]
    guard own != heads else { return x }
    guard own > 0, heads % own == 0 else { throw TorchError("\(heads) heads share \(own)") }
    return try spread(.tensor(x), .integer(heads / own), .integer(1), .none)
  }

  private static func scores(_ q: Tensor, _ k: Tensor, _ call: ONNXCall) throws -> Tensor {
    let width = Double(max(q.shape[3], 1))
    let scale = try call.real("scale", 1 / width.squareRoot())
    guard scale >= 0 else { throw TorchError("its scale \(scale) is negative") }
    let root = Tensor(scale.squareRoot()).cast(to: q.elementType)
    let turned = try ONNXShapes.permuted(k, [0, 1, 3, 2])
    return try matmul(
      .tensor(multiply(.tensor(q), .tensor(root))),
      .tensor(multiply(.tensor(turned), .tensor(root)))
    )
  }

  private static func attention(_ call: ONNXCall) throws -> [Tensor?] {
    var (q, k, v) = (try call[0], try call[1], try call[2])
    let isFlat = q.rank == 3
    if isFlat {
      let heads = try call.integer("q_num_heads", 0)
      let shared = try call.integer("kv_num_heads", heads)
      (q, k, v) = (
        try split(q, into: heads), try split(k, into: shared), try split(v, into: shared)
      )
    }
    guard q.rank == 4, k.rank == 4, v.rank == 4 else {
      throw TorchError("queries of \(q.shape), keys of \(k.shape) and values of \(v.shape)")
    }
    var past: Int?
    if let keys = call.optional(4), let values = call.optional(5) {
      guard keys.rank == 4 else { throw TorchError("past keys of \(keys.shape)") }
      past = keys.shape[2]
      k = try concatenate(.tensors([keys, k]), .integer(2))
      v = try concatenate(.tensors([values, v]), .integer(2))
    }
    let (presentKeys, presentValues) = (k, v)
    let bias = try bias(call, q, keys: k.shape[2], past: past)
    let raw = try scores(q, shared(k, by: q.shape[1]), call)
    var capped = raw
    let cap = try call.real("softcap", 0)
    if cap > 0 {
      capped = try scaled(.tensor(tanh(.tensor(scaled(.tensor(raw), .real(1 / cap))))), .real(cap))
    }
    let biased = try bias.map { try add(.tensor(capped), .tensor($0), .integer(1)) } ?? capped
    var weights = biased
    // A query that may see nothing sees zeros; softmax of nothing has no derivative.
    var seesNothing: Tensor?
    if let bias, k.shape[2] > 0 {
      let highest = try largest(.tensor(bias), .integers([-1]), .bool(true))
      let none = try isNegativeInfinite(.tensor(highest))
      weights = try choose(.tensor(none), .tensor(weights.zerosLike), .tensor(weights))
      seesNothing = none
    }
    if let code = try call.optionalInteger("softmax_precision"), let type = ElementType(onnx: code)
    {
      weights = weights.cast(to: type)
    }
    weights = try softmax(.tensor(weights), .integer(-1), .none).cast(to: q.elementType)
    if let seesNothing {
      weights = try choose(.tensor(seesNothing), .tensor(weights.zerosLike), .tensor(weights))
    }
    var output = try matmul(.tensor(weights), .tensor(shared(v, by: q.shape[1])))
    if isFlat {
      let (batch, heads, length, width) = (
        output.shape[0], output.shape[1], output.shape[2], output.shape[3]
      )
      output = try ONNXShapes.reshaped(
        ONNXShapes.permuted(output, [0, 2, 1, 3]),
        [batch, length, heads * width]
      )
    }
    let products: Tensor
    switch try call.integer("qk_matmul_output_mode", 0) {
    case 2: products = biased
    case 3: products = weights
    default: products = capped
    }
    return [output, presentKeys, presentValues, products]
  }

  private static func numbers(_ type: ElementType, _ value: Double) -> Tensor {
    Tensor(value).cast(to: type)
  }

  /// What is added to the scores so that queries do not see some keys; nil where they see all.
  private static func bias(_ call: ONNXCall, _ q: Tensor, keys: Int, past: Int?) throws -> Tensor? {
    let type = q.elementType
    let (zero, nothing) = (numbers(type, 0), numbers(type, -.infinity))
    func hidden(unless seen: Tensor) throws -> Tensor {
      try choose(.tensor(seen), .tensor(zero), .tensor(nothing))
    }
    var parts: [Tensor] = []
    if var mask = call.optional(3) {
      let isTruth = mask.elementType == .bool
      guard mask.rank > 0 else { throw TorchError("its mask is one number") }
      let missing = keys - mask.shape[mask.rank - 1]
      if missing > 0 {
        mask = try ONNXWindows.padded(mask, [0], [missing], with: isTruth ? 0 : -.infinity)
      }
      parts.append(isTruth ? try hidden(unless: mask) : mask)
    }
    let rows = Tensor(Array(0..<q.shape[2]), shape: [q.shape[2], 1])
    let columns = Tensor(Array(0..<keys), shape: [1, keys])
    // Where the first query stands among the keys, for all examples or each.
    var offset = Tensor(past ?? 0)
    let lengths = call.optional(6)?.cast(to: .int64)
    if let lengths {
      guard lengths.count == q.shape[0] else {
        throw TorchError("\(lengths.count) lengths for \(q.shape[0]) examples")
      }
      let each = try ONNXShapes.reshaped(lengths, [lengths.count, 1, 1, 1])
      parts.append(try hidden(unless: lessThan(.tensor(columns), .tensor(each))))
      if past == nil {
        offset = try subtract(.tensor(each), .tensor(Tensor(q.shape[2])), .integer(1))
      }
    }
    let places = try add(.tensor(rows), .tensor(offset), .integer(1))
    if try call.integer("is_causal", 0) != 0 {
      parts.append(try hidden(unless: lessOrEqual(.tensor(columns), .tensor(places))))
    }
    let before = try call.integer("left_window_size", -1)
    let after = try call.integer("right_window_size", -1)
    if before >= 0 {
      let first = try subtract(.tensor(places), .tensor(Tensor(before)), .integer(1))
      parts.append(try hidden(unless: lessOrEqual(.tensor(first), .tensor(columns))))
    }
    if after >= 0 {
      let last = try add(.tensor(places), .tensor(Tensor(after)), .integer(1))
      parts.append(try hidden(unless: lessOrEqual(.tensor(columns), .tensor(last))))
    }
    guard let first = parts.first else { return nil }
    return try parts.dropFirst().reduce(first) {
      try add(.tensor($0), .tensor($1), .integer(1))
    }
  }

  /// Attention with functions of its scores and weights.
  static let flexible: ONNXValueFunction = { call in
    let (q, k, v) = (
      try call.value(0)?.tensor(), try call.value(1)?.tensor(), try call.value(2)?.tensor()
    )
    guard let q, let k, let v, q.rank == 4, k.rank == 4, v.rank == 4 else {
      throw TorchError("queries, keys and values are not of four axes each")
    }
    var type = q.elementType == .float64 ? ElementType.float64 : .float32
    if let code = try call.optionalInteger("softmax_precision") {
      guard let known = ElementType(onnx: code) else {
        throw TorchError("ONNX's element type \(code) is not known here")
      }
      type = known
    }
    func changed(_ x: Tensor, by name: String) throws -> Tensor {
      guard let graph = call.graphs[name] else { return x }
      guard let first = try graph([.tensor(x)]).first else {
        throw TorchError("its graph '\(name)' gives nothing")
      }
      return try first.tensor().cast(to: type)
    }
    let raw = try scores(q, shared(k, by: q.shape[1]), call).cast(to: type)
    let seen = try changed(raw, by: "score_mod")
    let weights = try softmax(.tensor(seen), .integer(-1), .none)
    let kept = try changed(weights, by: "prob_mod")
    let values = try shared(v, by: q.shape[1]).cast(to: type)
    return [.tensor(try matmul(.tensor(kept), .tensor(values)).cast(to: v.elementType))]
  }

  /// Pairs of numbers turned by angles that grow along the sequence.
  private static func rotated(_ call: ONNXCall) throws -> Tensor {
    let input = try call[0]
    var x = input
    if input.rank == 3 {
      x = try split(input, into: call.integer("num_heads", 0))
    }
    guard x.rank == 4 else { throw TorchError("shape \(x.shape) has no heads") }
    let width = x.shape[3]
    let named = try call.integer("rotary_embedding_dim", 0)
    let turned = named == 0 ? width : named
    guard turned > 0, turned <= width, turned % 2 == 0 else {
      throw TorchError("\(turned) of \(width) numbers cannot be turned")
    }
    func table(_ index: Int) throws -> Tensor {
      var table = try call[index]
      if let places = call.optional(3) {
        guard table.rank == 2 else { throw TorchError("a table of \(table.shape)") }
        let flat = try ONNXShapes.reshaped(places.cast(to: .int64), [places.count])
        let rows = try select(.tensor(table), .integer(0), .tensor(flat))
        table = try ONNXShapes.reshaped(rows, places.shape + [table.shape[1]])
      }
      guard table.rank == 3, table.shape[2] == turned / 2 else {
        throw TorchError("a table of \(table.shape) for \(turned) numbers")
      }
      return try ONNXShapes.reshaped(table, [table.shape[0], 1, table.shape[1], table.shape[2]])
    }
    let (cosines, sines) = (try table(1), try table(2))
    let isInterleaved = try call.integer("interleaved", 0) != 0
    func half(_ index: Int) throws -> Tensor {
      guard isInterleaved else {
        return try ONNXShapes.sliced(x, 3, index * turned / 2..<(index + 1) * turned / 2)
      }
      return try slice(.tensor(x), .integer(3), .integer(index), .integer(turned), .integer(2))
    }
    let (a, b) = (try half(0), try half(1))
    func product(_ x: Tensor, _ y: Tensor) throws -> Tensor { try multiply(.tensor(x), .tensor(y)) }
    let real = try subtract(.tensor(product(cosines, a)), .tensor(product(sines, b)), .integer(1))
    let other = try add(.tensor(product(sines, a)), .tensor(product(cosines, b)), .integer(1))
    var whole: Tensor
    if isInterleaved {
      let pairs = try stack(.tensors([real, other]), .integer(4))
      whole = try ONNXShapes.reshaped(pairs, Array(x.shape[..<3]) + [turned])
    } else {
      whole = try concatenate(.tensors([real, other]), .integer(3))
    }
    if turned < width {
      let rest = try ONNXShapes.sliced(x, 3, turned..<width)
      whole = try concatenate(.tensors([whole, rest]), .integer(3))
    }
    guard input.rank == 3 else { return whole }
    return try ONNXShapes.reshaped(ONNXShapes.permuted(whole, [0, 2, 1, 3]), input.shape)
  }
}

import Tensors

/// Operators on numbers of types that libtorch does not compute with: computed on what carries them,
/// and brought back into their type.
enum ONNXForeign {
  /// Outputs that are of the type of the numbers that come in; those of other operators are not.
  private static let kept: [String: [Int]] = {
    let movers = [
      "Reshape", "Flatten", "Transpose", "Squeeze", "Unsqueeze", "Concat", "Slice", "Expand",
      "Tile", "Gather", "GatherElements", "GatherND", "ScatterElements", "Scatter", "ScatterND",
      "Where", "Pad", "DepthToSpace", "SpaceToDepth", "Compress", "Trilu", "ReverseSequence",
      "Unique", "CenterCropPad", "TensorScatter", "TopK", "Max", "Min", "ReduceMax", "ReduceMin",
    ]
    let arithmetic = [
      "Add", "Sub", "Mul", "Div", "Mod", "Pow", "BitShift", "BitwiseAnd", "BitwiseOr",
      "BitwiseXor", "BitwiseNot", "Clip", "Sum", "Abs", "Sign", "Neg", "Relu", "ReduceSum",
      "ReduceProd", "CumSum", "CumProd",
    ]
    return Dictionary(uniqueKeysWithValues: (movers + arithmetic).map { ($0, [0]) })
  }()

  private static let others: Set = [
    "Equal", "Greater", "GreaterOrEqual", "Less", "LessOrEqual", "Shape", "Size", "ArgMax",
    "ArgMin", "NonZero", "IsNaN", "IsInf",
  ]

  /// Operators that are the same for numbers of 64 bits with a sign and without.
  private static let signless: Set = [
    "Reshape", "Flatten", "Transpose", "Squeeze", "Unsqueeze", "Concat", "Slice", "Expand",
    "Tile", "Gather", "GatherElements", "GatherND", "Where", "Compress", "Add", "Sub", "Mul",
    "BitwiseAnd", "BitwiseOr", "BitwiseXor", "BitwiseNot", "Equal", "Shape", "Size", "Sum",
  ]

  static func results(
    of function: ONNXFunction,
    _ call: ONNXCall,
    _ type: ForeignType
  ) throws -> [ModelValue] {
    if call.name == "Split" {
      return try function(call).map { $0.map { .foreign($0, type) } ?? .none }
    }
    guard let kept = kept[call.name] ?? (others.contains(call.name) ? [] : nil) else {
      throw TorchError("numbers of type \(type.rawValue) are not known to it")
    }
    if type == .uint64, !signless.contains(call.name) {
      for case .foreign(let tensor, .uint64) in call.values where tensor.count > 0 {
        guard tensor.minimum().scalar(Int.self) >= 0 else {
          throw TorchError("a number of 64 bits is beyond those with a sign")
        }
      }
    }
    var isKept = true
    // The base says of which type a power is.
    if call.name == "Pow", case .tensor? = call.values.first { isKept = false }
    return try function(call).enumerated().map { index, result in
      guard let result else { return .none }
      guard isKept, kept.contains(index) else { return .tensor(result) }
      return .foreign(try type.wrapped(result), type)
    }
  }
}

import Exchange
import Foundation
import Tensors

/// A Core ML package as its bytes say, computed by libtorch: what is exported is looked at again as
/// Core ML will read it.
struct CoreMLEvaluation {
  private let program: MILReader

  /// - Throws: `FileError` or ``ExportError`` where the package is not such as is written here.
  init(package: URL) throws { program = try MILReader(package: package) }

  /// Whether a folder is a package.
  static func isPackage(_ url: URL) -> Bool {
    let file = url.appendingPathComponent("Data/com.apple.CoreML/model.mlmodel")
    return FileManager.default.fileExists(atPath: file.path)
  }

  /// The answers to inputs `[count, numbers]`, one by one.
  func callAsFunction(_ inputs: Tensor) throws -> Tensor {
    var constants: [String: MILReader.Constant] = [:]
    for operation in program.operations {
      if let constant = operation.constant { constants[operation.outputs[0].name] = constant }
    }
    return try withoutGradient {
      try .concatenated(
        inputs.cast(to: .float32).split(every: 1).map { try answer($0, constants) }
      )
    }
  }

  private func answer(
    _ input: Tensor,
    _ constants: [String: MILReader.Constant]
  ) throws -> Tensor {
    var values = [program.inputName: input.reshaped(to: program.inputShape)]
    for operation in program.operations where operation.constant == nil {
      let (name, shape) = operation.outputs[0]
      let result = try Call(operation, values, constants).result()
      guard result.shape == shape else {
        throw ExportError("\(name) of the Core ML program is \(result.shape), and it says \(shape)")
      }
      values[name] = result
    }
    guard let answer = values[program.outputName] else {
      throw ExportError("the Core ML program has no output \(program.outputName)")
    }
    return answer
  }
}

/// One operation on values, as the documentation of coremltools says it is.
private struct Call {
  private let operation: MILReader.Operation
  private let values: [String: Tensor]
  private let constants: [String: MILReader.Constant]

  init(
    _ operation: MILReader.Operation,
    _ values: [String: Tensor],
    _ constants: [String: MILReader.Constant]
  ) {
    (self.operation, self.values, self.constants) = (operation, values, constants)
  }

  private func tensors(_ parameter: String) throws -> [Tensor] {
    try (operation.inputs[parameter] ?? []).map { name in
      if let value = values[name] { return value }
      guard case .numbers(let numbers)? = constants[name] else {
        throw ExportError("'\(name)' of the Core ML program is no tensor")
      }
      return numbers
    }
  }

  private func tensor(_ parameter: String) throws -> Tensor {
    guard let first = try tensors(parameter).first else {
      throw ExportError("\(operation.type) of the Core ML program has no \(parameter)")
    }
    return first
  }

  private func integers(_ parameter: String) throws -> [Int] {
    guard let name = operation.inputs[parameter]?.first,
      case .integers(let numbers)? = constants[name]
    else { throw ExportError("\(operation.type) of the Core ML program has no \(parameter)") }
    return numbers
  }

  private func number(_ parameter: String) throws -> Double {
    try tensor(parameter).doubleValue
  }

  private func require(_ parameter: String, _ wanted: String) throws {
    guard let name = operation.inputs[parameter]?.first, case .text(wanted)? = constants[name]
    else {
      throw ExportError("\(operation.type) of the Core ML program is not of \(parameter) \(wanted)")
    }
  }

  func result() throws -> Tensor {
    if operation.type == "concat" {
      return .concatenated(try tensors("values"), along: try integers("axis")[0])
    }
    let x = try tensor("x")
    switch operation.type {
    case "identity": return x
    case "add": return x + (try tensor("y"))
    case "sub": return x - (try tensor("y"))
    case "mul": return x * (try tensor("y"))
    case "real_div": return x / (try tensor("y"))
    case "maximum": return x.maximum(try tensor("y"))
    case "sign": return x.sign
    case "upsample_nearest_neighbor":
      return x.resizedToNearest2D(
        height: x.shape[2] * (try integers("scale_factor_height")[0]),
        width: x.shape[3] * (try integers("scale_factor_width")[0])
      )
    case "relu": return x.relu
    case "tanh": return x.tanh
    case "sigmoid": return x.sigmoid
    case "silu": return x * x.sigmoid
    case "exp": return x.exponential
    case "erf": return x.errorFunction
    case "softplus": return x.softplus
    case "elu": return try number("alpha") == 1 ? x.elu : x * .nan
    case "leaky_relu": return x.leakyReLU(slope: try number("alpha"))
    case "sigmoid_hard":
      return (x * (try number("alpha")) + (try number("beta"))).clamped(min: 0, max: 1)
    case "gelu":
      try require("mode", "EXACT")
      return 0.5 * x * (1 + (x * 0.5.squareRoot()).errorFunction)
    case "softmax": return x.softmax(along: try integers("axis")[0])
    case "reshape": return x.reshaped(to: try integers("shape"))
    case "expand_dims": return x.insertingAxis(try integers("axes")[0])
    case "cast":
      try require("dtype", "int32")
      return x.cast(to: .int32)
    case "transpose": return x.permuted(to: try integers("perm")).contiguous
    case "matmul":
      guard try integers("transpose_x") == [0], try integers("transpose_y") == [0] else { break }
      return x.matmul(try tensor("y"))
    case "layer_norm":
      let axis = try integers("axes")[0]
      let centred = x - x.mean(along: axis, keepingAxes: true)
      let variance = centred.squared.mean(along: axis, keepingAxes: true)
      let scaled = centred / (variance + (try number("epsilon"))).squareRoot
      return scaled * (try tensor("gamma")) + (try tensor("beta"))
    case "gather":
      let axis = try integers("axis")[0]
      guard let name = operation.inputs["indices"]?.first, let places = values[name] else {
        return x.gatheringRows(Tensor(try integers("indices")), along: axis)
      }
      // Rows of a table for a batch of places.
      return x.gatheringRows(places.reshaped(to: [-1]), along: axis)
        .reshaped(to: places.shape + x.shape.dropFirst())
    case "cumsum":
      let sums = x.cumulativeSum(along: try integers("axis")[0])
      return try integers("exclusive") == [1] ? sums - x : sums
    case "reduce_sum":
      return x.sum(along: try integers("axes")[0], keepingAxes: try integers("keep_dims") == [1])
    case "reduce_log_sum_exp":
      let isKept = try integers("keep_dims") == [1]
      return x.logSumExp(along: try integers("axes")[0], keepingAxes: isKept)
    case "reduce_mean":
      return x.mean(along: try integers("axes")[0], keepingAxes: try integers("keep_dims") == [1])
    case "slice_by_size":
      let (begin, size) = (try integers("begin"), try integers("size"))
      return size.indices.reduce(x) { part, axis in
        part.slicing(begin[axis]..<begin[axis] + size[axis], along: axis)
      }
    case "linear": return x.matmul(try tensor("weight").transposed()) + (try tensor("bias"))
    case "conv", "max_pool", "avg_pool": return try windowed(x)
    default: break
    }
    throw ExportError("a Core ML operation \(operation.type) as it is set is not written here")
  }

  private static let maxPool = Operator("aten::max_pool2d")
  private static let meanPool = Operator("aten::avg_pool2d")

  private func windowed(_ x: Tensor) throws -> Tensor {
    let (pad, strides) = (try integers("pad"), try integers("strides"))
    guard operation.type == "conv" else {
      try require("pad_type", "valid")
      let pool = operation.type == "max_pool" ? Self.maxPool : Self.meanPool
      return pool(.tensor(x), .integers(try integers("kernel_sizes")), .integers(strides))
    }
    try require("pad_type", "custom")
    // Alike at both ends of an axis.
    let both = stride(from: 0, to: pad.count, by: 2).map { pad[$0] }
    guard pad == both.flatMap({ [$0, $0] }) else {
      throw ExportError("a Core ML convolution is padded otherwise than is written here")
    }
    return x.convolved(
      with: try tensor("weight"),
      bias: try tensor("bias"),
      stride: strides,
      padding: both,
      dilation: try integers("dilations"),
      groups: try integers("groups")[0]
    )
  }
}

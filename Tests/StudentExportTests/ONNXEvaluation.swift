import Foundation
import Tensors

/// The fields of a message of protocol buffers, read from the specification of the encoding.
struct ProtobufFields {
  enum Value {
    case integer(Int)
    case number(Float)
    case bytes(Data)
  }

  let fields: [(number: Int, value: Value)]

  init(_ data: Data) {
    var (rest, fields) = (Array(data)[...], [(number: Int, value: Value)]())
    func varint() -> Int {
      var (value, shift) = (0, 0)
      while true {
        let byte = rest.removeFirst()
        value |= Int(byte & 0x7F) << shift
        if byte < 0x80 { return value }
        shift += 7
      }
    }
    while !rest.isEmpty {
      let key = varint()
      switch key & 7 {
      case 0: fields.append((key >> 3, .integer(varint())))
      case 2:
        let count = varint()
        fields.append((key >> 3, .bytes(Data(rest.prefix(count)))))
        rest = rest.dropFirst(count)
      case 5:
        let bits = rest.prefix(4).enumerated().reduce(UInt32(0)) {
          $0 | UInt32($1.element) << UInt32(8 * $1.offset)
        }
        fields.append((key >> 3, .number(Float(bitPattern: bits))))
        rest = rest.dropFirst(4)
      default: preconditionFailure("wire type \(key & 7)")
      }
    }
    self.fields = fields
  }

  func integers(_ number: Int) -> [Int] {
    fields.compactMap {
      if $0.number == number, case .integer(let value) = $0.value { value } else { nil }
    }
  }

  func numbers(_ number: Int) -> [Float] {
    fields.compactMap {
      if $0.number == number, case .number(let value) = $0.value { value } else { nil }
    }
  }

  func data(_ number: Int) -> [Data] {
    fields.compactMap {
      if $0.number == number, case .bytes(let value) = $0.value { value } else { nil }
    }
  }

  func texts(_ number: Int) -> [String] { data(number).map { String(decoding: $0, as: UTF8.self) } }
  func messages(_ number: Int) -> [ProtobufFields] { data(number).map(ProtobufFields.init) }
}

/// A model of ONNX as its specification says, computed by libtorch.
struct ONNXEvaluation {
  let model: ProtobufFields
  var metadata: [String: String] {
    Dictionary(uniqueKeysWithValues: model.messages(14).map { ($0.texts(1)[0], $0.texts(2)[0]) })
  }

  init(_ data: Data) { model = ProtobufFields(data) }

  func callAsFunction(_ input: Tensor) -> Tensor {
    let graph = model.messages(7)[0]
    var values = [graph.messages(11)[0].texts(1)[0]: input]
    for tensor in graph.messages(5) {
      let isWhole = tensor.integers(2) == [7]
      let numbers = tensor.data(9)[0].withUnsafeBytes { bytes in
        isWhole
          ? stride(from: 0, to: bytes.count, by: 8).map {
            Double(bytes.loadUnaligned(fromByteOffset: $0, as: Int64.self))
          }
          : stride(from: 0, to: bytes.count, by: 4).map {
            Double(bytes.loadUnaligned(fromByteOffset: $0, as: Float.self))
          }
      }
      values[tensor.texts(8)[0]] = Tensor(numbers).reshaped(to: tensor.integers(1))
        .cast(to: isWhole ? .int64 : .float32)
    }
    for node in graph.messages(1) {
      let inputs = node.texts(1).map { values[$0]! }
      let (names, attributes) = (node.texts(2), Attributes(node.messages(5)))
      guard names.count == 1 else {
        precondition(node.texts(4)[0] == "Split")
        let axis = attributes.integers["axis"]?.first ?? 0
        let length = inputs[0].shape[axis] / names.count
        for (name, part) in zip(names, inputs[0].split(every: length, along: axis)) {
          values[name] = part
        }
        continue
      }
      values[names[0]] = compute(node.texts(4)[0], inputs, attributes)
    }
    return values[graph.messages(12)[0].texts(1)[0]]!
  }

  private struct Attributes {
    var integers: [String: [Int]] = [:]
    var numbers: [String: Double] = [:]

    init(_ messages: [ProtobufFields]) {
      for message in messages {
        let name = message.texts(1)[0]
        integers[name] = message.integers(3) + message.integers(8)
        numbers[name] = message.numbers(2).first.map(Double.init)
      }
    }
  }

  private func compute(_ type: String, _ x: [Tensor], _ attributes: Attributes) -> Tensor {
    func window() -> (size: Int, stride: Int) {
      let (size, strides) = (attributes.integers["kernel_shape"]!, attributes.integers["strides"]!)
      precondition(Set(size).count == 1 && Set(strides).count == 1)
      return (size[0], strides[0])
    }
    switch type {
    case "Identity": return x[0]
    case "Add": return x[0] + x[1]
    case "Sub": return x[0] - x[1]
    case "Mul": return x[0] * x[1]
    case "Div": return x[0] / x[1]
    case "Neg": return -x[0]
    case "Erf": return x[0].errorFunction
    case "Relu": return x[0].relu
    case "Tanh": return x[0].tanh
    case "Sigmoid": return x[0].sigmoid
    case "Softplus": return x[0].softplus
    case "HardSwish": return x[0].hardSwish
    case "Elu": return attributes.numbers["alpha"] == 1 ? x[0].elu : x[0] * .nan
    case "LeakyRelu": return x[0].leakyReLU(slope: attributes.numbers["alpha"]!)
    case "Softmax": return x[0].softmax(along: attributes.integers["axis"]![0])
    case "Concat": return .concatenated(x, along: attributes.integers["axis"]![0])
    case "Flatten": return x[0].reshaped(to: [x[0].shape[0], -1])
    case "Exp": return x[0].exponential
    case "Reshape": return x[0].reshaped(to: x[1].scalars(Int.self))
    case "Gather": return x[0].gatheringRows(x[1], along: attributes.integers["axis"]![0])
    case "Unsqueeze": return x[0].insertingAxis(x[1].scalars(Int.self)[0])
    case "CumSum":
      precondition(attributes.integers["exclusive"] == [1])
      return x[0].cumulativeSum(along: x[1].scalars(Int.self)[0]) - x[0]
    case "ReduceSum":
      let keeps = attributes.integers["keepdims"] == [1]
      return x[0].sum(along: x[1].scalars(Int.self)[0], keepingAxes: keeps)
    case "MatMul": return x[0].matmul(x[1])
    case "Transpose": return x[0].permuted(to: attributes.integers["perm"]!)
    case "LogSoftmax": return x[0].logSoftmax(along: attributes.integers["axis"]![0])
    case "ReduceLogSumExp":
      let axis = attributes.integers["axes"]![0]
      let sum = x[0].logSumExp(along: axis)
      return attributes.integers["keepdims"] == [1] ? sum.insertingAxis(axis) : sum
    case "Gemm": return x[0].matmul(x[1].transposed()) + x[2]
    case "Conv":
      let (_, stride) = window()
      let pads = attributes.integers["pads"]!
      let groups = attributes.integers["group"]![0]
      let dilations = attributes.integers["dilations"]!
      if x[0].rank == 3 {
        return x[0].padded([(pads[0], pads[1])]).convolved1D(
          with: x[1],
          bias: x[2],
          stride: stride,
          dilation: dilations[0],
          groups: groups
        )
      }
      precondition(dilations == [1, 1])
      let padded = x[0].padded([(pads[1], pads[3]), (pads[0], pads[2])])
      return padded.convolved2D(with: x[1], bias: x[2], stride: stride, groups: groups)
    case "MaxPool": return x[0].maxPooled2D(size: window().size, stride: window().stride)
    case "AveragePool": return x[0].averagePooled2D(size: window().size, stride: window().stride)
    default: preconditionFailure("an operator \(type)")
    }
  }
}

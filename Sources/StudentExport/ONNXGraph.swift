import Exchange

/// The graph of an ONNX model while it is written: nodes in order, constants by name.
struct ONNXGraph {
  /// An attribute of a node.
  enum Attribute {
    case integer(String, Int)
    case integers(String, [Int])
    case number(String, Float)
    case text(String, String)
  }

  /// A message `GraphProto`.
  private(set) var message = ProtobufMessage()
  private var count = 0

  /// Appends a node and gives the name of its output.
  ///
  /// - Parameter output: The name; nil for a new one.
  @discardableResult
  mutating func node(
    _ type: String,
    _ inputs: [String],
    _ attributes: [Attribute] = [],
    output: String? = nil
  ) -> String {
    let output = output ?? name("value")
    append(type, inputs, attributes, [output])
    return output
  }

  /// Equal parts of a value `[batch, features]`.
  mutating func split(_ value: String, into count: Int, along axis: Int = 1) -> [String] {
    let outputs = (0..<count).map { _ in name("value") }
    append("Split", [value], [.integer("axis", axis)], outputs)
    return outputs
  }

  private mutating func append(
    _ type: String,
    _ inputs: [String],
    _ attributes: [Attribute],
    _ outputs: [String]
  ) {
    var node = ProtobufMessage()
    for input in inputs { node.append(1, input) }
    for output in outputs { node.append(2, output) }
    node.append(3, "\(type) of \(outputs[0])")
    node.append(4, type)
    for attribute in attributes { node.append(5, Self.message(of: attribute)) }
    message.append(1, node)
  }

  /// Appends numbers and gives their name.
  mutating func constant(_ numbers: [Float], _ shape: [Int]) -> String {
    let bytes = numbers.flatMap { withUnsafeBytes(of: $0.bitPattern.littleEndian, Array.init) }
    return constant(bytes, shape, ONNXType.float)
  }

  /// Appends whole numbers, of one axis or none.
  mutating func constant(integers: [Int], _ shape: [Int]? = nil) -> String {
    let bytes = integers.flatMap { withUnsafeBytes(of: Int64($0).littleEndian, Array.init) }
    return constant(bytes, shape ?? [integers.count], ONNXType.int64)
  }

  private mutating func constant(_ bytes: [UInt8], _ shape: [Int], _ type: Int) -> String {
    let name = name("constant")
    var tensor = ProtobufMessage()
    for length in shape { tensor.append(1, length) }
    tensor.append(2, type)
    tensor.append(8, name)
    tensor.append(9, bytes: bytes)
    message.append(5, tensor)
    return name
  }

  mutating func nameGraph(_ name: String) { message.append(2, name) }

  /// A batch of inputs or outputs.
  mutating func declare(_ role: Role, _ name: String, _ shape: [Int]) {
    var lengths = ProtobufMessage()
    var batch = ProtobufMessage()
    batch.append(2, "batch")
    lengths.append(1, batch)
    for length in shape {
      var dimension = ProtobufMessage()
      dimension.append(1, length)
      lengths.append(1, dimension)
    }
    var tensor = ProtobufMessage()
    tensor.append(1, ONNXType.float)
    tensor.append(2, lengths)
    var type = ProtobufMessage()
    type.append(1, tensor)
    var value = ProtobufMessage()
    value.append(1, name)
    value.append(2, type)
    message.append(role.rawValue, value)
  }

  /// The fields of `GraphProto` for what goes in and out.
  enum Role: Int {
    case input = 11
    case output = 12
  }

  private mutating func name(_ kind: String) -> String {
    count += 1
    return "\(kind)\(count)"
  }

  private static func message(of attribute: Attribute) -> ProtobufMessage {
    var message = ProtobufMessage()
    switch attribute {
    case .number(let name, let value):
      message.append(1, name)
      message.append(2, value)
      message.append(20, 1)
    case .text(let name, let value):
      message.append(1, name)
      message.append(4, value)
      message.append(20, 3)
    case .integer(let name, let value):
      message.append(1, name)
      message.append(3, value)
      message.append(20, 2)
    case .integers(let name, let values):
      message.append(1, name)
      for value in values { message.append(8, value) }
      message.append(20, 7)
    }
    return message
  }
}

/// `TensorProto.DataType`.
enum ONNXType {
  static let float = 1
  static let int64 = 7
}

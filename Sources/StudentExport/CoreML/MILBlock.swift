import Exchange

/// What values are in Core ML's intermediate language (`MIL.proto`, `DataType`).
enum MILType: Int {
  case bool = 1
  case string = 2
  case float32 = 11
  case int32 = 23

  /// A message `ValueType` of a tensor.
  func message(_ shape: [Int]) -> ProtobufMessage {
    var tensor = ProtobufMessage()
    tensor.append(1, rawValue)
    tensor.append(2, shape.count)
    for length in shape {
      var (constant, dimension) = (ProtobufMessage(), ProtobufMessage())
      constant.append(1, length)
      dimension.append(1, constant)
      tensor.append(3, dimension)
    }
    var type = ProtobufMessage()
    type.append(1, tensor)
    return type
  }
}

/// A value of a program by its name.
struct MILValue {
  let name: String
  let shape: [Int]
}

/// A block of operations of Core ML's intermediate language while it is written; long constants go
/// into a file of weights beside it.
struct MILBlock {
  /// Messages `Operation`, in order.
  private(set) var operations: [ProtobufMessage] = []
  private(set) var weights = MILWeights()
  private var count = 0

  /// The fewest numbers that are kept in the file of weights, as coremltools does.
  private static let fewestInFile = 10

  /// Appends an operation and gives what it computes.
  ///
  /// - Parameters:
  ///   - inputs: By the names of its parameters; one may take several values.
  ///   - shape: Of the result.
  ///   - name: Of the result; nil for a new one.
  mutating func apply(
    _ type: String,
    _ inputs: KeyValuePairs<String, [MILValue]>,
    _ shape: [Int],
    _ elements: MILType = .float32,
    name: String? = nil
  ) -> MILValue {
    let value = MILValue(name: name ?? newName(type), shape: shape)
    var operation = ProtobufMessage()
    operation.append(1, type)
    for (parameter, values) in inputs {
      var argument = ProtobufMessage()
      for value in values {
        var binding = ProtobufMessage()
        binding.append(1, value.name)
        argument.append(1, binding)
      }
      operation.append(2, key: parameter, argument)
    }
    finish(&operation, value, elements, [])
    return value
  }

  /// Appends a value as whole numbers.
  mutating func cast(_ value: MILValue) -> MILValue {
    apply("cast", ["x": [value], "dtype": [constant("int32")]], value.shape, .int32)
  }

  /// Appends numbers.
  mutating func constant(_ numbers: [Float], _ shape: [Int]) -> MILValue {
    if numbers.count < Self.fewestInFile {
      var list = ProtobufMessage()
      list.append(1, bytes: MILWeights.bytes(numbers))
      return constant(.float32, shape, immediate: 1, list)
    }
    var (place, value) = (ProtobufMessage(), MILType.float32.message(shape).asTypeOfValue)
    place.append(1, "@model_path/weights/\(MILWeights.fileName)")
    place.append(2, weights.append(numbers))
    value.append(5, place)
    return constant(.float32, shape, value)
  }

  /// Appends whole numbers, none of them negative.
  mutating func constant(_ integers: [Int]) -> MILValue {
    var list = ProtobufMessage()
    list.append(1, packed: integers)
    return constant(.int32, [integers.count], immediate: 2, list)
  }

  mutating func constant(_ integer: Int) -> MILValue {
    var list = ProtobufMessage()
    list.append(1, packed: [integer])
    return constant(.int32, [], immediate: 2, list)
  }

  mutating func constant(_ isTrue: Bool) -> MILValue {
    var list = ProtobufMessage()
    list.append(1, packed: [isTrue ? 1 : 0])
    return constant(.bool, [], immediate: 3, list)
  }

  mutating func constant(_ text: String) -> MILValue {
    constant(.string, [], MILBlock.value(text))
  }

  /// A message `Value` of a text.
  private static func value(_ text: String) -> ProtobufMessage {
    var list = ProtobufMessage()
    list.append(1, text)
    return immediateValue(.string, [], 4, list)
  }

  /// A message `Value` whose numbers are in it, in the field of `TensorValue` that their type has.
  private static func immediateValue(
    _ type: MILType,
    _ shape: [Int],
    _ field: Int,
    _ list: ProtobufMessage
  ) -> ProtobufMessage {
    var (tensor, immediate) = (ProtobufMessage(), ProtobufMessage())
    tensor.append(field, list)
    immediate.append(1, tensor)
    var value = type.message(shape).asTypeOfValue
    value.append(3, immediate)
    return value
  }

  private mutating func constant(
    _ type: MILType,
    _ shape: [Int],
    immediate field: Int,
    _ list: ProtobufMessage
  ) -> MILValue {
    constant(type, shape, Self.immediateValue(type, shape, field, list))
  }

  private mutating func constant(
    _ type: MILType,
    _ shape: [Int],
    _ value: ProtobufMessage
  ) -> MILValue {
    let result = MILValue(name: newName("constant"), shape: shape)
    var operation = ProtobufMessage()
    operation.append(1, "const")
    finish(&operation, result, type, [("val", value)])
    return result
  }

  private mutating func finish(
    _ operation: inout ProtobufMessage,
    _ result: MILValue,
    _ type: MILType,
    _ attributes: [(String, ProtobufMessage)]
  ) {
    operation.append(3, Self.named(result.name, type.message(result.shape)))
    for (name, value) in attributes + [("name", Self.value(result.name))] {
      operation.append(5, key: name, value)
    }
    operations.append(operation)
  }

  /// A message `NamedValueType`.
  static func named(_ name: String, _ type: ProtobufMessage) -> ProtobufMessage {
    var message = ProtobufMessage()
    message.append(1, name)
    message.append(2, type)
    return message
  }

  private mutating func newName(_ kind: String) -> String {
    count += 1
    return "\(kind)_\(count)"
  }
}

extension ProtobufMessage {
  /// A message `Value` that has this type so far.
  fileprivate var asTypeOfValue: ProtobufMessage {
    var value = ProtobufMessage()
    value.append(2, self)
    return value
  }
}

/// A file of weights of a Core ML program, version 2: a header of 64 bytes; then for each constant 64
/// bytes that say what and where it is, and its numbers. All begin at multiples of 64 bytes.
struct MILWeights {
  static let fileName = "weight.bin"
  static let alignment = 64
  /// What each constant begins with.
  static let sentinel: UInt32 = 0xDEAD_BEEF
  /// The number of `float32` among the types of the file.
  static let float32: UInt32 = 2

  private(set) var bytes = [UInt8](repeating: 0, count: alignment)
  private var count: UInt32 = 0

  /// Appends numbers and gives where their description begins.
  mutating func append(_ numbers: [Float]) -> Int {
    pad()
    let place = bytes.count
    count += 1
    func put(_ number: some FixedWidthInteger, _ target: inout [UInt8]) {
      withUnsafeBytes(of: number.littleEndian) { target += $0 }
    }
    put(Self.sentinel, &bytes)
    put(Self.float32, &bytes)
    put(UInt64(4 * numbers.count), &bytes)
    put(UInt64(place + Self.alignment), &bytes)
    pad()
    bytes += Self.bytes(numbers)
    var header: [UInt8] = []
    put(count, &header)
    put(UInt32(2), &header)
    bytes.replaceSubrange(0..<header.count, with: header)
    return place
  }

  private mutating func pad() {
    while bytes.count % Self.alignment != 0 { bytes.append(0) }
  }

  /// Numbers as they lie in files.
  static func bytes(_ numbers: [Float]) -> [UInt8] {
    numbers.flatMap { withUnsafeBytes(of: $0.bitPattern.littleEndian, Array.init) }
  }
}

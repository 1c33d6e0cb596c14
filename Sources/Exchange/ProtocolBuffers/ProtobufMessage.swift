/// A message of protocol buffers, written field by field.
package struct ProtobufMessage {
  package private(set) var bytes: [UInt8] = []

  package init() {}

  /// An integer; negative ones are not needed by any field here.
  package mutating func append(_ field: Int, _ value: Int) {
    appendVarint(field << 3)
    appendVarint(value)
  }

  package mutating func append(_ field: Int, _ value: Float) {
    appendVarint(field << 3 | 5)
    withUnsafeBytes(of: value.bitPattern.littleEndian) { bytes += $0 }
  }

  package mutating func append(_ field: Int, _ value: Double) {
    appendVarint(field << 3 | 1)
    withUnsafeBytes(of: value.bitPattern.littleEndian) { bytes += $0 }
  }

  package mutating func append(_ field: Int, _ text: String) {
    append(field, bytes: Array(text.utf8))
  }

  package mutating func append(_ field: Int, _ message: ProtobufMessage) {
    append(field, bytes: message.bytes)
  }

  package mutating func append(_ field: Int, bytes content: [UInt8]) {
    appendVarint(field << 3 | 2)
    appendVarint(content.count)
    bytes += content
  }

  /// A field as it was read.
  mutating func append(_ field: Int, _ value: WireMessage.Value) throws {
    switch value {
    case .integer(let number):
      appendVarint(field << 3)
      appendVarint(number)
    case .bits64(let bits):
      appendVarint(field << 3 | 1)
      withUnsafeBytes(of: bits.littleEndian) { bytes += $0 }
    case .bits32(let bits):
      appendVarint(field << 3 | 5)
      withUnsafeBytes(of: bits.littleEndian) { bytes += $0 }
    case .bytes(let message): append(field, bytes: try message.content())
    }
  }

  /// Whole numbers one after another, as `[packed = true]` has them.
  package mutating func append(_ field: Int, packed numbers: [Int]) {
    var list = ProtobufMessage()
    for number in numbers { list.appendVarint(number) }
    append(field, list)
  }

  /// An entry of a map whose keys are text.
  package mutating func append(_ field: Int, key: String, _ value: ProtobufMessage) {
    var entry = ProtobufMessage()
    entry.append(1, key)
    entry.append(2, value)
    append(field, entry)
  }

  /// Seven bits at a time, the lowest first.
  private mutating func appendVarint(_ value: Int) {
    precondition(value >= 0, "ProtobufMessage: \(value) is negative")
    appendVarint(UInt64(value))
  }

  private mutating func appendVarint(_ value: UInt64) {
    var rest = value
    while rest > 0x7F {
      bytes.append(UInt8(rest & 0x7F | 0x80))
      rest >>= 7
    }
    bytes.append(UInt8(rest))
  }
}

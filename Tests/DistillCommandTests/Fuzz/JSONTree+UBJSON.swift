import Foundation

/// Universal Binary JSON; types of numbers are not kept.
extension JSONTree {
  init?(ubjson data: Data) {
    var rest = [UInt8](data)[...]
    guard let type = rest.popFirst(), let tree = Self.value(type, &rest), rest.isEmpty else {
      return nil
    }
    self = tree
  }

  var ubjson: Data {
    var written: [UInt8] = []
    write(to: &written)
    return Data(written)
  }

  private func write(to written: inout [UInt8]) {
    switch self {
    case .object(let fields):
      written.append(UInt8(ascii: "{"))
      for field in fields {
        Self.write(field.key.utf8, to: &written)
        field.value.write(to: &written)
      }
      written.append(UInt8(ascii: "}"))
    case .array(let list):
      written += [UInt8(ascii: "["), UInt8(ascii: "#")]
      Self.write(list.count, to: &written)
      for item in list { item.write(to: &written) }
    case .leaf("null"): written.append(UInt8(ascii: "Z"))
    case .leaf("true"): written.append(UInt8(ascii: "T"))
    case .leaf("false"): written.append(UInt8(ascii: "F"))
    case .leaf(let number):
      if let text {
        written.append(UInt8(ascii: "S"))
        Self.write(text.utf8, to: &written)
      } else if let whole = Int(number) {
        Self.write(whole, to: &written)
      } else {
        written.append(UInt8(ascii: "D"))
        Self.write((Double(number) ?? .infinity).bitPattern, to: &written)
      }
    }
  }

  private static func write(_ bits: UInt64, to written: inout [UInt8]) {
    withUnsafeBytes(of: bits.bigEndian) { written += $0 }
  }

  private static func write(_ whole: Int, to written: inout [UInt8]) {
    written.append(UInt8(ascii: "L"))
    write(UInt64(bitPattern: Int64(whole)), to: &written)
  }

  private static func write(_ text: String.UTF8View, to written: inout [UInt8]) {
    write(text.count, to: &written)
    written += text
  }

  /// A number as JSON writes it.
  private static func number(_ type: UInt8, _ rest: inout ArraySlice<UInt8>) -> String? {
    let sizes: [Unicode.Scalar: Int] = ["i": 1, "U": 1, "I": 2, "l": 4, "L": 8, "d": 4, "D": 8]
    guard let size = sizes[Unicode.Scalar(type)], rest.count >= size else { return nil }
    let bits = rest.prefix(size).reduce(0 as UInt64) { $0 << 8 | UInt64($1) }
    rest = rest.dropFirst(size)
    switch Unicode.Scalar(type) {
    case "U": return "\(bits)"
    case "d": return "\(Float(bitPattern: UInt32(bits)))"
    case "D": return "\(Double(bitPattern: bits))"
    default:
      let shift = Int64(64 - 8 * size)
      return "\((Int64(bitPattern: bits) << shift) >> shift)"
    }
  }

  private static func count(_ rest: inout ArraySlice<UInt8>) -> Int? {
    guard let type = rest.popFirst(), let number = number(type, &rest) else { return nil }
    return Int(number).flatMap { (0...rest.count).contains($0) ? $0 : nil }
  }

  private static func text(_ rest: inout ArraySlice<UInt8>) -> String? {
    guard let count = count(&rest) else { return nil }
    defer { rest = rest.dropFirst(count) }
    return String(decoding: rest.prefix(count), as: UTF8.self)
  }

  private static func value(_ type: UInt8, _ rest: inout ArraySlice<UInt8>) -> JSONTree? {
    if let number = number(type, &rest) { return .leaf(number) }
    switch Unicode.Scalar(type) {
    case "Z": return .leaf("null")
    case "T": return .leaf("true")
    case "F": return .leaf("false")
    case "S", "H": return text(&rest).map { JSONTree(text: $0) }
    case "[", "{": return container(type, &rest)
    default: return nil
    }
  }

  private static func container(_ type: UInt8, _ rest: inout ArraySlice<UInt8>) -> JSONTree? {
    let isObject = type == UInt8(ascii: "{")
    let end = UInt8(ascii: isObject ? "}" : "]")
    var common: UInt8?
    var counted: Int?
    if rest.first == UInt8(ascii: "$") {
      common = rest.dropFirst().first
      rest = rest.dropFirst(2)
    }
    if rest.first == UInt8(ascii: "#") {
      rest.removeFirst()
      guard let count = count(&rest) else { return nil }
      counted = count
    }
    var fields: [Field] = []
    while counted.map({ fields.count < $0 }) ?? (rest.first != end) {
      guard let key = isObject ? text(&rest) : "", let own = common ?? rest.popFirst(),
        let value = value(own, &rest)
      else { return nil }
      fields.append(Field(key: key, value: value))
    }
    if counted == nil { rest.removeFirst() }
    return isObject ? .object(fields) : .array(fields.map(\.value))
  }
}

import Foundation

/// JSON as it is written: numbers of any size and fields in their order, which Foundation's own does
/// not keep.
enum JSONTree {
  struct Field {
    var key: String
    var value: JSONTree
  }

  case object([Field])
  case array([JSONTree])
  /// A number, a word without quotes, or a text with its quotes and escapes.
  case leaf(String)

  init?(_ data: Data) {
    var rest = [UInt8](data)[...]
    guard let tree = Self.value(&rest) else { return nil }
    Self.skipSpace(&rest)
    guard rest.isEmpty else { return nil }
    self = tree
  }

  /// A text, escaped.
  init(text: String) {
    var written = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": written += "\\\""
      case "\\": written += "\\\\"
      case "\u{0}"..<" ":
        written += "\\u00" + (scalar.value < 16 ? "0" : "") + String(scalar.value, radix: 16)
      default: written.unicodeScalars.append(scalar)
      }
    }
    self = .leaf(written + "\"")
  }

  /// What a text says; nil for other leaves.
  var text: String? {
    guard case .leaf(let written) = self, written.hasPrefix("\"") else { return nil }
    return try? JSONDecoder().decode([String].self, from: Data("[\(written)]".utf8))[0]
  }

  subscript(key: String) -> JSONTree? {
    get {
      guard case .object(let fields) = self else { return nil }
      return fields.first { $0.key == key }?.value
    }
    set {
      guard case .object(var fields) = self,
        let place = fields.firstIndex(where: { $0.key == key })
      else { return }
      if let newValue { fields[place].value = newValue } else { fields.remove(at: place) }
      self = .object(fields)
    }
  }

  var data: Data {
    var written = ""
    write(to: &written)
    return Data(written.utf8)
  }

  private func write(to written: inout String) {
    switch self {
    case .leaf(let text): written += text
    case .array(let list):
      written += "["
      for (index, item) in list.enumerated() {
        if index > 0 { written += "," }
        item.write(to: &written)
      }
      written += "]"
    case .object(let fields):
      written += "{"
      for (index, field) in fields.enumerated() {
        if index > 0 { written += "," }
        JSONTree(text: field.key).write(to: &written)
        written += ":"
        field.value.write(to: &written)
      }
      written += "}"
    }
  }

  private static func skipSpace(_ rest: inout ArraySlice<UInt8>) {
    while let byte = rest.first, byte == 32 || 9...13 ~= byte { rest.removeFirst() }
  }

  private static func take(_ byte: Unicode.Scalar, _ rest: inout ArraySlice<UInt8>) -> Bool {
    skipSpace(&rest)
    guard rest.first == UInt8(ascii: byte) else { return false }
    rest.removeFirst()
    return true
  }

  private static func value(_ rest: inout ArraySlice<UInt8>) -> JSONTree? {
    if take("{", &rest) {
      var fields: [Field] = []
      if take("}", &rest) { return .object([]) }
      repeat {
        skipSpace(&rest)
        guard let key = leaf(&rest)?.text, take(":", &rest), let value = value(&rest) else {
          return nil
        }
        fields.append(Field(key: key, value: value))
      } while take(",", &rest)
      return take("}", &rest) ? .object(fields) : nil
    }
    if take("[", &rest) {
      var list: [JSONTree] = []
      if take("]", &rest) { return .array([]) }
      repeat {
        guard let value = value(&rest) else { return nil }
        list.append(value)
      } while take(",", &rest)
      return take("]", &rest) ? .array(list) : nil
    }
    return leaf(&rest)
  }

  private static func leaf(_ rest: inout ArraySlice<UInt8>) -> JSONTree? {
    guard let first = rest.first else { return nil }
    var end = rest.startIndex + 1
    if first == UInt8(ascii: "\"") {
      while end < rest.endIndex, rest[end] != UInt8(ascii: "\"") {
        end += rest[end] == UInt8(ascii: "\\") ? 2 : 1
      }
      guard end < rest.endIndex else { return nil }
      end += 1
    } else {
      while end < rest.endIndex, !(rest[end] <= 32 || ",:]}[{\"".utf8.contains(rest[end])) {
        end += 1
      }
    }
    defer { rest = rest[end...] }
    return .leaf(String(decoding: rest[..<end], as: UTF8.self))
  }
}

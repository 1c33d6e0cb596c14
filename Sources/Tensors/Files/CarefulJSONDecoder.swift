import Foundation

/// A decoder for text that may be anybody's: Foundation's own traps where the text ends with the
/// bracket that is one too deep for it, the 512th.
package final class CarefulJSONDecoder: JSONDecoder, @unchecked Sendable {
  /// How deep brackets may stand in each other.
  package static let deepest = 500

  /// - Throws: `DecodingError`, also for brackets that are too deep.
  override package func decode<Value: Decodable>(_ type: Value.Type, from data: Data) throws
    -> Value
  {
    guard !Self.isTooDeep(data) else {
      throw DecodingError.dataCorrupted(
        .init(
          codingPath: [],
          debugDescription: "brackets stand in each other more than \(Self.deepest) deep"
        )
      )
    }
    return try super.decode(type, from: data)
  }

  private static func isTooDeep(_ text: Data) -> Bool {
    var (depth, isString, isEscaped) = (0, false, false)
    return text.contains { byte in
      if isEscaped {
        isEscaped = false
      } else if isString {
        isEscaped = byte == UInt8(ascii: "\\")
        isString = byte != UInt8(ascii: "\"")
      } else {
        switch byte {
        case UInt8(ascii: "\""): isString = true
        case UInt8(ascii: "["), UInt8(ascii: "{"): depth += 1
        case UInt8(ascii: "]"), UInt8(ascii: "}"): depth -= 1
        default: break
        }
      }
      return depth > deepest
    }
  }
}

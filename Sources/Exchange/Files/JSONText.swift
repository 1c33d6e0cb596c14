import Foundation
import Tensors

/// A value as JSON in one line, its keys in alphabetical order; numbers that are not finite are
/// the strings "nan", "inf" and "-inf".
package func jsonLine(_ value: some Encodable) -> String {
  let encoder = JSONEncoder.ofAllNumbers
  encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
  do {
    return String(decoding: try encoder.encode(value), as: UTF8.self).printable + "\n"
  } catch {
    preconditionFailure("\(type(of: value)) as JSON: \(error)")
  }
}

/// A value as JSON for people: a line for each number, keys in alphabetical order; numbers that are
/// not finite are the strings "nan", "inf" and "-inf".
package func prettyJson(_ value: some Encodable) -> String {
  let encoder = JSONEncoder.ofAllNumbers
  encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
  do {
    return String(decoding: try encoder.encode(value), as: UTF8.self) + "\n"
  } catch {
    preconditionFailure("\(type(of: value)) as JSON: \(error)")
  }
}

extension JSONEncoder {
  /// One that writes numbers that are not finite as the strings "nan", "inf" and "-inf".
  package static var ofAllNumbers: JSONEncoder {
    let encoder = JSONEncoder()
    encoder.dateEncodingStrategy = .iso8601
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "inf",
      negativeInfinity: "-inf",
      nan: "nan"
    )
    return encoder
  }
}

extension JSONDecoder {
  /// One that reads what ``JSONEncoder/ofAllNumbers`` writes.
  package static var ofAllNumbers: JSONDecoder {
    let decoder = CarefulJSONDecoder()
    decoder.dateDecodingStrategy = .iso8601
    decoder.nonConformingFloatDecodingStrategy = .convertFromString(
      positiveInfinity: "inf",
      negativeInfinity: "-inf",
      nan: "nan"
    )
    return decoder
  }
}

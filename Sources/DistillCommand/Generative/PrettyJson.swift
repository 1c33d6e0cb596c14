import Foundation

extension RunFolder {
  static let certificate = "certificate.json"
}

/// A value as JSON for people: a line for each number, keys in alphabetical order; numbers that are
/// not finite are the strings "nan", "inf" and "-inf".
func prettyJson(_ value: some Encodable) -> String {
  let encoder = JSONEncoder()
  encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
  encoder.nonConformingFloatEncodingStrategy = .convertToString(
    positiveInfinity: "inf",
    negativeInfinity: "-inf",
    nan: "nan"
  )
  do {
    return String(decoding: try encoder.encode(value), as: UTF8.self) + "\n"
  } catch {
    preconditionFailure("\(type(of: value)) as JSON: \(error)")
  }
}

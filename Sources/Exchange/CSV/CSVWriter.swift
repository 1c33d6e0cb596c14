import Foundation
import Tensors

/// Writes rows of text with a delimiter, quoting what needs it.
struct CSVWriter {
  private let delimiter: String
  private let append: (UnsafeRawBufferPointer) throws -> Void

  init(delimiter: Character, to append: @escaping (UnsafeRawBufferPointer) throws -> Void) {
    self.delimiter = String(delimiter)
    self.append = append
  }

  func append(_ fields: some Collection<String>) throws {
    var line = Self.line(fields, delimiter) + "\r\n"
    try line.withUTF8 { try append(UnsafeRawBufferPointer($0)) }
  }

  /// A row without the end of its line.
  static func line(_ fields: some Collection<String>, _ delimiter: String = ",") -> String {
    // A lone empty field must not look like an empty line.
    fields.count == 1 && fields.first == ""
      ? "\"\"" : fields.map { quoted($0, delimiter) }.joined(separator: delimiter)
  }

  private static func quoted(_ field: String, _ delimiter: String) -> String {
    let special: Set<UInt8> = [0x22, 0x0a, 0x0d, delimiter.utf8.first!]
    guard field.utf8.contains(where: special.contains) || field.first == " " || field.last == " "
    else { return field }
    return "\"" + field.replacingOccurrences(of: "\"", with: "\"\"") + "\""
  }

  /// The shortest texts that read back as the same numbers.
  static func texts(_ values: Tensor) -> [String] {
    switch values.elementType {
    case .float64: values.scalars(Double.self).map { short("\($0)") }
    case .float32, .float16, .bfloat16: values.scalars(Float.self).map { short("\($0)") }
    default: values.scalars(Int.self).map(String.init)
    }
  }

  private static func short(_ text: String) -> String {
    text.hasSuffix(".0") ? String(text.dropLast(2)) : text
  }
}

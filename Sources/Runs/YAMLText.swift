import Distill
import Yams

/// The one way in for YAML.
///
/// Anchors are refused: a few hundred bytes of aliases of aliases are more than any memory holds.
package enum YAMLText {
  /// The text as a tree; nil where there is nothing in it.
  ///
  /// - Throws: `RunError` for anchors, and what the parser finds wrong.
  package static func compose(_ text: String) throws -> Node? {
    try refuseAnchors(text)
    return try Yams.compose(yaml: text)
  }

  /// - Throws: `RunError` for anchors, and what the decoder finds wrong.
  package static func decode<Value: Decodable>(_ type: Value.Type, from text: String) throws
    -> Value
  {
    try refuseAnchors(text)
    return try YAMLDecoder().decode(type, from: text)
  }

  /// An anchor stands where a value begins: at the start of a line, or behind an indicator or a tag.
  ///
  /// Quotes and comments are looked into as well: what is and what is not one depends on all lines
  /// before it.
  private static func refuseAnchors(_ text: String) throws {
    for line in text.split(whereSeparator: \.isNewline) where line.contains("&") {
      guard let anchor = line.firstMatch(of: /(^|[-?:,\[{]|(^|\s)!\S*)\s*(&[A-Za-z0-9_\-]+)/) else {
        continue
      }
      throw RunError(
        "'\(anchor.3)' in '\(line.trimmingPrefix(while: \.isWhitespace).prefix(60))': anchors and "
          + "aliases of YAML are not read; write the value out"
      )
    }
  }
}

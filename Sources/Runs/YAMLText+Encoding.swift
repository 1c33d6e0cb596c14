import Distill
import Foundation
import Yams

extension YAMLText {
  /// A value as YAML, in which every number reads back as it was.
  ///
  /// Yams writes 15 digits of most numbers; where a double needs 16 or 17, they are put in.
  package static func encode(_ value: some Encodable) throws -> String {
    let encoder = YAMLEncoder()
    encoder.options.width = -1
    let text = try encoder.encode(value)
    let exact = JSONEncoder()
    exact.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: ".inf",
      negativeInfinity: "-.inf",
      nan: ".nan"
    )
    let numbers = try CarefulJSONDecoder().decode(Numbers.self, from: exact.encode(value))
    guard let node = try compose(text) else { return text }
    return try Yams.serialize(node: replaced(node, by: numbers), width: -1)
  }
}

/// The numbers of a value, where they stand.
///
/// `JSONSerialization` reads some of them wrong in their last digit.
private indirect enum Numbers: Decodable {
  case number(Double)
  case list([Numbers])
  case object([String: Numbers])
  case other

  init(from decoder: any Decoder) throws {
    let value = try decoder.singleValueContainer()
    if let number = try? value.decode(Double.self) {
      self = .number(number)
    } else if let list = try? value.decode([Numbers].self) {
      self = .list(list)
    } else if let object = try? value.decode([String: Numbers].self) {
      self = .object(object)
    } else {
      self = .other
    }
  }
}

/// `node` with the numbers of `value` where they are the same but for digits that were cut off.
private func replaced(_ node: Node, by value: Numbers) -> Node {
  switch (node, value) {
  case (.mapping(var mapping), .object(let object)):
    for key in mapping.keys {
      guard let part = mapping[key], let name = key.string, let exact = object[name] else {
        continue
      }
      mapping[key] = replaced(part, by: exact)
    }
    return .mapping(mapping)
  case (.sequence(var sequence), .list(let list)) where list.count == sequence.count:
    for index in sequence.indices { sequence[index] = replaced(sequence[index], by: list[index]) }
    return .sequence(sequence)
  case (.scalar(var scalar), .number(let number)):
    guard scalar.style == .plain, let written = Double(scalar.string), written != number,
      isNearlyEqual(written, number)
    else { return node }
    scalar.string = "\(number)"
    return .scalar(scalar)
  default: return node
  }
}

/// Whether two numbers are one, of which one was written with 15 digits.
package func isNearlyEqual(_ first: Double, _ second: Double) -> Bool {
  abs(first - second) <= 1e-14 * max(abs(first), abs(second))
}

import Distill
import Foundation
import Yams

/// Where two values differ, by their keys, such as `training.batchSize: 20 → 40`.
///
/// Numbers that version 0.1.0 wrote into recipes have 15 digits: they are equal to what they were.
package func differences(_ old: some Encodable, _ new: some Encodable) throws -> [String] {
  let encoder = JSONEncoder()
  func object(_ value: some Encodable) throws -> Any {
    try JSONSerialization.jsonObject(with: encoder.encode(value))
  }
  return try differences(between: object(old), and: object(new))
}

/// Where two texts of YAML differ, by their keys; comments and blanks count for nothing.
package func differences(yaml old: String, _ new: String) throws -> [String] {
  func object(_ text: String) throws -> Any { try YAMLText.compose(text)?.any ?? [:] }
  return try differences(between: object(old), and: object(new))
}

private func differences(between old: Any, and new: Any) -> [String] {
  let (before, after) = (leaves(of: old), leaves(of: new))
  func isSame(_ old: String?, _ new: String?) -> Bool {
    if let old = old.flatMap(Double.init), let new = new.flatMap(Double.init) {
      return isNearlyEqual(old, new)
    }
    return old == new
  }
  return Set(before.keys).union(after.keys).sorted().filter { !isSame(before[$0], after[$0]) }
    .map { "\($0): \(before[$0] ?? "nothing") → \(after[$0] ?? "nothing")" }
}

/// What is neither a list nor an object, by the keys that lead there.
private func leaves(of value: Any) -> [String: String] {
  var found: [String: String] = [:]
  func visit(_ value: Any, _ path: String) {
    if let object = value as? [String: Any] {
      for (key, part) in object { visit(part, path.isEmpty ? key : "\(path).\(key)") }
    } else if let list = value as? [Any] {
      for (index, part) in list.enumerated() { visit(part, "\(path)[\(index)]") }
    } else {
      found[path] = "\(value)"
    }
  }
  visit(value, "")
  return found
}

import Distill
import Foundation
import Yams

/// What a recipe calls its teacher and its student, whatever job it is of.
enum RecipeWords {
  static func student(in recipe: Node?) -> String? {
    first(
      in: recipe,
      [
        ["options", "student"], ["distillation", "student"], ["student"], ["student", "family"],
      ]
    ).map(FileArchitecture.words)
  }

  static func teacher(in recipe: Node?) -> String? {
    first(
      in: recipe,
      [
        ["options", "teacher", "model"], ["options", "teacher", "files"],
        ["options", "teacher", "command"], ["teacher"], ["draws", "files"],
        ["sampling", "sampler"],
        ["options", "members"], ["members"],
      ]
    )
  }

  /// The words at the first of some paths of keys that leads to any.
  private static func first(in recipe: Node?, _ paths: [[String]]) -> String? {
    for path in paths {
      var node = recipe
      for key in path { node = node?.mapping?[Node(key)] }
      guard let words = node.flatMap(words) else { continue }
      return path.last == "members" ? "ensemble of \(words)" : words
    }
    return nil
  }

  private static func words(_ node: Node) -> String? {
    if let word = node.string { return word.isEmpty ? nil : word }
    if let list = node.sequence {
      let names = list.compactMap { part in
        part.string ?? part.mapping?[Node("path")]?.string
          ?? part.sequence.map { $0.compactMap(\.string).joined(separator: "-") }
      }
      guard let first = names.first else { return nil }
      return names.count < 3 ? names.joined(separator: ", ") : "\(first), … (\(names.count))"
    }
    return node.mapping?[Node("path")]?.string
  }
}

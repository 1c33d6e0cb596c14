/// The names of classes that new work is about.
package enum ClassNames {
  /// Refuses names of more than one line: tables, certificates and files of students have a line for
  /// each.
  ///
  /// - Parameter path: Where the names are from.
  /// - Throws: `RunError` that shows the name.
  package static func requireLines(_ names: [String], of path: String) throws {
    guard let name = names.first(where: { $0.contains { $0.isNewline || $0 == "\0" } }) else {
      return
    }
    throw RunError(
      "'\(path)' names a class \(name.debugDescription), which is no single line of text: rename it"
    )
  }
}

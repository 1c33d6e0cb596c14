/// Names and what there is to say of each, in two columns: a line each.
///
/// - Parameter indent: What lines begin with.
package func aligned(_ rows: [(String, String)], indent: String = "") -> [String] {
  let width = rows.map(\.0.count).max() ?? 0
  return rows.map { name, text in
    indent + name + String(repeating: " ", count: width + 2 - name.count) + text
  }
}

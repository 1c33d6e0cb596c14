import Mathematics

/// Names that someone who mistyped may have meant.
package enum NearNames {
  /// `; did you mean beta? there are: alpha, beta`.
  package static func hint(for name: String, among names: [String]) -> String {
    guard !names.isEmpty else { return "; there are none" }
    let listed =
      names.prefix(12).map { $0.count > 60 ? $0.prefix(60) + "…" : $0 }.joined(separator: ", ")
      + (names.count > 12 ? ", …" : "")
    let nearest = nearestName(to: name, among: names)
    return (nearest.map { "; did you mean \($0)?" } ?? ";") + " there are: \(listed)"
  }
}

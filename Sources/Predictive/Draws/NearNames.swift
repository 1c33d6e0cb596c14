/// Names that someone who mistyped may have meant.
public enum NearNames {
  /// `; did you mean beta? there are: alpha, beta`.
  public static func hint(for name: String, among names: [String]) -> String {
    guard !names.isEmpty else { return "; there are none" }
    let nearest = names.min { distance(name, $0) < distance(name, $1) }!
    let isNear = distance(name, nearest) <= max(1, name.count / 3)
    let listed = names.prefix(12).joined(separator: ", ") + (names.count > 12 ? ", …" : "")
    return (isNear ? "; did you mean \(nearest)?" : ";") + " there are: \(listed)"
  }

  /// Letters to insert, delete or change (Levenshtein 1966), capitals not told apart.
  static func distance(_ a: String, _ b: String) -> Int {
    let (a, b) = (Array(a.lowercased()), Array(b.lowercased()))
    var row = Array(0...b.count)
    for (i, letter) in a.enumerated() {
      var diagonal = row[0]
      row[0] = i + 1
      for j in b.indices {
        let change = diagonal + (letter == b[j] ? 0 : 1)
        diagonal = row[j + 1]
        row[j + 1] = min(change, row[j] + 1, row[j + 1] + 1)
      }
    }
    return row[b.count]
  }
}

/// The name most like a word that is none of them, to be suggested to whoever wrote it: the one of
/// the fewest insertions, deletions and replacements (Levenshtein 1966), if these are at most a
/// third of its letters; else one that begins like it.
package func nearestName(to word: String, among names: [String]) -> String? {
  let word = word.lowercased()
  func distance(_ name: String) -> Int {
    let name = Array(name.lowercased())
    var row = Array(0...name.count)
    for (place, letter) in word.enumerated() {
      var diagonal = row[0]
      row[0] = place + 1
      for column in name.indices {
        let replaced = diagonal + (name[column] == letter ? 0 : 1)
        diagonal = row[column + 1]
        row[column + 1] = min(replaced, row[column] + 1, diagonal + 1)
      }
    }
    return row[name.count]
  }
  let nearest = names.map { (name: $0, distance: distance($0)) }.min { $0.distance < $1.distance }
  if let nearest, nearest.distance <= max(1, nearest.name.count / 3) { return nearest.name }
  guard word.count >= 3 else { return nil }
  return names.first { $0.lowercased().hasPrefix(word) || $0.lowercased().contains(word) }
}

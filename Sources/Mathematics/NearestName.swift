/// The name most like a word that is none of them, to be suggested to whoever wrote it: the one of
/// the fewest insertions, deletions and replacements (Levenshtein 1966), capitals not told apart, if
/// these are at most a third of its letters; else one that begins like it or contains it.
///
/// The work is bounded: nobody mistypes a name of more letters than ``longestName``, and of very many
/// names only the first are looked at.
package func nearestName(to word: String, among names: [String]) -> String? {
  let word = Array(word.lowercased())
  guard word.count <= longestName else { return nil }
  let candidates = names.lazy.filter { $0.utf8.count <= 4 * longestName }.prefix(1_000)
    .map { (name: $0, letters: Array($0.lowercased())) }
  let nearest = candidates.map { (name: $0.name, distance: distance(word, $0.letters)) }
    .min { $0.distance < $1.distance }
  if let nearest, nearest.distance <= max(1, nearest.name.count / 3) { return nearest.name }
  guard word.count >= 3 else { return nil }
  return candidates.first { String($0.letters).contains(String(word)) }?.name
}

private let longestName = 100

private func distance(_ word: [Character], _ name: [Character]) -> Int {
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

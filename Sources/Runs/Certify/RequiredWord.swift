import Distill

/// The word that a certificate must have for the command to end with 0.
package enum RequiredWord: String, CaseIterable {
  case better = "BETTER"
  /// Better is good enough, too.
  case same = "SAME"

  /// - Throws: `RunError` when another word was found.
  package func require(_ certificate: Certificate) throws {
    try require(certificate.verdict, certificate.decidingNote)
  }

  /// - Parameters:
  ///   - word: What was found; nil where a certificate has no word.
  ///   - note: What would decide.
  func require(_ word: Verdict?, _ note: String? = nil) throws {
    guard word != .better, self != .same || word != .same else { return }
    throw RunError(
      "the certificate says \(word?.rawValue ?? "no word, as there is no control"), and --require "
        + "\(rawValue) asks for " + (self == .same ? "SAME or BETTER" : rawValue)
        + (note.map { ": \($0)" } ?? "")
    )
  }
}

import Distill

/// The word that a certificate must have for the command to end with 0.
package enum RequiredWord: String, CaseIterable {
  case better = "BETTER"
  /// Better is good enough, too.
  case same = "SAME"

  /// - Throws: `RunError` when another word was found.
  package func require(_ certificate: Certificate) throws {
    let isMet = certificate.verdict == .better || self == .same && certificate.verdict == .same
    guard !isMet else { return }
    throw RunError(
      "the certificate says \(certificate.verdict), and --require \(rawValue) asks for "
        + (self == .same ? "SAME or BETTER" : rawValue)
        + (certificate.decidingNote.map { ": \($0)" } ?? "")
    )
  }
}

import Distill
import Foundation
import Runs

/// One way to make a student: what it minimises, how much of the text it writes itself, and what its
/// tokens are.
package struct SequenceArm: Codable, Hashable, Sendable {
  /// As losses are written; one that needs no teacher makes a control.
  package var loss: String
  /// The share of batches that the student itself writes; of the others the text is given.
  package var own: Double
  package var tokens: Tokens

  package enum Tokens: String, Codable, CaseIterable, Sendable {
    /// Single bytes, as the teacher's.
    case bytes
    /// Also the most frequent neighbours, merged.
    case pairs
  }

  package init(_ loss: String, own: Double = 0, tokens: Tokens = .bytes) {
    (self.loss, self.own, self.tokens) = (loss, own, tokens)
  }

  private enum CodingKeys: String, CodingKey, CaseIterable { case loss, own, tokens }

  private struct AnyKey: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }
    init?(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }

  package init(from decoder: any Decoder) throws {
    let known = CodingKeys.allCases.map(\.rawValue)
    let given = try decoder.container(keyedBy: AnyKey.self).allKeys.map(\.stringValue)
    if let other = given.first(where: { !known.contains($0) }) {
      throw RunError("a student has no option '\(other)'; it has \(known.joined(separator: ", "))")
    }
    guard given.contains("loss") else {
      throw RunError("a student needs a loss: write {loss: kullbackLeibler}, for example")
    }
    let container = try decoder.container(keyedBy: CodingKeys.self)
    loss = try container.decode(String.self, forKey: .loss)
    own = try container.decodeIfPresent(Double.self, forKey: .own) ?? 0
    tokens = try container.decodeIfPresent(Tokens.self, forKey: .tokens) ?? .bytes
  }

  /// Its loss with what else it has.
  package var name: String {
    var words = [loss]
    if own > 0 { words.append("own \(short(own))") }
    if tokens == .pairs { words.append("pairs") }
    return words.joined(separator: ", ")
  }

  /// The part of file names.
  package var fileName: String {
    name.split { !$0.isASCII || !($0.isLetter || $0.isNumber || $0 == ".") }.joined(separator: "-")
  }

  /// Whether the student has no teacher.
  package func isControl(_ losses: Catalogue<LossFormula>) throws -> Bool {
    try !Loss(parsing: loss, among: losses).needs.teacher
  }
}

extension SequencesExperiment {
  /// The losses that students may name: all, and those that only sequences have.
  ///
  /// - Parameter pairs: The student's tokens beside the teacher's, where they are others.
  package func losses(_ pairs: (tokens: ByteVocabulary, bytes: ByteVocabulary)? = nil)
    -> Catalogue<LossFormula>
  {
    var losses = Catalogue<LossFormula>.standard
    let (length, given) = (window, min(prompt, window) - 1)
    losses.add(
      LossFormula(
        "sequenceReverseKullbackLeibler",
        [.init("discount", 1, .share)],
        summary: "KL(student‖teacher) of whole sequences that the student wrote (Gu et al. 2024)"
      ) {
        .sequenceReverseKullbackLeibler(length: length, given: given, discount: $0["discount"])
      }
    )
    let none = ByteVocabulary(bytesOf: [])
    let (tokens, bytes) = pairs ?? (none, none)
    losses.add(
      LossFormula(
        "firstByteKullbackLeibler",
        summary: "KL of the next byte, where the student has tokens of several"
      ) { _ in .firstByteKullbackLeibler(tokens, bytes) }
    )
    return losses
  }

  package func checkStudents() throws {
    guard !students.isEmpty, Set(students.map(\.fileName)).count == students.count else {
      throw RunError("students: name a control and at least one other, each once")
    }
    let losses = losses()
    for arm in students {
      let loss: Loss
      do { loss = try Loss(parsing: arm.loss, among: losses) } catch {
        throw RunError("students: '\(arm.loss)': \(sentence(for: error))")
      }
      try requireNumbers("'\(arm.name)', own", [arm.own], .share)
      let names = loss.terms.map(\.name)
      let needs = loss.needs
      if needs.derivatives || needs.projections > 0 || !needs.studentFeatures.isEmpty
        || names.contains("ensembleDistribution")
      {
        throw RunError(
          "students: '\(arm.name)' compares more than what is said about the next token"
        )
      }
      let isOnOwn = names.contains("sequenceReverseKullbackLeibler")
      if isOnOwn, arm.own < 1 {
        throw RunError(
          "students: '\(arm.name)' is of sequences that the student wrote: set own to 1"
        )
      }
      if arm.own > 0, !needs.teacher || needs.labels && !isOnOwn {
        throw RunError(
          "students: '\(arm.name)' would learn its own text by heart: leave out own, or terms on labels"
        )
      }
      let isOfPairs = names.contains {
        ["sortedProbabilities", "firstByteKullbackLeibler"].contains($0)
      }
      let others = names.contains {
        !["crossEntropy", "sortedProbabilities", "firstByteKullbackLeibler"].contains($0)
      }
      if arm.tokens == .pairs, others || arm.own > 0 {
        throw RunError(
          "students: '\(arm.name)' has other tokens than its teacher: compare it by sortedProbabilities "
            + "or firstByteKullbackLeibler, on the text"
        )
      }
      if arm.tokens == .bytes, isOfPairs, names.contains("firstByteKullbackLeibler") {
        throw RunError(
          "students: '\(arm.name)' has its teacher's tokens, of one byte each: use kullbackLeibler"
        )
      }
      for term in loss.terms where term.name == "topKullbackLeibler" {
        let count = Int(term.settings.first { $0.name == "count" }!.value)
        try requireCount("'\(arm.name)', count", count, atMost: 255)
        guard loss.terms.allSatisfy({ [term.name, "crossEntropy"].contains($0.name) }) else {
          throw RunError(
            "students: '\(arm.name)': of the most probable tokens alone nothing else can be computed"
          )
        }
      }
    }
    for tokens in SequenceArm.Tokens.allCases
    where students.contains(where: { $0.tokens == tokens }) {
      let controls = try students.filter { try $0.tokens == tokens && $0.isControl(losses) }
      guard controls.count == 1 else {
        throw RunError(
          "students: of those on \(tokens.rawValue) exactly one must have a loss without a teacher, such "
            + "as crossEntropy: the control"
        )
      }
    }
    guard
      try students.contains(where: { try $0.tokens == .bytes && !$0.isControl(losses) })
    else { throw RunError("students: name at least one on bytes that has a teacher") }
  }
}

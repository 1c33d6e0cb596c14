import Distill
import Foundation
import Runs

/// A language model that is asked what comes behind a line of text, and how many bits it needs for one.
struct SequenceUse: FieldUse {
  let model: SequenceModel
  let vocabulary: ByteVocabulary
  /// The tokens, for people.
  let classes: [String]
  /// The test part of its run.
  let own: [[UInt8]]

  let takesText = true
  /// Bytes of the longest line.
  private static let longest = 8_192
  /// Tokens that are looked at at a time.
  private static let most = 1 << 16

  /// The probabilities of what comes next, for each line.
  func answers(to data: String?) throws -> FieldAnswers {
    let texts = try data.map(lines) ?? own
    // What is before a text is its end.
    let tokens = try texts.map { [0] + (try vocabulary.encoded($0)) }
    var (parts, start) = ([Tensor](), 0)
    while start < tokens.count {
      var (end, length) = (start, 0)
      while end < tokens.count {
        let longer = max(length, tokens[end].count)
        guard end == start || longer * (end - start + 1) <= Self.most else { break }
        (end, length) = (end + 1, longer)
      }
      let rows = tokens[start..<end]
      let filled = rows.flatMap { $0 + [Int](repeating: 0, count: length - $0.count) }
      let ends = rows.enumerated().map { $0.offset * length + $0.element.count - 1 }
      parts.append(
        try withTorchErrors {
          withoutGradient { model.onWindows(of: length)(Tensor(filled)) }[rows: Tensor(ends)]
            .cast(to: .float64).logSoftmax()
        }
      )
      start = end
    }
    return FieldAnswers(.classes(logProbabilities: .concatenated(parts)))
  }

  func evaluation(
    on data: String?,
    outcome: String?,
    teacherValues: String?
  ) throws -> StudentEvaluation {
    try refuse("--outcome", outcome, "whose text says itself what comes next")
    try refuse("--teacher-values", teacherValues, "which is measured by its text alone")
    let texts = try data.map(lines) ?? own
    let panel = try DocumentPanel(texts, in: vocabulary)
    let bits = try withTorchErrors { panel.perByte(panel.scores(of: model).bits) }
    return StudentEvaluation(
      examples: texts.count,
      [.init(name: "bits per byte", student: .init(Estimate(of: bits)))]
    )
  }

  /// - Throws: `RunError` that names a line that is too long, or has a byte without a token.
  private func lines(_ path: String) throws -> [[UInt8]] {
    try TextInputs(path).texts.enumerated().map { index, text in
      let bytes = Array(text.utf8)
      func refused(_ reason: String) -> RunError {
        RunError("text \(index + 1) of '\(path)' \(reason)")
      }
      guard bytes.count <= Self.longest else {
        throw refused(
          "is \(grouped(bytes.count)) bytes long, and \(grouped(Self.longest)) are the most: break it "
            + "into lines"
        )
      }
      do { _ = try vocabulary.encoded(bytes) } catch {
        let known = Set(vocabulary.tokens.joined())
        let strange = text.first { !$0.utf8.allSatisfy(known.contains) } ?? "?"
        throw refused(
          "has '\(strange)', which the student never saw: leave it out, or write it otherwise"
        )
      }
      return bytes
    }
  }
}

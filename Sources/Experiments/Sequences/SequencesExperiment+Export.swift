import Distill
import Foundation
import Runs

extension SequencesExperiment: ExportableJob {
  package func students(of run: Run) -> [OfferedStudent] {
    let losses = losses()
    func isTaught(_ arm: SequenceArm) -> Bool { (try? arm.isControl(losses)) != true }
    // Those with a teacher first.
    return (students.filter(isTaught) + students.filter { !isTaught($0) }).flatMap { arm in
      (0..<seeds).map { index in
        OfferedStudent(SequenceTraining.file(arm, index), lesson: arm.name) {
          try SequenceWorld(self, seed: run.seed, on: run.device).offered(arm.tokens, run)
        }
      }
    }
  }
}

extension SequenceWorld {
  /// A student, asked about windows of the test text.
  fileprivate func offered(_ tokens: SequenceArm.Tokens, _ run: Run) throws -> OfferedNetwork {
    let (vocabulary, model) = (vocabulary(tokens), network(recipe.student, tokens, seed: 0))
    let text = try SequenceWindows(
      test.map(vocabulary.encoded),
      length: recipe.window,
      batch: 1,
      seed: run.seed
    )
    var offer = OfferedNetwork(
      model,
      shape: [recipe.window],
      answers: .classesOfEach("position", vocabulary.tokens.map(Self.name)),
      on: text.windows.slicing(0..<recipe.window, along: 1)
    ) { model($0.cast(to: .int64).flattened()) }
    offer.use = SequenceUse(
      model: model,
      vocabulary: vocabulary,
      classes: vocabulary.tokens.map(Self.name),
      own: test
    )
    offer.facts = [
      "model": "GRU of \(recipe.student.hidden) units on tokens of width \(recipe.student.width)",
      "takes":
        "\(recipe.window) tokens of text, whole numbers, places in tokens; 0 comes before a text and ends "
        + "it. At each position stands what comes next",
      "tokens": jsonText(vocabulary),
    ]
    offer.teacher = [run.folder.file("\(SequenceTraining.teacherFile).safetensors")]
    return offer
  }

  /// A token for people: its text, or its bytes where they are none.
  private static func name(_ bytes: [UInt8]) -> String {
    bytes.allSatisfy { (0x20..<0x7F).contains($0) }
      ? String(decoding: bytes, as: UTF8.self)
      : bytes.map { String(format: "\\x%02x", Int($0)) }.joined()
  }
}

import Distill
import Foundation
import Runs

/// A recurrent language model on bytes teaches one of a tenth of its parameters, by divergences in
/// either direction and between, on text and on what the student writes, from all it said or the most
/// probable tokens alone, and across tokens.
///
/// After Kim & Rush (2016), Agarwal et al., *On-Policy Distillation of Language Models* (2024), Gu et
/// al., *MiniLLM* (2024), Ko et al., *DistiLLM* (2024), and Boizard et al. (2024) across tokens. The
/// text is the glosses of WordNet.
package struct SequencesExperiment: EvidenceJob {
  package typealias Evidence = SequencesCertificate

  package static let name = "sequences"

  /// The folder with the data files of WordNet.
  package var data = ".data/wordnet"
  /// Bytes of the longest gloss that is taken.
  package var longest = 200
  /// Glosses that the teacher learns from, and how many of them its students see.
  package var documents = 20_000
  package var studentDocuments = 4_000
  /// Glosses on which everything free is chosen, and those that serve for reporting alone.
  package var validation = 400
  package var test = 1_000
  /// Tokens of a window, and windows of a step.
  package var window = 32
  package var batch = 16
  /// Tokens of text that a window begins with which the student writes on.
  package var prompt = 1
  /// Tokens of two and more bytes that students on pairs have.
  package var merges = 56
  package var teacher = SequenceShape(width: 24, hidden: 192)
  package var student = SequenceShape(width: 12, hidden: 40)
  package var students = [
    SequenceArm("crossEntropy"), SequenceArm("kullbackLeibler"),
    SequenceArm("reverseKullbackLeibler"), SequenceArm("jensenShannon"),
  ]
  /// Students of each kind, each with its own first weights and order of windows.
  package var seeds = 3
  package var teacherSteps = 1_500
  package var teacherRate = 3e-3
  /// Of every student.
  package var steps = 500
  /// Choices, made on the validation glosses with a student of another seed. The learning rate is that
  /// of the control, and of all.
  package var learningRates = [0.02]
  /// The difference in bits per byte that would not matter.
  package var margin = 0.01

  package init() {}

  package static let studentFiles: [String] = []

  package func networks(seed: UInt64) -> [(file: String, role: String, seed: UInt64)] {
    let losses = losses()
    let own = (0..<seeds).flatMap { index in
      students.map { arm in
        let isControl = (try? arm.isControl(losses)) == true
        return (
          "\(SequenceTraining.file(arm, index)).safetensors",
          isControl ? "control" : "student: \(arm.name)", SequenceTraining.seed(seed, index)
        )
      }
    }
    return [("\(SequenceTraining.teacherFile).safetensors", "teacher", seed)] + own
  }

  package var sources: (teacher: [String], data: [String]) {
    ([], (try? dataFiles().map(\.path)) ?? [])
  }

  package func certified() -> SequencesExperiment { self }

  package func check() throws {
    try requireCounts("longest, window and prompt", [longest, window, prompt], atMost: 4_096)
    try requireCounts("documents and studentDocuments", [documents, studentDocuments])
    try requireCounts("validation and test", [validation, test], atLeast: 2)
    try requireCount("batch", batch, atMost: 65_536)
    try requireCount("merges", merges, atMost: 4_096)
    try requireCounts(
      "width and hidden of teacher and student",
      [teacher.width, teacher.hidden, student.width, student.hidden],
      atMost: 8_192
    )
    try requireCount("seeds", seeds, atLeast: 2, atMost: 1_000)
    try requireCounts("teacherSteps and steps", [teacherSteps, steps], atMost: mostSteps)
    try requireNumbers(
      "teacherRate and learningRates",
      [teacherRate] + learningRates,
      .learningRate
    )
    try requireNumbers("margin", [margin], .notNegative(atMost: 8))
    guard !learningRates.isEmpty else { throw RunError("learningRates: give at least one") }
    guard prompt <= window else {
      throw RunError("prompt \(prompt): a window has \(window) tokens")
    }
    guard studentDocuments <= documents else {
      throw RunError(
        "studentDocuments \(studentDocuments): students see some of the teacher's \(documents) documents"
      )
    }
    try checkStudents()
  }

  package func dataFiles() throws -> [URL] { try wordNetFiles(in: data) }

  package func perform(_ run: Run) throws {
    try check()
    // Steps of a place of text at a time are too small to be divided.
    try run.onOneThread { try performed(run) }
  }

  private func performed(_ run: Run) throws {
    let world = try SequenceWorld(self, seed: run.seed, on: run.device)
    run.work.note(world.summary)
    let training = try SequenceTraining(world, run)
    let teacher = try training.teacher()
    let choice = try run.kept(
      SequenceChoice.file,
      checking: { learningRates.contains($0.learningRate) },
      { try training.choice(teacher) }
    )
    for line in choice.lines { run.work.note(line) }
    var networks: [[SequenceModel]] = students.map { _ in [] }
    for index in 0..<seeds {
      for (place, arm) in students.enumerated() {
        networks[place].append(try training.student(arm, index, choice, teacher))
      }
    }
    let measured = try SequenceMeasurement(world, teacher, networks, run)
    let evidence = try SequencesCertificate(measured, choice)
    try SequencesReport(measured, try run.certify(evidence, of: self)).write(run)
  }
}

/// How wide a language model is.
package struct SequenceShape: Codable, Equatable {
  /// Numbers that a token is embedded in.
  package var width: Int
  /// Recurrent units.
  package var hidden: Int
}

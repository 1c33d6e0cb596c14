import Distill
import Foundation
import Runs

/// A sentence encoder of 22 million numbers teaches a table of token embeddings and a transformer of two
/// layers: how much of its similarities, of its retrieval and of its classes is left, beside the same
/// students without a teacher.
package struct SentenceExperiment: EvidenceJob {
  package typealias Evidence = SentenceCertificate

  package static let name = "sentences"

  /// The folder with the data files of WordNet.
  package var data = ".data/wordnet"
  /// The folder with `config.json`, `model.safetensors` and `tokenizer.json` of a BERT.
  package var teacher = ".data/minilm"
  /// The folder with published static embeddings, `model.safetensors` and `tokenizer.json`; empty for
  /// none.
  package var peer = ".data/wordllama"
  /// Glosses that students learn from.
  package var training = 12_000
  /// Synsets with an example of their use, which serve for reporting alone.
  package var test = 1_000
  /// The most tokens of a text.
  package var length = 48
  package var students = SentenceArm.allCases
  /// Students of each kind, each with its own first weights and order of texts.
  package var seeds = 3
  /// Numbers of a token in static students, and in transformers.
  package var staticWidth = 128
  package var transformerWidth = 96
  package var heads = 4
  package var layers = 2
  /// Texts of a step.
  package var batch = 128
  package var staticSteps = 500
  package var transformerSteps = 500
  package var staticRate = 5e-3
  package var transformerRate = 2e-3
  /// Of the distribution of similarities beside the cosine with the teacher's embedding.
  package var relationsWeight = 1.0
  package var temperature = 0.05
  /// Of weights of tokens by how rare they are.
  package var smoothing = 1e-3
  /// Of the linear classifier of topics.
  package var ridge = 0.01
  /// The difference in reciprocal rank that would not matter.
  package var margin = 0.01

  package init() {}

  package static let studentFiles: [String] = []

  package func networks(seed: UInt64) -> [(file: String, role: String, seed: UInt64)] {
    (0..<seeds).flatMap { index in
      students.map { arm in
        (
          "\(SentenceTraining.file(arm, index)).safetensors",
          arm.isTaught ? "student: \(arm.rawValue)" : "control: \(arm.rawValue)",
          SentenceTraining.seed(seed, index)
        )
      }
    }
  }

  package var sources: (teacher: [String], data: [String]) {
    func paths(_ files: () throws -> [URL]) -> [String] { (try? files().map(\.path)) ?? [] }
    return (paths(teacherFiles), paths { try wordNetFiles() + peerFiles() })
  }

  package func dataFiles() throws -> [URL] {
    try wordNetFiles() + teacherFiles() + peerFiles()
  }

  private func wordNetFiles() throws -> [URL] {
    try files(WordNet.PartOfSpeech.allCases.map(\.file), "data", data, "make data-graphs")
  }

  func teacherFiles() throws -> [URL] {
    let names = ["config.json", "model.safetensors", "tokenizer.json"]
    return try files(names, "teacher", teacher, "make data-sentences")
  }

  private func peerFiles() throws -> [URL] {
    if peer.isEmpty { return [] }
    return try files(["model.safetensors", "tokenizer.json"], "peer", peer, "make data-sentences")
  }

  private func files(
    _ names: [String],
    _ option: String,
    _ folder: String,
    _ command: String
  ) throws -> [URL] {
    try names.map { name in
      let file = URL(fileURLWithPath: folder).appendingPathComponent(name)
      guard FileManager.default.fileExists(atPath: file.path) else {
        throw RunError(
          "there is no \(name) in '\(folder)': run `\(command)`, or name the folder with --set "
            + "\(option)=FOLDER"
        )
      }
      return file
    }
  }

  package func check() throws {
    try requireCount("training", training, atLeast: 10)
    // All are compared with all.
    try requireCount("test", test, atLeast: 10, atMost: 10_000)
    try requireCount("length", length, atLeast: 3, atMost: 4_096)
    try requireCount("seeds", seeds, atLeast: 2, atMost: 1_000)
    try requireCounts(
      "staticWidth, transformerWidth, heads and layers",
      [staticWidth, transformerWidth, heads, layers],
      atMost: 4_096
    )
    try requireCount("batch", batch, atLeast: 3, atMost: 8_192)
    try requireCounts(
      "staticSteps and transformerSteps",
      [staticSteps, transformerSteps],
      atMost: mostSteps
    )
    try requireNumbers(
      "staticRate and transformerRate",
      [staticRate, transformerRate],
      .learningRate
    )
    try requireNumbers("relationsWeight", [relationsWeight], .notNegative(atMost: 1e6))
    try requireNumbers("temperature", [temperature], .positive(atMost: 1_000))
    try requireNumbers("smoothing and ridge", [smoothing, ridge], .positive(atMost: 1e6))
    try requireNumbers("margin", [margin], .shareBelowOne)
    guard transformerWidth % heads == 0 else {
      throw RunError("transformerWidth \(transformerWidth): must be a multiple of heads, \(heads)")
    }
    guard batch <= training else {
      throw RunError("batch \(batch): must be at most training, \(training)")
    }
    guard Set(students).count == students.count,
      students.contains(where: { $0.isTaught && students.contains($0.control) })
    else {
      throw RunError(
        "students: name each once, and at least one that is taught together with its control, such as "
          + "'static, taught' and 'static, contrast'"
      )
    }
  }

  package func perform(_ run: Run) throws {
    try check()
    let world = try SentenceWorld(self, seed: run.seed, on: run.device)
    run.work.note(world.summary)
    let training = SentenceTraining(world, run)
    var models: [SentenceModel] = [world.teacherModel]
    if let peer = world.peer { models.append(.init("WordLlama", [peer], .published)) }
    models.append(
      .init("token outputs, not trained", [world.encoder(try training.untrained())], .published)
    )
    for arm in students {
      let encoders = try (0..<seeds).map { world.encoder(try training.student(arm, $0)) }
      models.append(.init(arm.rawValue, encoders, .student(arm)))
    }
    try run.stopIfAsked("all networks")
    let measured = try SentenceMeasurement(world, models, run)
    let evidence = try SentenceCertificate(measured)
    try SentenceReport(measured, try run.certify(evidence, of: self)).write(run)
  }
}

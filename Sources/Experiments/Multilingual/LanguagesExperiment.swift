import Distill
import Foundation
import Runs

/// Teachers of different kinds learn to classify captions in many languages; a small student of a
/// language with tens of labels learns from what they together say about captions that nobody labelled.
///
/// After Cui et al., *Knowledge Distillation across Ensembles of Multilingual Models for Low-resource
/// Languages* (2017), whose subject was speech. The captions are those of Tux Paint's stamps.
package struct LanguagesExperiment: EvidenceJob {
  package typealias Evidence = LanguagesCertificate

  package static let name = "languages"

  /// The folder with `captions.tsv`.
  package var data = ".data/languages"
  /// Classes of fewer stamps are left out.
  package var fewest = 30
  /// Related languages, of which every training stamp's class is told.
  package var related = [
    "bg", "ca", "cs", "da", "de", "en", "es", "fr", "hr", "it", "nb", "nl", "pl", "pt", "ru", "sl",
    "sv", "uk",
  ]
  /// Languages of students.
  package var languages = ["af", "be", "gl", "nn", "sk", "vec"]
  /// Training stamps whose class is told in each of them.
  package var labels = 30
  /// Stamps whose captions students see without their classes, and teachers in no language.
  package var unlabelled = 200
  /// Stamps on which everything free is chosen, and those that serve for reporting alone.
  package var validation = 80
  package var test = 160
  /// Bytes of a caption that are looked at.
  package var length = 48
  package var teachers = LanguageTeacher.allCases
  package var teacherSteps = 400
  package var teacherRate = 3e-3
  /// The n-grams of a teacher, the filters and the recurrent units of the others.
  package var teacherRows = 16_384
  package var filters = 64
  package var hidden = 64
  /// How often a labelled caption of the students' languages stands among the teachers'.
  package var emphasis = 3
  package var students = LanguageArm.allCases
  package var studentRows = 2_048
  /// Of every student.
  package var steps = 200
  package var batch = 64
  /// How much of a student's training captions have labels, where others have none.
  package var labelShare = 0.33
  /// Repetitions, each with labels, teachers and students of its own.
  package var seeds = 3
  /// Choices, made on the validation stamps with students of another seed. The learning rate is that of
  /// students on labels alone, and of all.
  package var learningRates = [0.01, 0.03]
  /// The share of the captions without labels that is kept, those that the ensemble is surest of.
  package var kept = [0.5, 0.75]
  /// The difference in accuracy that would not matter.
  package var margin = 0.01

  package init() {}

  package static let studentFiles: [String] = []

  package func networks(seed: UInt64) -> [(file: String, role: String, seed: UInt64)] {
    (0..<seeds).flatMap { index in
      let own = LanguageTraining.seed(seed, index)
      let taught = teachers.map {
        ("\(LanguageTraining.file($0, index)).safetensors", "teacher: \($0.rawValue)", own)
      }
      let learnt = languages.flatMap { language in
        students.map { arm in
          (
            "\(LanguageTraining.file(language, arm, index)).safetensors",
            (arm == .labels ? "control: " : "student: ") + "\(language), \(arm.rawValue)", own
          )
        }
      }
      return taught + learnt
    }
  }

  package var sources: (teacher: [String], data: [String]) {
    ([], (try? dataFiles().map(\.path)) ?? [])
  }

  package func certified() -> LanguagesExperiment { self }

  package func check() throws {
    try requireCounts("fewest, labels and unlabelled", [fewest, labels, unlabelled])
    try requireCounts("validation and test", [validation, test], atLeast: 2)
    try requireCount("length", length, atLeast: 8, atMost: 4_096)
    try requireCounts("teacherSteps and steps", [teacherSteps, steps], atMost: mostSteps)
    try requireCounts("teacherRows and studentRows", [teacherRows, studentRows])
    try requireCounts("filters and hidden", [filters, hidden], atMost: 8_192)
    try requireCount("emphasis", emphasis, atMost: 1_000)
    try requireCount("batch", batch, atMost: 65_536)
    try requireCount("seeds", seeds, atLeast: 2, atMost: 1_000)
    try requireNumbers(
      "teacherRate and learningRates",
      [teacherRate] + learningRates,
      .learningRate
    )
    try requireNumbers("kept", kept, .innerShare)
    try requireNumbers("labelShare", [labelShare], .innerShare)
    try requireNumbers("margin", [margin], .shareBelowOne)
    guard !learningRates.isEmpty, !kept.isEmpty else {
      throw RunError("learningRates and kept: give at least one each")
    }
    let all = related + languages
    guard !related.isEmpty, !languages.isEmpty, Set(all).count == all.count else {
      throw RunError(
        "related and languages: name at least one each, and no language twice or in both"
      )
    }
    guard !teachers.isEmpty, Set(teachers).count == teachers.count else {
      throw RunError("teachers: name at least one, each once")
    }
    guard students.contains(.labels), students.count > 1, Set(students).count == students.count
    else { throw RunError("students: name labels, the control, and at least one other, each once") }
  }

  package func dataFiles() throws -> [URL] {
    let file = URL(fileURLWithPath: data).appendingPathComponent("captions.tsv")
    guard FileManager.default.fileExists(atPath: file.path) else {
      throw RunError(
        "there is no captions.tsv in '\(data)': run `make data-languages`, or name the folder with --set "
          + "data=FOLDER"
      )
    }
    return [file]
  }

  package func perform(_ run: Run) throws {
    try check()
    // Captions are short: their steps are too small to be divided.
    try run.onOneThread { try performed(run) }
  }

  private func performed(_ run: Run) throws {
    let world = try LanguageWorld(self, seed: run.seed, on: run.device)
    run.work.note(world.summary)
    let training = LanguageTraining(world, run)
    var teachers: [[any Module]] = []
    for index in 0..<seeds { teachers.append(try training.teachers(index)) }
    let choice = try run.kept(
      LanguageChoice.file,
      checking: {
        self.teachers.contains($0.teacher) && learningRates.contains($0.learningRate)
          && kept.contains($0.kept)
      },
      { try training.choice(teachers[0]) }
    )
    for line in choice.lines { run.work.note(line) }
    // [arm][language][seed].
    var networks: [[[any Module]]] = students.map { _ in languages.map { _ in [] } }
    for index in 0..<seeds {
      for (row, language) in languages.enumerated() {
        for (place, arm) in students.enumerated() {
          networks[place][row].append(
            try training.student(language, arm, index, choice, teachers[index])
          )
        }
      }
    }
    try run.stopIfAsked("all networks")
    let measured = try LanguageMeasurement(world, choice, teachers, networks)
    let evidence = try LanguagesCertificate(measured, choice)
    try LanguagesReport(measured, try run.certify(evidence, of: self)).write(run)
  }
}

/// What a teacher looks at.
package enum LanguageTeacher: String, Codable, Equatable, CaseIterable, Sendable {
  /// Hashed n-grams of bytes, by a linear map.
  case ngrams
  case convolutions
  case recurrent
}

/// What a student learns from.
package enum LanguageArm: String, Codable, Equatable, CaseIterable, Sendable {
  /// The labels of its language alone: the control.
  case labels
  /// Also what the best teacher says about captions without labels.
  case single = "labels + best teacher"
  /// Also what all teachers together say about them.
  case ensemble = "labels + ensemble"
  /// Also what they say about those that they are surest of.
  case confident = "labels + confident"

  /// The part of file names.
  package var fileName: String {
    switch self {
    case .labels: "labels"
    case .single: "single"
    case .ensemble: "ensemble"
    case .confident: "confident"
    }
  }
}

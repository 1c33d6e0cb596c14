import Distill
import Foundation
import Runs

/// An acoustic model of clean speech is the teacher; a small one is to understand the telephone, rooms,
/// noise, unseen speakers and another language, of which few utterances are labelled.
///
/// After Asami, Masumura, Yamaguchi, Masataki and Aono, *Domain Adaptation of DNN Acoustic Models Using
/// Knowledge Distillation* (2017).
package struct AcousticExperiment: EvidenceJob {
  package typealias Evidence = AcousticCertificate

  package static let name = "acoustic"

  /// The folder of `make data-speech`.
  package var data = ".data/speech"
  /// The names of the words' files.
  package var words = (0...12).map(String.init) + ["today", "tomorrow", "yesterday"]
  /// Of the source domain, and what the target domain has beside them.
  package var languages = ["en", "es", "fr", "it"]
  package var newLanguages = ["ru"]
  /// Folders of speakers below the data; `*` stands for every language. No speaker is in two lists.
  package var source =
    ["en-allison", "es-allison", "fr-june", "it-carlo"].map { "prompts/\($0)" }
    + ["f1", "f2", "f3", "m1", "m2", "m3", "m4", "linda", "michael", "john", "paul", "grandpa"]
    .map { "synthetic/*-\($0)" }
  package var adaptation = ["f4", "m5", "m6", "belinda"].map { "synthetic/*-\($0)" }
  package var validation = ["m7", "steph", "boris"].map { "synthetic/*-\($0)" }
  package var test =
    [
      "telephone/es-colombia", "telephone/fr-armelle", "telephone/it-menardi",
      "prompts/ru-ivrvoice",
    ]
    + ["f5", "m8", "anika", "david", "grandma"].map { "synthetic/*-\($0)" }
  /// Samples a second, and seconds of every utterance: the loudest of a longer recording.
  package var rate = 16_000
  package var seconds = 1.4
  /// Mel bands, and the hertz between which they lie: what both domains have.
  package var bands = 32
  package var lowest = 200.0
  package var highest = 3_600.0
  /// The least and the most decibels by which speech is above the noise.
  package var noise = [10.0, 25]
  /// The shortest and the longest reverberation time in seconds, and decibels by which the direct sound
  /// is above all echoes.
  package var reverberation = [0.2, 0.5]
  package var direct = [3.0, 12]
  /// How far below the loudest frame of the clean recording a frame still counts as speech.
  package var speechDecibels = 30.0
  /// Channels of the convolutions, and units of a recurrent layer behind them (0 for none).
  package var teacher = AcousticShape(widths: [96, 96, 96, 96], recurrent: 0)
  package var student = AcousticShape(widths: [32, 32, 32], recurrent: 0)
  package var batch = 32
  package var teacherSteps = 600
  package var teacherRate = 3e-3
  /// Of the student on the source domain, before it is adapted.
  package var sourceSteps = 600
  package var sourceRate = 5e-3
  /// Utterances of the adaptation speakers that are labelled; each seed has its own.
  package var labelled = 80
  /// Of every adaptation.
  package var steps = 300
  /// The certificate's word is about the last.
  package var students = AcousticArm.allCases
  /// Students of each kind, each with its own first weights, order and labelled utterances.
  package var seeds = 3
  /// Choices, made on the validation utterances with a student of another seed. The learning rate is
  /// chosen for the control, and is that of all.
  package var learningRates = [3e-3]
  /// ρ and T.
  package var shares = [0.5]
  package var temperatures = [2.0]
  /// The difference in word accuracy that would not matter.
  package var margin = 0.01

  package init() {}

  package static let studentFiles: [String] = []

  package func networks(seed: UInt64) -> [(file: String, role: String, seed: UInt64)] {
    [("\(AcousticTraining.teacherFile).safetensors", "teacher", seed)]
      + (0..<seeds).flatMap { index in
        students.map { arm in
          (
            "\(AcousticTraining.file(arm, index)).safetensors",
            arm == .fineTuned ? "control" : "student: \(arm.rawValue)",
            AcousticTraining.seed(seed, index)
          )
        }
      }
  }

  package var sources: (teacher: [String], data: [String]) {
    ([], (try? dataFiles().map(\.path)) ?? [])
  }

  package func certified() -> AcousticExperiment { self }

  package func perform(_ run: Run) throws {
    try check()
    let world = try AcousticWorld(self, seed: run.seed, run)
    run.work.note(world.summary)
    let training = AcousticTraining(world, run)
    let teacher = try training.teacher()
    let choice = try run.kept(
      AcousticChoice.file,
      checking: { choice in
        learningRates.contains(choice.learningRate)
          && [choice.regularised, choice.distilled].allSatisfy {
            shares.contains($0.share) && ([1] + temperatures).contains($0.temperature)
          }
      },
      { try training.choice(teacher) }
    )
    for line in choice.lines { run.work.note(line) }
    var networks: [[AcousticNetwork]] = students.map { _ in [] }
    for index in 0..<seeds {
      for (place, arm) in students.enumerated() {
        networks[place].append(try training.student(arm, index, choice, teacher))
      }
    }
    try run.stopIfAsked("all networks")
    let measured = try AcousticMeasurement(world, teacher, networks)
    let evidence = try AcousticCertificate(measured, choice)
    try AcousticReport(measured, try run.certify(evidence, of: self)).write(run)
  }
}

/// How wide an acoustic network is.
package struct AcousticShape: Codable, Equatable {
  package var widths: [Int]
  package var recurrent: Int
}

extension AcousticExperiment {
  package func check() throws {
    try requireCount("rate", rate, atLeast: 8_000, atMost: 192_000)
    try requireCount("bands", bands, atLeast: 4, atMost: 512)
    try requireCount("labelled", labelled, atLeast: 2)
    try requireCounts(
      "teacherSteps, sourceSteps, steps and batch",
      [teacherSteps, sourceSteps, steps, batch],
      atMost: 10_000_000
    )
    try requireCount("seeds", seeds, atLeast: 2, atMost: 1_000)
    try requireCounts(
      "the widths of teacher and student",
      teacher.widths + student.widths,
      atMost: 4_096
    )
    try requireCount("recurrent units", teacher.recurrent, atLeast: 0, atMost: 4_096)
    try requireCount("recurrent units", student.recurrent, atLeast: 0, atMost: 4_096)
    guard (1...10).contains(teacher.widths.count), (1...10).contains(student.widths.count) else {
      throw RunError("the widths of teacher and student: must be 1 to 10 each")
    }
    try requireNumbers("seconds", [seconds], .positive(atMost: 60))
    try requireNumbers("lowest and highest", [lowest, highest], .notNegative(atMost: 96_000))
    try requireNumbers("speechDecibels", [speechDecibels], .positive(atMost: 120))
    try requireNumbers(
      "teacherRate, sourceRate and learningRates",
      [teacherRate, sourceRate] + learningRates,
      .learningRate
    )
    try requireNumbers("shares", shares, .share)
    try requireNumbers("temperatures", temperatures, .positive(atMost: 1_000))
    try requireNumbers("margin", [margin], .shareBelowOne)
    try requireRange("noise", noise, .within(200))
    try requireRange("reverberation", reverberation, .positive(atMost: 2))
    try requireRange("direct", direct, .within(200))
    guard ![learningRates, shares, temperatures].contains(where: \.isEmpty) else {
      throw RunError("learningRates, shares and temperatures: give at least one each")
    }
    guard students.contains(.fineTuned), students.last != .fineTuned,
      Set(students).count == students.count
    else {
      throw RunError(
        "students: name fine-tuned, the control, and others, each once; the certificate is about the "
          + "last, which is not the control"
      )
    }
    guard words.count >= 2, Set(words).count == words.count else {
      throw RunError("words: name at least two, each once")
    }
    try requireSpeakers()
    _ = try features()
  }

  private func requireRange(_ name: String, _ ends: [Double], _ bounds: NumberBounds) throws {
    try requireNumbers(name, ends, bounds)
    guard ends.count == 2, ends[0] <= ends[1] else {
      throw RunError("\(name) \(ends): give the least and the most")
    }
  }

  private func requireSpeakers() throws {
    guard !languages.isEmpty,
      Set(languages + newLanguages).count == languages.count + newLanguages.count
    else { throw RunError("languages and newLanguages: name at least one, each once") }
    for name in source + adaptation + validation + test + words + languages + newLanguages {
      let parts = name.split(separator: "/", omittingEmptySubsequences: false)
      guard !parts.contains(where: { ["", ".", ".."].contains($0) }), !name.contains("\0") else {
        throw RunError("'\(name)' names no speaker, word or language")
      }
    }
    var seen: Set<String> = []
    for list in Self.lists {
      let speakers = speakers(list)
      guard !speakers.isEmpty else {
        throw RunError("source, adaptation, validation and test: name at least one speaker each")
      }
      for speaker in speakers where !seen.insert(speaker).inserted {
        throw RunError(
          "the speaker '\(speaker)' is named twice: parts must have no speaker in common"
        )
      }
    }
    let there = speakers(\.adaptation).count * words.count
    guard labelled <= there else {
      throw RunError(
        "labelled \(labelled): the adaptation speakers have \(there) utterances"
      )
    }
  }

  /// - Throws: `RunError` where there can be none.
  package func features() throws -> LogMel {
    do {
      let features = try LogMel(rate: rate, bands: bands, lowest: lowest, highest: highest)
      guard features.frames(in: Int(seconds * Double(rate))) >= 5 else {
        throw RunError("seconds \(seconds): must be at least 0.065, which are five frames")
      }
      return features
    } catch let error as SpeechError {
      throw RunError("rate, bands, lowest and highest: \(error)")
    }
  }
}

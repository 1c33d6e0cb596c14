import Distill
import Foundation

extension CompressOptions {
  /// Refuses numbers out of their bounds and options that exclude each other, before any file is read.
  ///
  /// - Parameter name: How an option is called where it was given. The default is the name here.
  /// - Throws: `RunError` in one sentence that names the option.
  package func check(naming name: (String) -> String = { $0 }) throws {
    try requireTeacher(name)
    func count(_ key: String, _ value: Int?, atLeast least: Int = 1, atMost most: Int) throws {
      if let value { try requireCount(name(key), value, atLeast: least, atMost: most) }
    }
    func number(_ key: String, _ value: Double?, _ bounds: NumberBounds) throws {
      if let value { try requireNumbers(name(key), [value], bounds) }
    }
    try count("limit", limit, atMost: mostSteps)
    try budget?.check(naming: name)
    try number("search", search?.amount, .positive(atMost: Double(mostSteps)))
    try count("batch", batchSize, atMost: 1_000_000)
    try count("certify", certifiedSeeds, atLeast: 2, atMost: 1_000)
    try number("learningRate", learningRate, .learningRate)
    try optimizerSettings.check(naming: name)
    try number("validation", validation, .shareBelowOne)
    try count("patience", patience, atMost: 1_000_000)
    let processors = ProcessInfo.processInfo.activeProcessorCount
    try count("trainingThreads", trainingThreads, atMost: processors)
    try count("microShards", microShards, atMost: MicroShards.most)
    try number("testShare", testShare, .innerShare)
    try requireValidation(name)
    try requireFit(name)
    _ = try renames.map { try WeightRenaming($0) }
    _ = try classWeights.map { try ClassWeights($0) }
    if let task, areReals != (task == .regression), areReals {
      throw RunError(
        "\(name("areReals")) is for regression, and \(name("task")) is \(task.rawValue)"
      )
    }
    if let task, let kind = data.targets, kind != TargetKind.none, kind != task.targets {
      throw RunError(
        "the data are to hold \(kind.rawValue), and \(name("task")) is \(task.rawValue): leave the kind of "
          + "the data out"
      )
    }
    _ = try Normalization(normalize)
    _ = try teacherAccuracy.map(CompressionPreparation.accuracy)
    do {
      _ = try augment.map { try Augmentation($0) }
    } catch {
      throw RunError("\(name("augment")): \(error)")
    }
    try data.check(naming: name)
  }

  private func requireTeacher(_ name: (String) -> String) throws {
    let substitutes = [
      ("teacherValues", teacherValues != nil), ("teacherCommand", teacherCommand != nil),
    ].filter(\.1).map(\.0)
    for (key, isMissing) in [
      ("teacher", teacher.isEmpty && substitutes.isEmpty), ("data", data.path.isEmpty),
      ("student", student.isEmpty && fit == nil),
    ] where isMissing {
      throw RunError("\(name(key)) is missing: a compression needs a teacher, data and a student")
    }
    try teacherProgram.check(naming: name)
    guard let substitute = substitutes.first else { return }
    for (key, isGiven) in [
      ("teacher", !teacher.isEmpty), ("teacherModel", teacherModel != nil),
      ("teacherOutput", output != nil), ("rename", !renames.isEmpty),
      ("teacherCommand", substitutes.count > 1),
    ] where isGiven {
      throw RunError("\(name(substitute)) stands for the teacher: leave out \(name(key))")
    }
  }

  private func requireFit(_ name: (String) -> String) throws {
    guard fit != nil else { return }
    for (option, isGiven) in [
      ("search", search != nil), ("studentWeights", studentWeights != nil),
      ("minutes", budget?.unit == .minutes),
    ] where isGiven {
      let advice =
        option == "minutes"
        ? "say how long each is trained by \(name("steps")) or \(name("epochs"))"
        : "leave it out, and give it to a run of the student that was chosen"
      throw RunError(
        "\(name(option)) is for one student, and \(name("fit")) looks for it: \(advice)"
      )
    }
    for kind in kinds where ModelSpecification.known.name(written: kind) == nil {
      throw RunError(
        "\(name("student")) \(student): beside \(name("fit")) name kinds to look among, such as "
          + ModelSpecification.known.names.joined(separator: ",")
      )
    }
  }

  /// The kinds of students to look among; empty for all that suit the inputs.
  package var kinds: [String] {
    student.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }
  }

  private func requireValidation(_ name: (String) -> String) throws {
    if validation == 0 {
      for (option, isGiven) in [
        (name("search"), search != nil), (name("fit"), fit != nil),
        ("\(name("keep")) best", keep == .best),
        (name("patience"), patience != nil),
      ] where isGiven {
        throw RunError(
          "\(option) chooses by validation examples: leave out \(name("validation")) 0"
        )
      }
    }
    if patience != nil, keep == .last {
      throw RunError("\(name("patience")) keeps the best weights: leave out \(name("keep")) last")
    }
  }
}

extension ProgramTeacher.Settings {
  func check(naming name: (String) -> String) throws {
    try requireCount(name("teacherWorkers"), workers, atMost: 256)
    try requireCount(name("teacherBatch"), batchSize)
    try requireNumbers(name("teacherTimeout"), [timeout], .positive(atMost: 1e6))
    try requireCount(name("teacherAttempts"), attempts, atMost: 1_000)
  }
}

extension Budget {
  fileprivate func check(naming name: (String) -> String) throws {
    guard unit == .steps, let steps = Int(exactly: amount.rounded()) else {
      return try requireNumbers(name(unit.rawValue), [amount], .positive(atMost: 1e6))
    }
    try requireCount(name(unit.rawValue), steps, atMost: mostSteps)
  }
}

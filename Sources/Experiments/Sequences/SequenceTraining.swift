import Distill
import Foundation
import Runs

/// Trains what is not there yet.
package final class SequenceTraining {
  private let world: SequenceWorld
  private let run: Run
  private var recorded: [SequenceArm.Tokens: RecordedTeacher] = [:]

  private var recipe: SequencesExperiment { world.recipe }

  /// - Throws: One sentence where the recipe's losses do not fit the vocabularies, or the students' text
  ///   does not fill a window.
  package init(_ world: SequenceWorld, _ run: Run) throws {
    (self.world, self.run) = (world, run)
    // What cannot be is said before anything is trained.
    for tokens in world.vocabularies.keys {
      _ = try world.windows(of: tokens, recipe.studentDocuments, seed: run.seed)
    }
    for arm in recipe.students {
      let tokens = world.vocabulary(arm.tokens).count
      guard let count = Self.recordedCount(try loss(arm)), count >= tokens else { continue }
      throw RunError(
        "students: '\(arm.name)': the text has \(tokens) tokens, and of those fewer must be kept"
      )
    }
  }

  package static let teacherFile = "teacher"

  package static func file(_ arm: SequenceArm, _ index: Int) -> String {
    "\(arm.fileName)-\(index + 1)"
  }

  package static func seed(_ seed: UInt64, _ index: Int) -> UInt64 { seed &+ 1 &+ UInt64(index) }

  /// How many of the most probable tokens a loss looks at, where it looks at no others.
  private static func recordedCount(_ loss: Loss) -> Int? {
    loss.terms.first { $0.name == "topKullbackLeibler" }?.settings.first { $0.name == "count" }
      .map { Int($0.value) }
  }

  private func loss(_ arm: SequenceArm) throws -> Loss {
    let pairs = world.vocabularies[.pairs].map { ($0, world.vocabulary(.bytes)) }
    return try Loss(parsing: arm.loss, among: recipe.losses(pairs))
  }

  package func teacher() throws -> SequenceModel {
    let network = world.network(recipe.teacher, .bytes, seed: run.seed)
    let windows = try world.windows(of: .bytes, recipe.documents, seed: run.seed)
    try run.train(
      network,
      named: "teacher",
      file: Self.teacherFile,
      on: { windows.limited(to: recipe.teacherSteps) },
      minimizing: .crossEntropy(),
      using: Adam(learningRate: recipe.teacherRate),
      done: done
    )
    return network
  }

  package func student(
    _ arm: SequenceArm,
    _ index: Int,
    _ choice: SequenceChoice,
    _ teacher: SequenceModel
  ) throws -> SequenceModel {
    try student(
      arm,
      named: "\(arm.name), student \(index + 1) of \(recipe.seeds)",
      file: Self.file(arm, index),
      seed: Self.seed(run.seed, index),
      rate: choice.learningRate,
      teacher
    )
  }

  private func student(
    _ arm: SequenceArm,
    named name: String,
    file: String,
    seed: UInt64,
    rate: Double,
    _ teacher: SequenceModel
  ) throws -> SequenceModel {
    // All students of a seed that have the same tokens begin with the same weights, and those on text
    // see the same windows.
    let network = world.network(recipe.student, arm.tokens, seed: seed)
    let loss = try loss(arm)
    let isFinished = run.folder.contains("\(file).safetensors")
    let windows = try world.windows(of: arm.tokens, recipe.studentDocuments, seed: seed)
    let isTaught = loss.needs.teacher && !isFinished
    try run.train(
      network,
      named: name,
      file: file,
      on: { inputs(of: network, arm, windows, seed: seed) },
      toward: isTaught ? try taught(arm, loss, windows, teacher) : nil,
      minimizing: loss,
      using: Adam(learningRate: rate),
      done: done
    )
    return network
  }

  private func inputs(
    of network: SequenceModel,
    _ arm: SequenceArm,
    _ windows: SequenceWindows,
    seed: UInt64
  ) -> any Inputs {
    let own = OwnSequences(of: network, after: windows, prompt: recipe.prompt, seed: seed)
    if arm.own == 0 { return windows.limited(to: recipe.steps) }
    if arm.own == 1 { return own.limited(to: recipe.steps) }
    return Mixture([(windows, 1 - arm.own), (own, arm.own)], seed: seed).limited(to: recipe.steps)
  }

  /// The teacher as the loss asks for it: recorded once for all students where the text is known.
  private func taught(
    _ arm: SequenceArm,
    _ loss: Loss,
    _ windows: SequenceWindows,
    _ teacher: SequenceModel
  ) throws -> SequenceTeacher {
    var known = try recorded[arm.tokens] ?? record(arm.tokens, windows, teacher)
    recorded[arm.tokens] = known
    // As a store of a large vocabulary has them.
    if let count = Self.recordedCount(loss) { known = try known.keeping(mostProbable: count) }
    return SequenceTeacher(known, asking: teacher)
  }

  /// The order of windows is their seed's, what the teacher says about them is not.
  private func record(
    _ tokens: SequenceArm.Tokens,
    _ windows: SequenceWindows,
    _ teacher: SequenceModel
  ) throws -> RecordedTeacher {
    let name = "teacher observed" + (tokens == .pairs ? " where pairs end" : "")
    run.work.begin(name, of: windows.count * windows.length, "positions")
    defer { run.work.end() }
    let progress = { [run, done] (count: Int, _: Int) throws in
      run.work.update(count)
      try run.stopIfAsked(done())
    }
    if tokens == .bytes { return try windows.recorded(teacher, progress: progress) }
    return try windows.recorded(
      teacher,
      of: world.vocabulary(.bytes),
      aligningTo: world.vocabulary(tokens),
      progress: progress
    )
  }

  private func done() -> String {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: run.folder.url.path)) ?? []
    let finished = names.filter {
      $0.hasSuffix(".safetensors") && !$0.hasSuffix(".checkpoint.safetensors")
    }
    return "\(finished.count) networks"
  }

  /// The learning rate with which the control needs the fewest bits on the validation glosses; with one
  /// candidate it costs nothing.
  package func choice(_ teacher: SequenceModel) throws -> SequenceChoice {
    let rates = recipe.learningRates
    guard rates.count > 1 else { return SequenceChoice(learningRate: rates[0], tried: []) }
    let losses = recipe.losses()
    let control = try recipe.students.first { try $0.tokens == .bytes && $0.isControl(losses) }!
    let panel = try DocumentPanel(
      world.validation,
      in: world.vocabulary(.bytes),
      on: world.device
    )
    let tried = try rates.enumerated().map { place, rate in
      let network = try student(
        control,
        named: "trial \(place + 1), \(control.name): learning rate \(short(rate))",
        file: "trial-\(place + 1)",
        seed: run.seed &+ 900_000,
        rate: rate,
        teacher
      )
      let bits = panel.bitsPerByte(of: network)
      run.work.tried(
        Trial(
          name: "trial \(place + 1)",
          settings: ["student": .text(control.name), "learning rate": .number(rate)],
          measures: ["validation/bits per byte": bits]
        )
      )
      return SequenceChoice.Trial(learningRate: rate, bitsPerByte: bits)
    }
    let best = tried.min { $0.bitsPerByte < $1.bitsPerByte }!
    return SequenceChoice(learningRate: best.learningRate, tried: tried)
  }
}

extension DocumentPanel {
  func bitsPerByte(of network: SequenceModel) -> Double {
    scores(of: network).bits.reduce(0, +) / Double(bytes.reduce(0, +))
  }
}

/// What was chosen on the validation glosses.
package struct SequenceChoice: Codable {
  package static let file = "choice"

  package struct Trial: Codable {
    package let learningRate: Double
    /// Of the control on the validation glosses.
    package let bitsPerByte: Double
  }

  package let learningRate: Double
  package let tried: [Trial]

  package var lines: [String] {
    tried.isEmpty
      ? []
      : tried.map {
        "tried a learning rate of \(short($0.learningRate)): \(bits($0.bitsPerByte)) bits per byte on "
          + "validation glosses"
      } + ["chosen: learning rate \(short(learningRate))"]
  }
}

func bits(_ number: Double) -> String { String(format: "%.4f", number) }

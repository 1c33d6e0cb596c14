import Distill
import Foundation
import Runs

/// Trains what is not there yet.
package struct LanguageTraining {
  private let world: LanguageWorld
  private let run: Run

  private var recipe: LanguagesExperiment { world.recipe }

  package init(_ world: LanguageWorld, _ run: Run) { (self.world, self.run) = (world, run) }

  package static func file(_ teacher: LanguageTeacher, _ index: Int) -> String {
    "teacher-\(teacher.rawValue)-\(index + 1)"
  }

  package static func file(_ language: String, _ arm: LanguageArm, _ index: Int) -> String {
    let plain = language.map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "-" }
    return "\(String(plain))-\(arm.fileName)-\(index + 1)"
  }

  package static func seed(_ seed: UInt64, _ index: Int) -> UInt64 { seed &+ 1 &+ UInt64(index) }

  /// The teachers of a repetition.
  package func teachers(_ index: Int) throws -> [any Module] {
    let seed = Self.seed(run.seed, index)
    let examples = world.joint(seed: seed)
    return try recipe.teachers.enumerated().map { place, kind in
      let network = world.teacher(kind, seed: seed)
      try run.train(
        network,
        named: "teacher \(index + 1) of \(recipe.seeds), \(kind.rawValue)",
        file: Self.file(kind, index),
        on: {
          examples.batches(
            of: min(recipe.batch, examples.count),
            epochs: nil,
            shuffled: mixed(seed, place)
          ).limited(to: recipe.teacherSteps)
        },
        minimizing: .crossEntropy(),
        // A table of n-grams, most of which are rare, moves in longer steps than shared weights.
        using: Adam(learningRate: recipe.teacherRate * (kind == .ngrams ? 3 : 1)),
        done: done
      )
      return network
    }
  }

  package func student(
    _ language: String,
    _ arm: LanguageArm,
    _ index: Int,
    _ choice: LanguageChoice,
    _ teachers: [any Module]
  ) throws -> any Module {
    try student(
      language,
      arm,
      named: "\(language), \(arm.rawValue), student \(index + 1) of \(recipe.seeds)",
      file: Self.file(language, arm, index),
      seed: Self.seed(run.seed, index),
      labels: Self.seed(run.seed, index),
      choice,
      teachers
    )
  }

  /// - Parameters:
  ///   - seed: Of the order of captions.
  ///   - labels: Of which captions have labels.
  private func student(
    _ language: String,
    _ arm: LanguageArm,
    named name: String,
    file: String,
    seed: UInt64,
    labels: UInt64,
    _ choice: LanguageChoice,
    _ teachers: [any Module]
  ) throws -> any Module {
    let network = world.student()
    let lesson = try Lesson(world, language, arm, choice, teachers, labels: labels)
    try run.train(
      network,
      named: name,
      file: file,
      on: {
        lesson.examples.batches(
          of: min(recipe.batch, lesson.examples.count),
          epochs: nil,
          shuffled: seed
        ).limited(to: recipe.steps)
      },
      toward: RecordedTeacher(lesson.answers),
      minimizing: .softCrossEntropy(),
      using: Adam(learningRate: choice.learningRate),
      done: done
    )
    return network
  }

  private func done() -> String {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: run.folder.url.path)) ?? []
    let finished = names.filter {
      $0.hasSuffix(".safetensors") && !$0.hasSuffix(".checkpoint.safetensors")
    }
    return "\(finished.count) networks"
  }

  /// Everything free, chosen on the validation stamps with the first teachers.
  package func choice(_ teachers: [any Module]) throws -> LanguageChoice {
    var tried: [LanguageChoice.Trial] = []
    func accuracy(of teacher: any Teacher, _ language: String) throws -> Double {
      try ClassPredictions(of: teacher, on: world.examples(language, world.validation))
        .correctness.mean().doubleValue
    }
    func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(values.count) }
    let known = try zip(recipe.teachers, teachers).map { kind, network in
      let score = mean(
        try recipe.languages.map { try accuracy(of: ModuleTeacher(network), $0) }
      )
      tried.append(.init(name: "teacher, \(kind.rawValue)", accuracy: score))
      return score
    }
    var choice = LanguageChoice(
      teacher: recipe.teachers[known.firstIndex(of: known.max()!)!],
      learningRate: recipe.learningRates[0],
      kept: recipe.kept[0]
    )
    func best<Value>(
      _ candidates: [Value],
      _ arm: LanguageArm,
      _ path: WritableKeyPath<LanguageChoice, Value>,
      _ name: (Value) -> String
    ) throws {
      guard candidates.count > 1, recipe.students.contains(arm) else { return }
      let scores = try candidates.enumerated().map { place, candidate in
        var changed = choice
        changed[keyPath: path] = candidate
        let scores = try recipe.languages.map { language in
          let network = try student(
            language,
            arm,
            named: "trial, \(language), \(name(candidate))",
            file: "trial-" + Self.file(language, arm, place),
            seed: run.seed &+ 900_000,
            labels: Self.seed(run.seed, 0),
            changed,
            teachers
          )
          return try accuracy(of: ModuleTeacher(network), language)
        }
        tried.append(.init(name: "\(arm.rawValue), \(name(candidate))", accuracy: mean(scores)))
        run.work.tried(
          Trial(
            name: "trial \(tried.count)",
            settings: [
              "student": .text(arm.rawValue), "learning rate": .number(changed.learningRate),
              "share kept": .number(changed.kept),
            ],
            measures: ["validation/accuracy": mean(scores)]
          )
        )
        return mean(scores)
      }
      choice[keyPath: path] = candidates[scores.firstIndex(of: scores.max()!)!]
    }
    try best(recipe.learningRates, .labels, \.learningRate) { "learning rate \(short($0))" }
    try best(recipe.kept, .confident, \.kept) { "kept \(short($0))" }
    choice.tried = tried
    return choice
  }
}

/// What a student learns from: labels, which are certain, and what teachers say.
struct Lesson {
  let examples: Examples
  /// Probabilities of each example.
  let answers: Observation

  init(
    _ world: LanguageWorld,
    _ language: String,
    _ arm: LanguageArm,
    _ choice: LanguageChoice,
    _ teachers: [any Module],
    labels seed: UInt64
  ) throws {
    let told = world.labelled(language, seed: seed)
    let certain = told.labels!.oneHot(classes: world.classes.count)
    guard arm != .labels else {
      examples = Examples(told.inputs)
      answers = Observation(certain, meaning: .probabilities)
      return
    }
    let recipe = world.recipe
    let inputs = world.examples(language, world.unlabelled).inputs
    let single = recipe.teachers.firstIndex(of: choice.teacher)!
    let said = try Self.said(arm == .single ? [teachers[single]] : teachers, about: inputs)
    // The surest first, so that the kept ones are the same whatever is done with them.
    let (sureness, order) = said.maximum(along: 1).sorted(descending: true)
    let count = sureness.count
    let kept = arm == .confident ? max(1, Int(Double(count) * choice.kept)) : count
    let rows = order[0..<kept]
    let share = recipe.labelShare / (1 - recipe.labelShare)
    let times = max(1, Int((share * Double(kept) / Double(told.count)).rounded()))
    examples = Examples(
      .concatenated([Tensor](repeating: told.inputs, count: times) + [inputs[rows: rows]])
    )
    answers = Observation(
      .concatenated([Tensor](repeating: certain, count: times) + [said[rows: rows]]),
      meaning: .probabilities
    )
  }

  /// The mean of the teachers' probabilities.
  static func said(_ teachers: [any Module], about inputs: Tensor) throws -> Tensor {
    try Ensemble(teachers).observe(inputs).probabilities()
  }
}

/// What was chosen on the validation stamps.
package struct LanguageChoice: Codable {
  package static let file = "choice"

  package struct Trial: Codable {
    package let name: String
    /// On the validation stamps, the mean over languages.
    package let accuracy: Double
  }

  /// The best of the first.
  package var teacher: LanguageTeacher
  package var learningRate: Double
  package var kept: Double
  package var tried: [Trial] = []

  package var lines: [String] {
    tried.map { "tried \($0.name): \(percent($0.accuracy))% on validation stamps" } + [
      "chosen: \(teacher.rawValue), learning rate \(short(learningRate)), the surest "
        + "\(short(100 * kept))%"
    ]
  }
}

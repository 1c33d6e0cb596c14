import Distill
import Foundation
import Runs

/// Trains what is not there yet.
package final class DetectionTraining {
  private let world: DetectionWorld
  private let run: Run
  private let labelled: DetectionTargets?
  private var taught: Taught?

  private var recipe: DetectionExperiment { world.recipe }

  package init(_ world: DetectionWorld, _ run: Run) {
    (self.world, self.run) = (world, run)
    labelled = try? DetectionTargets(world.labelledTruth, world.layout)
  }

  package static let teacherFile = "teacher"

  package static func file(_ arm: DetectionArm, _ index: Int) -> String {
    "\(arm.fileName)-\(index + 1)"
  }

  package static func seed(_ seed: UInt64, _ index: Int) -> UInt64 { seed &+ 1 &+ UInt64(index) }

  /// What the teacher says about all scenes of training, made when first asked for: a run that is gone
  /// on with may not need it.
  private struct Taught {
    let teacher: RecordedTeacher
    /// The boxes that are known, then those that the teacher finds.
    let targets: DetectionTargets
  }

  package func teacher() throws -> Detector {
    let network = try world.teacher(seed: run.seed)
    try train(
      network,
      "teacher",
      file: Self.teacherFile,
      on: recipe.labelled,
      steps: recipe.teacherSteps,
      rate: recipe.teacherRate,
      seed: run.seed,
      toward: nil
    ) { labels(try knownTargets()) }
    return network
  }

  package func student(
    _ arm: DetectionArm,
    _ index: Int,
    _ choice: DetectionChoice,
    _ teacher: Detector
  ) throws -> Detector {
    try student(
      arm,
      named: "\(arm.name), student \(index + 1) of \(recipe.seeds)",
      file: Self.file(arm, index),
      seed: Self.seed(run.seed, index),
      rate: choice.learningRate,
      choice.weights,
      teacher
    )
  }

  private func student(
    _ arm: DetectionArm,
    named name: String,
    file: String,
    seed: UInt64,
    rate: Double,
    _ weights: DetectionWeights,
    _ teacher: Detector
  ) throws -> Detector {
    // All arms of a seed begin with the same weights.
    let network = try world.student(seed: seed)
    let isFinished = run.folder.contains("\(file).safetensors")
    let taught = arm == .labels || isFinished ? nil : try taught(teacher)
    try train(
      network,
      name,
      file: file,
      on: arm.terms.contains(.found) ? world.training.truth.count : recipe.labelled,
      steps: recipe.steps,
      rate: rate,
      seed: seed,
      toward: arm.isTaught ? taught?.teacher : nil
    ) { try loss(arm, weights, taught?.targets ?? knownTargets()) }
    return network
  }

  private func train(
    _ network: Detector,
    _ name: String,
    file: String,
    on scenes: Int,
    steps: Int,
    rate: Double,
    seed: UInt64,
    toward teacher: RecordedTeacher?,
    minimizing loss: () throws -> Loss
  ) throws {
    let examples = Examples(world.training.images[0..<scenes])
    try run.train(
      network,
      named: name,
      file: file,
      on: {
        examples.batches(of: min(recipe.batch, scenes), epochs: nil, shuffled: seed)
          .limited(to: steps)
      },
      toward: teacher,
      minimizing: try loss(),
      using: Adam(learningRate: rate),
      done: done,
      measuring: { terms in
        // The same scenes for all, of which the boxes are known.
        let rows = Tensor.range(0..<min(recipe.labelled, 256), on: world.training.images.device)
        let batch = Batch(examples.inputs[rows: rows], indices: rows)
        let values = try run.kept("\(file)-terms") { try terms(batch) }
        run.work.note(
          "\(name): "
            + values.map { "\($0.term) is \(Uncertain.short($0.value))" }.joined(separator: ", ")
        )
      }
    )
  }

  private func done() -> String {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: run.folder.url.path)) ?? []
    let finished = names.filter {
      $0.hasSuffix(".safetensors") && !$0.hasSuffix(".checkpoint.safetensors")
    }
    return "\(finished.count) networks"
  }

  private func knownTargets() throws -> DetectionTargets {
    try labelled ?? DetectionTargets(world.labelledTruth, world.layout)
  }

  private func taught(_ teacher: Detector) throws -> Taught {
    if let taught { return taught }
    let images = world.training.images
    run.work.begin("teacher observed", of: images.shape[0], "scenes")
    defer { run.work.end() }
    let recorded = try RecordedTeacher(
      of: ModuleTeacher(teacher, observedAs: teacher.meaning),
      on: images,
      features: Set(taps),
      chunk: 100
    ) { [run, done] count, _ in
      run.work.update(count)
      try run.stopIfAsked(done())
    }
    let values = recorded.observation.values[recipe.labelled..<images.shape[0]]
    let found =
      recipe.unlabelled == 0
      ? [] : world.layout.detections(values, threshold: recipe.certainty)
    let made = Taught(
      teacher: recorded,
      targets: try DetectionTargets(
        world.labelledTruth + found.map { $0.map { LabelledBox($0.box, label: $0.label) } },
        world.layout
      )
    )
    taught = made
    return made
  }

  /// The levels of the pyramid.
  private var taps: [String] { recipe.strides.indices.map { "pyramid.\($0)" } }

  private func labels(_ targets: DetectionTargets) -> Loss {
    recipe.classWeight * .pointCrossEntropy(targets, background: recipe.backgroundWeight)
      + .boxRegression(targets) + .boxRegression(targets, as: .generalizedIoU)
  }

  private func loss(
    _ arm: DetectionArm,
    _ weights: DetectionWeights,
    _ targets: DetectionTargets
  ) -> Loss {
    var loss = labels(targets)
    if arm.terms.contains(.classes) {
      loss =
        loss + weights.classes
        * .pointSoftCrossEntropy(
          world.layout,
          background: recipe.softBackground,
          temperature: recipe.temperature
        )
    }
    if arm.terms.contains(.boxes) {
      loss = loss + weights.boxes * .boundedBoxRegression(targets)
    }
    if arm.terms.contains(.hints) {
      for tap in taps {
        loss = loss + weights.hints * .hints(of: .tap(tap), through: Projector(always: true))
      }
    }
    return loss
  }

  /// What the terms of each student came to at the end of its training, `[arm][seed]`.
  package func terms() throws -> [[[TermValue]]] {
    try recipe.students.map { arm in
      var names: [String]?
      return try (0..<recipe.seeds).map { index in
        let name = "\(Self.file(arm, index))-terms"
        func isLikeFirst(_ terms: [TermValue]) -> Bool {
          names = names ?? terms.map(\.term)
          return terms.map(\.term) == names
        }
        return try run.kept(name, checking: isLikeFirst) { () throws -> [TermValue] in
          throw RunError(
            "'\(run.folder.url.path)' has a network without what its terms came to: delete "
              + "'\(Self.file(arm, index)).safetensors', and it is trained again"
          )
        }
      }
    }
  }

  // MARK: Choices

  /// Everything free, chosen on the validation scenes; what has one candidate costs nothing.
  package func choice(_ teacher: Detector) throws -> DetectionChoice {
    var tried: [DetectionChoice.Trial] = []
    let full = recipe.students.max { $0.terms.count < $1.terms.count }!
    var weights = DetectionWeights(
      classes: recipe.classesWeights[0],
      boxes: recipe.boxesWeights[0],
      hints: recipe.hintsWeights[0]
    )
    func best<Candidate>(
      _ candidates: [Candidate],
      _ arm: DetectionArm,
      _ setting: (Candidate) -> (rate: Double, weights: DetectionWeights)
    ) throws -> Candidate {
      guard candidates.count > 1 else { return candidates[0] }
      let scores = try candidates.map { candidate in
        let (rate, weights) = setting(candidate)
        let name =
          "\(arm.name): learning rate \(short(rate))" + (arm == .labels ? "" : ", \(weights.text)")
        let network = try student(
          arm,
          named: "trial \(tried.count + 1), \(name)",
          file: "trial-\(tried.count + 1)",
          seed: run.seed &+ 900_000,
          rate: rate,
          weights,
          teacher
        )
        let found = network.detections(inAll: world.validation.images)
        let precision = MatchedDetections(of: found, against: world.validation.truth).precision()
        tried.append(.init(name: name, precision: precision.mean ?? 0))
        run.work.tried(
          Trial(
            name: "trial \(tried.count)",
            settings: [
              "student": .text(arm.name), "learning rate": .number(rate),
              "weight of classes": .number(weights.classes),
              "weight of boxes": .number(weights.boxes),
              "weight of hints": .number(weights.hints),
            ],
            measures: ["validation/mAP": precision.mean ?? 0]
          )
        )
        return precision.mean ?? 0
      }
      return candidates[scores.firstIndex(of: scores.max()!)!]
    }
    let rate = try best(recipe.learningRates, .labels) { ($0, weights) }
    let choices: [(DetectionTerm, [Double], WritableKeyPath<DetectionWeights, Double>)] = [
      (.classes, recipe.classesWeights, \.classes), (.boxes, recipe.boxesWeights, \.boxes),
      (.hints, recipe.hintsWeights, \.hints),
    ]
    for (term, candidates, path) in choices where full.terms.contains(term) {
      weights[keyPath: path] = try best(candidates, full) { candidate in
        var changed = weights
        changed[keyPath: path] = candidate
        return (rate, changed)
      }
    }
    return DetectionChoice(learningRate: rate, weights: weights, tried: tried)
  }
}

/// What was chosen on the validation scenes.
package struct DetectionChoice: Codable {
  package static let file = "choice"

  package struct Trial: Codable {
    package let name: String
    /// mAP@[.5:.95] on the validation scenes.
    package let precision: Double
  }

  package let learningRate: Double
  package let weights: DetectionWeights
  package let tried: [Trial]

  package var lines: [String] {
    guard !tried.isEmpty else { return [] }
    return tried.map { "tried \($0.name): mAP \(percent($0.precision)) on validation scenes" }
      + ["chosen: learning rate \(short(learningRate)), weights \(weights.text)"]
  }
}

/// Hundredths, as mAP is usually written.
func percent(_ share: Double) -> String { String(format: "%.2f", 100 * share) }

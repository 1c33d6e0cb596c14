import Distill
import Foundation
import Runs

/// Trains what is not there yet.
package final class AcousticTraining {
  private let world: AcousticWorld
  private let run: Run
  private var taught: RecordedTeacher?
  /// Students that have learnt the source domain, by their file.
  private var starts: [String: AcousticNetwork] = [:]

  private var recipe: AcousticExperiment { world.recipe }

  package init(_ world: AcousticWorld, _ run: Run) { (self.world, self.run) = (world, run) }

  package static let teacherFile = "teacher"

  package static func file(_ arm: AcousticArm, _ index: Int) -> String {
    "\(arm.rawValue)-\(index + 1)"
  }

  package static func seed(_ seed: UInt64, _ index: Int) -> UInt64 { seed &+ 1 &+ UInt64(index) }

  package func teacher() throws -> AcousticNetwork {
    let network = world.network(recipe.teacher, seed: run.seed)
    try learn(
      network,
      named: "teacher",
      file: Self.teacherFile,
      seed: run.seed,
      steps: recipe.teacherSteps,
      rate: recipe.teacherRate
    )
    return network
  }

  package func student(
    _ arm: AcousticArm,
    _ index: Int,
    _ choice: AcousticChoice,
    _ teacher: AcousticNetwork
  ) throws -> AcousticNetwork {
    let seed = Self.seed(run.seed, index)
    let name = "student \(index + 1) of \(recipe.seeds)"
    let file = Self.file(.unadapted, index)
    let start = try unadapted(seed, named: "\(name), source domain", file: file)
    if arm == .unadapted { return start }
    return try adapted(
      start,
      arm,
      choice.mixture(arm),
      named: "\(name), \(arm.rawValue)",
      file: Self.file(arm, index),
      from: file,
      seed: seed,
      rate: choice.learningRate,
      teacher
    )
  }

  /// A student that has learnt the source domain.
  private func unadapted(_ seed: UInt64, named name: String, file: String) throws -> AcousticNetwork
  {
    if let there = starts[file] { return there }
    let network = world.network(recipe.student, seed: seed)
    try learn(
      network,
      named: name,
      file: file,
      seed: seed,
      steps: recipe.sourceSteps,
      rate: recipe.sourceRate
    )
    starts[file] = network
    return network
  }

  private func learn(
    _ network: AcousticNetwork,
    named name: String,
    file: String,
    seed: UInt64,
    steps: Int,
    rate: Double
  ) throws {
    let part = world.source
    try run.train(
      network,
      named: name,
      file: file,
      on: { batches(of: part.inputs, steps: steps, seed: seed) },
      minimizing: .frameCrossEntropy(part.labels),
      using: Adam(learningRate: rate),
      done: done
    )
  }

  private func adapted(
    _ start: AcousticNetwork,
    _ arm: AcousticArm,
    _ mixture: AcousticMixture,
    named name: String,
    file: String,
    from source: String,
    seed: UInt64,
    rate: Double,
    _ teacher: AcousticNetwork
  ) throws -> AcousticNetwork {
    // All arms of a seed begin with the same weights.
    let network = world.network(recipe.student, seed: seed)
    try network.load(from: run.folder.file("\(source).safetensors"))
    let part = world.adaptation
    let labelled = world.labelled(seed: seed)
    let isFinished = run.folder.contains("\(file).safetensors")
    let rows = Tensor(arm == .parallel ? Array(0..<part.count) : labelled, on: part.inputs.device)
    let labels = arm == .parallel ? part.labels.known(labelled) : part.labels.rows(labelled)
    let soft = Loss.frameSoftCrossEntropy(
      classes: part.labels.classCount,
      temperature: mixture.temperature
    )
    let share = arm == .fineTuned ? 0 : mixture.share
    let loss: Loss =
      switch share {
      case 0: .frameCrossEntropy(labels)
      case 1: soft
      default: (1 - share) * .frameCrossEntropy(labels) + share * soft
      }
    try run.train(
      network,
      named: name,
      file: file,
      on: { batches(of: part.inputs[rows: rows], steps: recipe.steps, seed: seed) },
      toward: share == 0 || isFinished ? nil : soughtAnswers(arm, rows, start, teacher),
      minimizing: loss,
      using: Adam(learningRate: rate),
      done: done
    )
    return network
  }

  /// What the answers of frames are to come near: the teacher's, who hears what is clean; or the
  /// student's own before its adaptation, who hears what it will hear.
  private func soughtAnswers(
    _ arm: AcousticArm,
    _ rows: Tensor,
    _ start: AcousticNetwork,
    _ teacher: AcousticNetwork
  ) throws -> RecordedTeacher {
    let part = world.adaptation
    func recorded(_ network: AcousticNetwork, _ inputs: Tensor) throws -> RecordedTeacher {
      try RecordedTeacher(
        of: ModuleTeacher(network, observedAs: network.meaning),
        on: inputs,
        chunk: 200
      ) { [run, done] _, _ in try run.stopIfAsked(done()) }
    }
    guard arm.isTaught else { return try recorded(start, part.inputs[rows: rows]) }
    let all = try taught ?? recorded(teacher, part.clean)
    taught = all
    return RecordedTeacher(
      Observation(all.observation.values[rows: rows], meaning: all.observation.meaning)
    )
  }

  private func batches(of inputs: Tensor, steps: Int, seed: UInt64) -> any Inputs {
    Examples(inputs).batches(
      of: min(recipe.batch, inputs.shape[0]),
      epochs: nil,
      shuffled: seed
    ).limited(to: steps)
  }

  private func done() -> String {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: run.folder.url.path)) ?? []
    let finished = names.filter {
      $0.hasSuffix(".safetensors") && !$0.hasSuffix(".checkpoint.safetensors")
    }
    return "\(finished.count) networks"
  }

  // MARK: Choices

  /// The learning rate of the control first, then what the arms mix; what has one candidate costs
  /// nothing.
  package func choice(_ teacher: AcousticNetwork) throws -> AcousticChoice {
    var tried: [AcousticChoice.Trial] = []
    let seed = run.seed &+ 900_000
    func best<Candidate>(
      _ candidates: [Candidate],
      _ arm: AcousticArm,
      _ setting: (Candidate) -> (rate: Double, mixture: AcousticMixture, name: String)
    ) throws -> Candidate {
      guard candidates.count > 1, recipe.students.contains(arm) else { return candidates[0] }
      let start = try unadapted(seed, named: "trial student, source domain", file: "trial-source")
      let scores = try candidates.map { candidate in
        let (rate, mixture, name) = setting(candidate)
        let network = try adapted(
          start,
          arm,
          mixture,
          named: "trial \(tried.count + 1), \(arm.rawValue): \(name)",
          file: "trial-\(tried.count + 1)",
          from: "trial-source",
          seed: seed,
          rate: rate,
          teacher
        )
        let part = world.validation
        let found = try Recognition(of: network.logits(of: part.inputs), part.labels)
        tried.append(
          .init(
            name: "\(arm.rawValue), \(name)",
            frameAccuracy: found.frameAccuracy,
            wordAccuracy: found.wordAccuracy
          )
        )
        run.work.tried(
          Trial(
            name: "trial \(tried.count)",
            settings: [
              "student": .text(arm.rawValue), "learning rate": .number(rate),
              "share of the teacher": .number(mixture.share),
              "temperature": .number(mixture.temperature),
            ],
            measures: [
              "validation/accuracy of frames": found.frameAccuracy,
              "validation/accuracy of words": found.wordAccuracy,
            ]
          )
        )
        return found.frameAccuracy
      }
      return candidates[scores.firstIndex(of: scores.max()!)!]
    }
    let none = AcousticMixture(share: 0, temperature: 1)
    let rate = try best(recipe.learningRates, .fineTuned) {
      ($0, none, "learning rate \(short($0))")
    }
    func mixtures(_ temperatures: [Double]) -> [AcousticMixture] {
      recipe.shares.flatMap { share in
        temperatures.map { AcousticMixture(share: share, temperature: $0) }
      }
    }
    let own = try best(mixtures([1]), .regularised) { (rate, $0, $0.text) }
    let other = try best(mixtures(recipe.temperatures), .distilled) { (rate, $0, $0.text) }
    return AcousticChoice(learningRate: rate, regularised: own, distilled: other, tried: tried)
  }
}

extension AcousticWorld {
  /// The numbers of the utterances of the adaptation speakers that are labelled.
  package func labelled(seed: UInt64) -> [Int] {
    let order = Tensor.permutation(adaptation.count, using: RandomGenerator(seed: seed &+ 77))
    return order[0..<recipe.labelled].scalars(Int.self).sorted()
  }
}

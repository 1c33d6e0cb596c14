import Distill
import Foundation
import Runs

/// What was chosen on the validation nodes of the first repetition.
package struct GraphChoice: Codable {
  package static let file = "choice"

  package struct Trial: Codable {
    package let name: String
    package let accuracy: Double
  }

  package struct Chosen: Codable {
    package let arm: GraphArm
    package let setting: GraphSetting
  }

  package var teacher: GraphTeacher
  package var settings: [Chosen] = []
  /// Everything that was tried, with its accuracy on the validation nodes.
  package var tried: [Trial] = []

  package func setting(_ arm: GraphArm) -> GraphSetting? {
    settings.first { $0.arm == arm }?.setting
  }

  package var summary: String {
    let students = settings.map { "\($0.arm.name): \($0.setting.text($0.arm.loss))" }
    return ([GraphReport.name(teacher)] + students).joined(separator: "; ")
  }
}

/// Chooses: the teacher first, then of each arm what is free in it.
package struct GraphChoosing {
  private let world: GraphWorld
  private let run: Run
  private let labelled: Examples

  /// Far from the seeds of repetitions.
  private var seed: UInt64 { run.seed &+ 900_000 }

  package init(_ world: GraphWorld, _ run: Run) {
    (self.world, self.run) = (world, run)
    labelled = world.labelled(seed: run.seed)
  }

  package func choice() throws -> GraphChoice {
    var tried: [GraphChoice.Trial] = []
    let (kind, network) = try best(world.recipe.teachers, &tried, training: true) {
      "teacher, \($0.rawValue)"
    } _: {
      .teacher($0, in: world, labelled: labelled, seed: seed)
    }
    var choice = GraphChoice(teacher: kind, tried: tried)
    let teacher = NodeTeacher(network)
    for arm in world.recipe.arms {
      let (setting, _) = try best(candidates(arm, choice), &choice.tried) {
        "\(arm.name), \($0.text(arm.loss))"
      } _: {
        .student(arm, $0, in: world, labelled: labelled, teacher: teacher, seed: seed)
      }
      choice.settings.append(.init(arm: arm, setting: setting))
    }
    return choice
  }

  /// A term beside soft targets or labels gets a weight; the rest is as it is best without it.
  private func candidates(_ arm: GraphArm, _ choice: GraphChoice) -> [GraphSetting] {
    let recipe = world.recipe
    let base: [GraphSetting]
    if arm.loss.isOnLabels {
      let known = choice.setting(GraphArm(loss: .labels, isAlone: arm.isAlone))
      base = known.map { [$0] } ?? recipe.weightDecays.map { GraphSetting(weightDecay: $0) }
    } else {
      let known = choice.setting(GraphArm(loss: .soft, isAlone: arm.isAlone))
      base = known.map { [$0] } ?? recipe.temperatures.map { GraphSetting(temperature: $0) }
    }
    let weights: [Double] =
      switch arm.loss {
      case .labels, .soft: [0]
      case .hints: recipe.hintWeights
      case .attention: recipe.attentionWeights
      default: recipe.structureWeights
      }
    return base.flatMap { setting in
      weights.map { weight in
        var setting = setting
        setting.weight = weight
        return setting
      }
    }
  }

  /// The candidate whose network knows most of the validation nodes, the first of equals.
  ///
  /// - Parameter isNeeded: Whether the network of an only candidate is trained, too.
  private func best<Candidate>(
    _ candidates: [Candidate],
    _ tried: inout [GraphChoice.Trial],
    training isNeeded: Bool = false,
    _ name: (Candidate) -> String,
    _ training: (Candidate) -> GraphTraining
  ) throws -> (Candidate, NodeClassifier) {
    var found: (candidate: Candidate, network: NodeClassifier, accuracy: Double)?
    for candidate in candidates {
      let training = training(candidate)
      if candidates.count > 1 || isNeeded {
        try training.perform(named: name(candidate), seed: run.seed, run.work)
        let said = try ClassPredictions(of: ModuleTeacher(training.network), on: world.validation)
        let accuracy = said.correctness.mean().doubleValue
        tried.append(.init(name: name(candidate), accuracy: accuracy))
        run.work.tried(
          Trial(
            name: "trial \(tried.count)",
            settings: ["network": .text(name(candidate))],
            measures: ["validation/accuracy": accuracy]
          )
        )
        guard accuracy > found?.accuracy ?? -1 else { continue }
        found = (candidate, training.network, accuracy)
      } else {
        found = (candidate, training.network, 0)
      }
    }
    return (found!.candidate, found!.network)
  }
}

import Distill
import Foundation
import Runs

/// One repetition: labels, a teacher that learnt from them, and its students.
package struct GraphRepetition {
  package let world: GraphWorld
  package let choice: GraphChoice
  /// Of the run.
  package let seed: UInt64
  /// From 0.
  package let index: Int
  package let labelled: Examples

  package init(_ world: GraphWorld, _ choice: GraphChoice, seed: UInt64, index: Int) {
    (self.world, self.choice, self.seed, self.index) = (world, choice, seed, index)
    labelled = world.labelled(seed: seed &+ UInt64(index))
  }

  package static let teacherFile = "teacher"

  package static func file(_ name: String, _ index: Int) -> String { "\(name)-\(index + 1)" }

  private var ownSeed: UInt64 { seed &+ UInt64(index) }

  package func teacherTraining() -> GraphTraining {
    .teacher(choice.teacher, in: world, labelled: labelled, seed: ownSeed)
  }

  /// - Parameter seed: Of the student's first weights. The default is the repetition's.
  package func training(
    _ arm: GraphArm,
    teacher: NodeTeacher,
    seed: UInt64? = nil
  ) -> GraphTraining {
    .student(
      arm,
      choice.setting(arm) ?? GraphSetting(),
      in: world,
      labelled: labelled,
      teacher: teacher,
      seed: seed ?? ownSeed
    )
  }

  /// How teacher and students answer about test and unseen nodes.
  package struct Scores: Codable {
    package let teacher: GraphScore
    package let students: [GraphScore]
  }

  package func scores(_ run: Run) throws -> Scores {
    let place = "repetition \(index + 1) of \(world.recipe.seeds)"
    func done() -> String { "\(index) of \(world.recipe.seeds) repetitions" }
    let taught = teacherTraining()
    try taught.perform(
      in: run,
      named: "\(place), teacher",
      file: Self.file(Self.teacherFile, index),
      done: done
    )
    let teacher = NodeTeacher(taught.network)
    let answers = try GraphAnswers(taught.network, in: world)
    let students = try world.recipe.arms.map { arm in
      let training = training(arm, teacher: teacher)
      try training.perform(
        in: run,
        named: "\(place), \(arm.name)",
        file: Self.file(arm.fileName, index),
        done: done
      )
      return try GraphScore(
        arm.name,
        training.network,
        in: world,
        GraphAnswers(training.network, in: world),
        teacher: answers
      )
    }
    let name = GraphReport.name(choice.teacher)
    return Scores(
      teacher: try GraphScore(name, taught.network, in: world, answers, teacher: nil),
      students: students
    )
  }
}

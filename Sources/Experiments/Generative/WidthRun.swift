import Distill
import Foundation
import Runs

/// What one student of the sweep came to.
package struct WidthOutcome: Codable {
  /// The mean test log-probability after a number of samples.
  package struct Point: Codable {
    package let samples: Int
    package let logProbability: Quantity
  }

  package var event = "student"
  package let recipe: String
  package let width: Int
  package let loss: String
  package let seconds: Double
  package let curve: [Point]
  package let test: Quantity
  package let divergenceOfStudent: Quantity
  package let divergenceOfTeacher: Quantity
  package let importance: LogPartition
  package let bridge: LogPartition

  package var name: String { "\(recipe), H = \(width), loss \(loss == "squared" ? 7 : 6)" }

  package var line: String {
    "\(name): test \(test.text), KL(rbm‖nade) \(divergenceOfStudent.divergenceText), KL(nade‖rbm) "
      + "\(divergenceOfTeacher.divergenceText), log Z \(fixed(bridge.logZ)) [\(fixed(bridge.lower)), "
      + "\(fixed(bridge.upper))] by bridge sampling"
  }
}

/// Makes and measures one student of the sweep.
package struct WidthRun {
  package let run: Run
  package let rbm: RBM
  package let images: Tensor
  package let one: GenerativeWidths.Case
  package let plan: DistillationPlan
  package let shared: GibbsSamples<RBM>
  package let samples: Int

  /// Steps at which the student is looked at: 1, 2 and 5 times powers of ten, and the last.
  private var looks: Set<Int> {
    let all = [1, 2, 5].flatMap { factor in
      [100, 1_000, 10_000, 100_000].map { factor * $0 }
    }
    return Set(all.filter { $0 <= plan.steps } + [plan.steps])
  }

  package func perform(_ done: @escaping () -> String) throws -> WidthOutcome {
    let curveName = "\(one.file).curve"
    var curve: [String: Quantity] =
      run.folder.contains("\(curveName).json") ? try run.kept(curveName) { [:] } : [:]
    let student = try run.distill(
      rbm,
      by: plan,
      named: one.name,
      file: one.file,
      on: shared,
      at: looks,
      look: { step, student in
        let values = student.logProbability(images).scalars(Double.self)
        curve["\(step)"] = Quantity(meanOf: values)
        try run.folder.write(prettyJson(curve), to: "\(curveName).json")
      },
      done: done
    )
    let results = try PartitionRun(
      rbm: rbm,
      student: student,
      plan: PartitionPlan(methods: [.importance, .bridge], samples: samples),
      seed: run.seed &+ 50,
      work: run.work,
      checkStop: { try run.stopIfAsked(done()) }
    ).perform()
    let bridge = results.estimates[1].estimate
    let bounds = results.bounds!
    let (ofStudent, ofTeacher) = bounds.divergences(bridge)
    let outcome = WidthOutcome(
      recipe: one.recipe,
      width: one.width,
      loss: one.loss,
      seconds: try seconds(),
      curve: looks.sorted().compactMap { step in
        curve["\(step)"].map { .init(samples: step * plan.batch, logProbability: $0) }
      },
      test: Quantity(meanOf: student.logProbability(images).scalars()),
      divergenceOfStudent: ofStudent,
      divergenceOfTeacher: ofTeacher,
      importance: results.estimates[0].estimate,
      bridge: bridge
    )
    run.work.tried(
      Trial(
        name: one.file,
        settings: [
          "recipe": .text(one.recipe), "width": .number(Double(one.width)), "loss": .text(one.loss),
        ],
        measures: ["test/log-probability": outcome.test.value, "seconds": outcome.seconds]
      )
    )
    return outcome
  }

  /// How long the training took, from the metrics.
  private func seconds() throws -> Double {
    let metrics = try run.folder.metrics(TrainingMetric.self)
    return metrics.last { $0.network == one.name }?.seconds ?? .nan
  }
}

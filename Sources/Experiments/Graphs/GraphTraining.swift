import Distill
import Foundation
import Runs

/// How a network is trained: the same in a run, for a choice, and for a certificate.
package struct GraphTraining {
  package let network: NodeClassifier
  package let inputs: any Inputs
  package let teacher: NodeTeacher?
  package let loss: Loss
  package let optimizer: any Optimizer

  /// A teacher on labels.
  package static func teacher(
    _ kind: GraphTeacher,
    in world: GraphWorld,
    labelled: Examples,
    seed: UInt64
  ) -> GraphTraining {
    GraphTraining(
      network: world.classifier(world.teacher(kind, seed: seed), whole: false),
      inputs: labelled.wholeBatches(steps: world.recipe.teacherSteps),
      teacher: nil,
      loss: .crossEntropy(),
      optimizer: Adam(
        learningRate: world.recipe.learningRate,
        weightDecay: world.recipe.teacherDecay
      )
    )
  }

  /// A student of an arm.
  package static func student(
    _ arm: GraphArm,
    _ setting: GraphSetting,
    in world: GraphWorld,
    labelled: Examples,
    teacher: NodeTeacher,
    seed: UInt64
  ) -> GraphTraining {
    let examples = arm.loss.isOnLabels ? labelled : world.seen
    let (steps, batch) = (world.recipe.steps, world.recipe.nodesPerStep)
    let inputs: any Inputs =
      arm.isAlone && batch > 0
      ? examples.batches(of: min(batch, examples.count), epochs: nil, shuffled: seed)
        .limited(to: steps)
      : examples.wholeBatches(steps: steps)
    return GraphTraining(
      network: world.classifier(world.student(isAlone: arm.isAlone, seed: seed), whole: false),
      inputs: inputs,
      teacher: arm.loss == .labels ? nil : teacher,
      loss: setting.loss(arm.loss, on: world.observed),
      optimizer: Adam(
        learningRate: world.recipe.learningRate,
        weightDecay: arm.loss.isOnLabels ? setting.weightDecay : 0
      )
    )
  }

  /// Trains the network outside of a run's folder.
  ///
  /// - Throws: `Stopped` when it was asked to stop; a checkpoint has what was done.
  package func perform(
    named name: String,
    seed: UInt64,
    checkpoint: URL? = nil,
    _ work: Work
  ) throws {
    work.begin(name, of: inputs.stepCount)
    defer { work.end() }
    let record = try Distiller(
      network,
      minimizing: loss,
      using: optimizer,
      schedule: .linear(over: inputs.stepCount!),
      seed: seed
    ).run(
      on: inputs,
      observing: teacher,
      checkpointing: checkpoint.map { CheckpointPolicy($0, everySeconds: 15) }
    ) { step in
      work.update(step.step, loss: step.loss)
      return work.isCancelled() ? .stop : .proceed
    }
    guard record.ending == .finished else { throw Stopped("stopped in '\(name)'") }
  }

  /// Trains the network into a file of a run, unless it is there.
  package func perform(
    in run: Run,
    named name: String,
    file: String,
    done: () -> String
  ) throws {
    try run.train(
      network,
      named: name,
      file: file,
      on: { inputs },
      toward: teacher,
      minimizing: loss,
      using: optimizer,
      done: done
    )
  }
}

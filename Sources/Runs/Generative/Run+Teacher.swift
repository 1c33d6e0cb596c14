import Distill
import Foundation

/// How an RBM is trained.
package struct RBMPlan: Codable, Equatable {
  package var hidden = 500
  /// Passes over the images.
  package var epochs = 20
  package var batch = 100
  /// Gibbs steps for each update.
  package var gibbsSteps = 1
  /// Chains that go on from update to update; 0 to begin at the images each time.
  package var persistentChains = 500
  /// The default is slow, for machines whose chains mix: those trained four times as fast have modes
  /// that neither Gibbs steps nor annealing connect.
  package var learningRate = 0.005
  package var momentum = 0.0
  package var weightDecay = 1e-4

  package init(
    hidden: Int = 500,
    epochs: Int = 20,
    batch: Int = 100,
    gibbsSteps: Int = 1,
    persistentChains: Int = 500,
    learningRate: Double = 0.005,
    momentum: Double = 0.0,
    weightDecay: Double = 1e-4
  ) {
    self.hidden = hidden
    self.epochs = epochs
    self.batch = batch
    self.gibbsSteps = gibbsSteps
    self.persistentChains = persistentChains
    self.learningRate = learningRate
    self.momentum = momentum
    self.weightDecay = weightDecay
  }

  /// - Throws: `RunError` in one sentence for a setting that cannot be.
  package func check() throws {
    try requireCount("hidden", hidden, atMost: 100_000)
    for (name, count) in [("epochs", epochs), ("batch", batch), ("Gibbs steps", gibbsSteps)] {
      try requireCount(name, count)
    }
    try requireCount("persistent chains", persistentChains, atLeast: 0)
    for (name, number, bounds) in [
      ("learning rate", learningRate, NumberBounds.learningRate),
      ("momentum", momentum, .shareBelowOne),
      ("weight decay", weightDecay, .notNegative(atMost: 1_000)),
    ] { try requireNumbers(name, [number], bounds) }
  }

  package var settings: ContrastiveDivergence {
    ContrastiveDivergence(
      steps: gibbsSteps,
      persistentChains: persistentChains > 0 ? persistentChains : nil,
      learningRate: learningRate,
      momentum: momentum,
      weightDecay: weightDecay
    )
  }
}

extension Run {
  /// Trains an RBM on binary images into `FILE.safetensors` and `FILE.npz` of the folder, unless
  /// they are there already; resumes from its checkpoint if there is one, to the same machine.
  ///
  /// The learning rate falls linearly to zero. Visible biases begin at the log-odds of the pixels
  /// (Hinton 2012).
  ///
  /// - Throws: `Stopped` with a checkpoint written, when the run was asked to stop.
  package func trainRBM(
    _ plan: RBMPlan,
    on images: Tensor,
    file: String,
    done: () -> String
  ) throws -> RBM {
    let finished = folder.file("\(file).safetensors")
    if FileManager.default.fileExists(atPath: finished.path) {
      folder.remove("\(file).checkpoint.safetensors")
      work.note("RBM: finished before")
      return try ModelFile.rbm(at: finished.path)
    }
    try stopIfAsked(done())
    let start = RBM(
      visible: images.shape[1],
      hidden: plan.hidden,
      using: RandomGenerator(seed: seed &+ 1)
    )
    let trainer = RBMTrainer(
      RBM(
        weights: start.weights,
        visibleBias: RBM.baseBias(of: images),
        hiddenBias: start.hiddenBias
      ),
      plan.settings,
      seed: seed &+ 2
    )
    let checkpoint = "\(file).checkpoint.safetensors"
    if folder.contains(checkpoint) { try trainer.restore(from: folder.file(checkpoint)) }
    let batches = Examples(images).batches(of: plan.batch, epochs: plan.epochs, shuffled: seed &+ 3)
    let total = batches.stepCount!
    work.begin(
      "RBM \(images.shape[1])-\(plan.hidden)",
      of: total,
      done: trainer.updates
    )
    let clock = ContinuousClock()
    let began = clock.now
    var saved = clock.now
    while let batch = try batches.batch(trainer.updates) {
      let progress = Double(trainer.updates) / Double(total)
      trainer.settings.learningRate = plan.learningRate * (1 - progress)
      trainer.update(on: batch.inputs)
      work.update(trainer.updates)
      if work.isCancelled() || clock.now - saved > .seconds(15) {
        try trainer.save(to: folder.file(checkpoint))
        saved = clock.now
        if work.isCancelled() { throw stopped(done()) }
      }
    }
    work.end()
    let rbm = trainer.rbm
    guard rbm.tensors.values.allSatisfy(\.isAllFinite) else {
      throw RunError("the RBM's weights are not finite: lower --learning-rate")
    }
    let metric = TrainingMetric(
      network: "RBM",
      step: total,
      loss: .nan,
      seconds: (clock.now - began) / .seconds(1)
    )
    try folder.record([metric], by: "network")
    try ModelFile.write(rbm, to: folder.file("\(file).npz"))
    try ModelFile.write(rbm, to: finished, metadata: ["seed": "\(seed)"])
    folder.remove(checkpoint)
    return rbm
  }
}

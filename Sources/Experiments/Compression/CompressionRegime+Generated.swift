import Distill
import Runs

extension CompressionRegime {
  /// As many grey images as there are images: the conditional probabilities, at its own samples, of
  /// a NADE with 500 hidden units trained on the images, black and white at a threshold of one half.
  package func greyImages() throws -> Tensor {
    let seed = run.seed &+ 31
    let nade = NADE(
      inputs: images.inputs.shape[1],
      hidden: 500,
      using: RandomGenerator(seed: seed)
    )
    let file = "\(images.count)-nade.safetensors"
    if run.folder.contains(file) {
      try nade.load(from: run.folder.file(file))
      // Where it was stopped between the network and what follows.
      run.folder.remove("\(images.count)-nade.checkpoint.safetensors")
    } else {
      let binary = Examples((images.inputs .> 0.5).cast(to: .float32))
      let passes = min(100, max(10, 120_000 / images.count))
      let batches = binary.batches(of: 100, epochs: passes, shuffled: seed)
      let steps = batches.stepCount!
      run.work.begin("\(grouped(images.count)) images, NADE", of: steps)
      let distiller = Distiller(
        nade,
        minimizing: .negativeLogLikelihood,
        using: Adam(learningRate: 1e-3),
        schedule: .linear(over: steps),
        seed: seed
      )
      let record = try distiller.run(
        on: batches,
        checkpointing: CheckpointPolicy(
          run.folder.file("\(images.count)-nade.checkpoint.safetensors"),
          everySeconds: 15
        )
      ) { step in
        run.work.update(step.step, loss: step.loss)
        return run.work.isCancelled() ? .stop : .proceed
      }
      run.work.end()
      guard record.ending == .finished else { throw run.stopped(done()) }
      try nade.save(to: run.folder.file(file), metadata: ["seed": "\(seed)"])
      run.folder.remove("\(images.count)-nade.checkpoint.safetensors")
    }
    return nade.conditionals(nade.samples(images.count, seed: seed)).cast(to: .float32)
  }
}

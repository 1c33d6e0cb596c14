import Distill
import Foundation

@testable import Compression
@testable import DistillCommand
@testable import Exchange
@testable import Experiments
@testable import Runs

/// A machine that is small enough to sum up: weights N(0, 1), biases N(0, ¼).
func smallRBM(visible: Int = 9, hidden: Int = 5, seed: UInt64 = 3) -> RBM {
  let generator = RandomGenerator(seed: seed)
  return RBM(
    weights: Tensor.normal([visible, hidden], using: generator),
    visibleBias: Tensor.normal([visible], using: generator) * 0.5,
    hiddenBias: Tensor.normal([hidden], using: generator) * 0.5
  )
}

/// log Z in Float64 by summing over hidden states, written without the room's own code.
func exactLogZ(_ rbm: RBM) -> Double {
  let (visible, hidden) = (rbm.inputs, rbm.hidden)
  let weights = rbm.weights.scalars(Float.self).map(Double.init)
  let a = rbm.visibleBias.scalars(Float.self).map(Double.init)
  let b = rbm.hiddenBias.scalars(Float.self).map(Double.init)
  var sum = 0.0
  for code in 0..<(1 << hidden) {
    let on = (0..<hidden).filter { code >> $0 & 1 == 1 }
    var term = on.reduce(0) { $0 + b[$1] }
    for i in 0..<visible {
      term += log1p(exp(a[i] + on.reduce(0) { $0 + weights[i * hidden + $1] }))
    }
    sum += exp(term)
  }
  return log(sum)
}

/// A plan for small machines that takes a fraction of a second.
func smallPlan(
  _ student: String = "nade:12",
  loss: String = "conditional",
  steps: Int = 800
) -> DistillationPlan {
  DistillationPlan(
    student: student,
    loss: loss,
    learningRate: 0.02,
    steps: steps,
    batch: 50,
    chains: 200,
    burnIn: 50,
    thinning: 5
  )
}

/// A run in a folder that says what it says to a transcript.
func smallRun(
  _ folder: URL,
  _ transcript: Transcript = Transcript(),
  seed: UInt64 = 1,
  interruption: Interruption = Interruption(write: { _ in }, quit: {})
) throws -> Run {
  let place =
    FileManager.default.fileExists(atPath: folder.appendingPathComponent("state.json").path)
    ? try RunFolder.resume("generative fit", at: folder.path)
    : try RunFolder.create(for: "generative fit", at: folder.path, recipe: "")
  return Run(
    folder: place,
    seed: seed,
    device: .cpu,
    work: Console(.normal, results: transcript.output(), remarks: transcript.output()).work(
      interruption
    ),
    program: Provenance.Content(name: "distill", bytes: 1, sha256: "tests")
  )
}

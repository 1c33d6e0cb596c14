// An RBM from a NumPy archive, distilled into a NADE.
// Run: swift run -c release DistillRBM rbm.npz student.safetensors
import Distill
import Foundation

let arguments = CommandLine.arguments
guard arguments.count == 3 else {
  print("usage: DistillRBM rbm.npz student.safetensors")
  exit(64)
}
let (url, file) = (URL(fileURLWithPath: arguments[1]), URL(fileURLWithPath: arguments[2]))

let rbm = try RBM(NumPy.readArchive(from: url))
let student = NADE(startingAt: rbm, hidden: 500, using: RandomGenerator(seed: 1))
try distill(
  rbm,
  into: student,
  on: rbm.gibbsSamples(steps: 30_000, softTargets: 2, seed: 1),
  minimizing: .conditionalCrossEntropy,
  using: Adam(learningRate: 2e-3),
  schedule: .cosine(over: 30_000)
)
print(try rbm.logPartition(using: student, by: .bridgeSampling(samples: 10_000), seed: 2))
try student.write(to: file)

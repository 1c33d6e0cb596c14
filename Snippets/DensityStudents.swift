// Distils a Boltzmann machine into a MADE, which then measures its partition function.

import Distill

let rbm = RBM(visible: 784, hidden: 500, using: RandomGenerator(seed: 1))
let student = MADE(inputs: 784, hidden: [1000, 1000], using: RandomGenerator(seed: 2))
try distill(
  rbm,
  into: student,
  on: rbm.gibbsSamples(batchSize: { _ in 100 }, steps: 10_000, seed: 3),
  minimizing: .negativeLogLikelihood,
  using: Adam(learningRate: 1e-3),
  schedule: .cosine(over: 10_000)
)
print(student.logProbability(student.samples(10, seed: 4)))
print(try rbm.logPartition(using: student, by: .bridgeSampling(samples: 10_000), seed: 5))

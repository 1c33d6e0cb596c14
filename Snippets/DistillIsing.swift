// An Ising model distilled into a NADE, whose log Z is held against Kaufman's exact one.
// Run: swift run -c release DistillIsing

import Distill
import Foundation

let (side, coupling) = (8, 0.4)
let ising = BoltzmannMachine.ising(side: side, coupling: coupling)
let student = NADE(inputs: ising.inputs, hidden: 100, using: RandomGenerator(seed: 1))
try distill(
  ising,
  into: student,
  on: ising.gibbsSamples(
    chains: 1_000,
    batchSize: { _ in 100 },
    steps: 3_000,
    burnIn: 300,
    thinning: 5,
    seed: 2
  ),
  minimizing: .negativeLogLikelihood,
  using: Adam(learningRate: 2e-3),
  schedule: .cosine(over: 3_000)
)

/// log Z of the Ising model on a square torus without a field (Kaufman 1949, equation 80), for
/// spins of ±1.
func exactLogPartition(side n: Int, coupling k: Double) -> Double {
  func gamma(_ l: Int) -> Double {
    l == 0
      ? 2 * k + log(tanh(k)) : acosh(cosh(2 * k) / tanh(2 * k) - cos(.pi * Double(l) / Double(n)))
  }
  func product(_ function: (Double) -> Double, from first: Int) -> Double {
    (0..<n).reduce(1) { $0 * 2 * function(Double(n) * gamma(2 * $1 + first) / 2) }
  }
  let sum = [cosh, sinh].reduce(0) { $0 + product($1, from: 1) + product($1, from: 0) }
  return Double(n * n) / 2 * log(2 * sinh(2 * k)) + log(sum / 2)
}

// States of 0 and 1 leave out the energy of all spins down: two bonds for each spin.
let exact = exactLogPartition(side: side, coupling: coupling) - 2 * Double(side * side) * coupling
print("exactly \(exact)")
print(try ising.logPartition(using: student, by: .bridgeSampling(samples: 5_000), seed: 3))

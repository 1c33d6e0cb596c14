import Foundation
import Probability

/// Draws of Bayesian logistic regression by several kernels, with the processor time they took:
/// `samplers FOLDER DIMENSION COUNT` reads `X.f32` and `y.f32` there (as `Benchmarks/samplers` writes
/// them), writes each kernel's draws beside them, and prints a line of JSON for each.
func runSamplers(_ arguments: [String]) throws {
  guard arguments.count >= 3, let dimension = Int(arguments[1]), let count = Int(arguments[2])
  else {
    print("usage: PredictiveBenchmark samplers FOLDER DIMENSION COUNT")
    return
  }
  let folder = URL(fileURLWithPath: arguments[0])
  func read(_ name: String) throws -> [Float] {
    try Data(contentsOf: folder.appendingPathComponent(name)).withUnsafeBytes {
      Array($0.bindMemory(to: Float.self))
    }
  }
  let (x, y) = (try read("X.f32"), try read("y.f32"))
  let posterior = try LogisticRegression(
    inputs: (0..<count).map { n in (0..<dimension).map { Double(x[n * dimension + $0]) } },
    labels: y.map { $0 > 0.5 },
    prior: GaussianPrior(dimension: dimension, standardDeviation: 3)
  )
  let draws = 10_000

  func measure<Kernel: MarkovKernel>(_ name: String, _ kernel: () throws -> Kernel) throws {
    var times: [Double] = []
    var values: [Double] = []
    for repetition in 0..<5 {
      let start = processorSeconds()
      // Everything that a user waits for: the Laplace fit, 1,000 steps of warm-up, the draws.
      let chain = MarkovChain(try kernel(), burnIn: 1_000, seed: UInt64(repetition + 1))
      values = chain.sample(draws, chains: 1).values
      times.append(processorSeconds() - start)
    }
    let file = name.replacingOccurrences(of: " ", with: "-") + ".f32"
    try values.map { Float($0) }.withUnsafeBytes { Data($0) }
      .write(to: folder.appendingPathComponent(file))
    let seconds = times.sorted()[times.count / 2]
    print(
      "{\"name\": \"\(name)\", \"draws\": \(draws), \"seconds\": \(seconds), \"file\": \"\(file)\"}"
    )
  }

  func whitening() throws -> AffineMap { try LaplaceApproximation(of: posterior).whitening }
  try measure("slice") { SliceSampler(posterior) }
  try measure("whitened slice") {
    Whitened(posterior as any UnnormalizedDistribution, by: try whitening()) {
      SliceSampler($0, width: 3)
    }
  }
  try measure("whitened HMC") {
    Whitened(posterior as any DifferentiableDistribution, by: try whitening()) {
      HamiltonianMonteCarlo($0, steps: 3)
    }
  }
  try measure("whitened HMC 2") {
    Whitened(posterior as any DifferentiableDistribution, by: try whitening()) {
      HamiltonianMonteCarlo($0, steps: 2)
    }
  }
  try measure("NUTS") { NoUTurnSampler(posterior) }
  try measure("whitened NUTS") {
    Whitened(posterior as any DifferentiableDistribution, by: try whitening()) {
      NoUTurnSampler($0)
    }
  }
}

/// Seconds that this process had a processor.
private func processorSeconds() -> Double {
  var time = timespec()
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
  return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
}

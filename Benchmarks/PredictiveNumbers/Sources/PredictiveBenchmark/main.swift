// Numbers of compact predictive distributions. Run in release mode:
//   swift run -c release PredictiveBenchmark logistic [SEEDS]
//   swift run -c release PredictiveBenchmark mixture [SEEDS]
//   swift run -c release PredictiveBenchmark memory batch|online DRAWS
import Distillation
import Foundation
import Networks
import Predictive
import Probability
import Tensors

let arguments = CommandLine.arguments
func number(_ index: Int, or fallback: Int) -> Int {
  arguments.count > index ? Int(arguments[index]) ?? fallback : fallback
}

/// Mean and standard error.
func summary(_ values: [Double]) -> String {
  let count = Double(values.count)
  let mean = values.reduce(0, +) / count
  let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / max(count - 1, 1)
  return String(format: "%.6f ± %.6f", mean, (variance / count).squareRoot())
}

/// The peak resident memory in MiB, as the system counts it.
func peakMemory() -> Double {
  var usage = rusage()
  getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
  return Double(usage.ru_maxrss) / 1_024
}

switch arguments.dropFirst().first {
case "logistic":
  let outcomes = try (0..<number(2, or: 10)).map {
    try LogisticExperiment().run(seed: UInt64($0 + 1))
  }
  print("KL from the Monte Carlo predictive (nats), mean ± s.e. over \(outcomes.count) seeds; s")
  for (index, first) in outcomes[0].results.enumerated() {
    let divergences = outcomes.map { $0.results[index].divergence }
    let seconds = outcomes.map { $0.results[index].seconds }.reduce(0, +) / Double(outcomes.count)
    print("\(first.name): \(summary(divergences)); \(String(format: "%.3f", seconds)) s")
  }
case "mixture":
  let seeds = number(2, or: 10)
  for count in [2, 5, 10, 20, 50, 100, 200, 500, 1_000] {
    let outcomes = try (0..<seeds).map {
      try MixtureDensityExperiment().run(count: count, seed: UInt64($0 + 1))
    }
    print(
      "N = \(count): MC→batch \(summary(outcomes.map(\.monteCarloToBatch))), "
        + "MC→online \(summary(outcomes.map(\.monteCarloToOnline))), "
        + "truth→MC \(summary(outcomes.map(\.truthToMonteCarlo))), "
        + "truth→batch \(summary(outcomes.map(\.truthToBatch))), "
        + "truth→online \(summary(outcomes.map(\.truthToOnline)))"
    )
  }
case "memory":
  let draws = number(3, or: 10_000)
  let data = LogisticExperiment.data(seed: 1)
  let prior = GaussianPrior(dimension: 2, standardDeviation: 10)
  let posterior = try LogisticRegression(inputs: data.inputs, labels: data.labels, prior: prior)
  let chain = MarkovChain(SliceSampler(posterior), seed: 1)
  let model = LinearPredictorModel(.logistic, inputs: 2)
  let student = MixtureOfLogistics(10, inputs: 2, using: RandomGenerator(seed: 1))
  let isOnline = arguments.count > 2 && arguments[2] == "online"
  // Online every example takes a draw; the batch run makes the same 100 steps whatever its bag.
  let steps = isOnline ? draws / 10 : 100
  let noise = Noise(
    .normal(standardDeviation: 10.0.squareRoot()),
    [2],
    batchesOf: 10,
    steps: steps,
    seed: 1,
    .float64
  )
  let before = peakMemory()
  let clock = ContinuousClock()
  let start = clock.now
  let optimizer = SGD(learningRate: 1)
  if isOnline {
    let online = OnlinePredictive(chain, of: model, at: noise, derivatives: false)
    try train(
      student,
      on: online,
      minimizing: .softCrossEntropy(),
      using: optimizer,
      schedule: .linear(over: steps)
    )
  } else {
    let bag = chain.sample(draws, chains: 1)
    try distill(
      PosteriorPredictive(bag, of: model),
      into: student,
      on: noise,
      minimizing: .softCrossEntropy(),
      using: optimizer,
      schedule: .linear(over: steps)
    )
  }
  let seconds = (clock.now - start) / .seconds(1)
  print(
    "\(isOnline ? "online" : "batch") \(draws) draws: peak \(String(format: "%.1f", peakMemory())) MiB "
      + "(\(String(format: "%.1f", before)) before), \(String(format: "%.2f", seconds)) s, "
      + "\(Int(Double(draws) / seconds)) draws/s"
  )
default:
  print("usage: PredictiveBenchmark logistic [SEEDS] | mixture [SEEDS] | memory batch|online DRAWS")
}

// Memory and speed of batch and online distillation. Run in release mode:
//   swift run -c release PredictiveBenchmark memory batch|online DRAWS
//   Benchmarks/samplers
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

/// The peak resident memory in MiB, as the system counts it.
func peakMemory() -> Double {
  var usage = rusage()
  getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
  return Double(usage.ru_maxrss) / 1_024
}

switch arguments.dropFirst().first {
case "memory":
  // Steps this small lose by more threads.
  Machine.threads = 1
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
    [2],
    .normal(standardDeviation: 10.0.squareRoot()),
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
case "samplers":
  try runSamplers(Array(arguments.dropFirst(2)))
default:
  print("usage: PredictiveBenchmark memory batch|online DRAWS | samplers FOLDER DIMENSION COUNT")
}

import Distill
import Foundation
import Runs

/// One chain, the student that learnt from it as it ran, and the control.
package struct FashionSeed {
  /// What is kept of a seed.
  enum Arm: String, CaseIterable {
    case student, control

    var lesson: String { self == .student ? "draws of the chain as it ran" : "the labels alone" }

    /// Without ".safetensors".
    func file(_ seed: Int) -> String { "\(rawValue)-\(seed)" }
  }

  private let fashion: FashionPosterior
  private let choice: PredictiveFashionMNIST.Choice
  private let run: Run
  private let index: Int
  private let steps: Int
  private let burnIn: Int

  private var seed: UInt64 { run.seed &+ 1_000 &* UInt64(index) }
  private var recipe: PredictiveFashionMNIST { fashion.recipe }
  private var done: String { index < 900 ? "\(index) of \(recipe.seeds) seeds" : "nothing" }

  package init(
    _ fashion: FashionPosterior,
    _ choice: PredictiveFashionMNIST.Choice,
    _ run: Run,
    index: Int,
    steps: Int? = nil,
    burnIn: Int? = nil
  ) {
    (self.fashion, self.choice, self.run, self.index) = (fashion, choice, run, index)
    self.steps = steps ?? fashion.recipe.steps
    self.burnIn = burnIn ?? fashion.recipe.burnIn
  }

  /// The student that took one step for each draw, and the bag of some of the draws. Chain and
  /// student start at the same network.
  package func distilled(from start: [Double]) throws -> (student: MLP, bag: [[Double]]) {
    let chain = fashion.chain(
      from: start,
      stepSize: choice.stepSize,
      burnIn: burnIn,
      seed: seed
    )
    let draws = TappedDraws(chain, keepingEvery: steps / recipe.bag)
    run.work.begin("burn-in", of: burnIn)
    var step = 0
    while draws.burnInStep() {
      step += 1
      if step % 100 == 0 {
        run.work.update(step)
        try run.stopIfAsked(done)
      }
    }
    run.work.end()
    let student = fashion.model.network(of: start)
    let online = OnlineBatches(
      draws,
      of: fashion.model,
      at: fashion.inputs(steps: steps, perturbation: choice.perturbation, seed: seed &+ 2)
    )
    try train(student, "online student", on: online, minimizing: .softCrossEntropy(), steps: steps)
    guard draws.latest.allSatisfy(\.isFinite) else {
      throw RunError(
        "the chain left for infinity at steps of \(choice.stepSize): name shorter stepSizes"
      )
    }
    return (student, draws.bag)
  }

  /// The same network on the labels, without noise.
  package func control() throws -> MLP {
    let control = fashion.network(seed: seed &+ 1)
    let count = max(1, Int(choice.controlShare * Double(recipe.allSteps)))
    let inputs = fashion.inputs(steps: count, perturbation: 0, seed: seed &+ 3)
    try train(control, "control", on: inputs, minimizing: .crossEntropy(), steps: count)
    return control
  }

  private func train(
    _ network: MLP,
    _ name: String,
    on inputs: any Inputs,
    minimizing loss: Loss,
    steps: Int
  ) throws {
    run.work.begin(name, of: steps)
    let record = try Distill.train(
      network,
      on: inputs,
      minimizing: loss,
      using: Adam(learningRate: recipe.learningRate),
      schedule: .linear(over: steps),
      seed: seed
    ) { progress in
      run.work.update(progress.step, loss: progress.loss)
      return run.work.isCancelled() ? .stop : .proceed
    }
    run.work.end()
    guard record.ending == .finished else { throw run.stopped(done) }
  }

  /// Everything on the test images.
  package func scores(on test: Examples) throws -> [PredictiveFashionMNIST.Score] {
    let start = try fashion.mode(seed: seed, run)
    let (student, bag) = try distilled(from: start)
    let control = try control()
    for (arm, network) in [(Arm.student, student), (.control, control)] {
      try network.save(to: run.folder.file("\(arm.file(index + 1)).safetensors"), metadata: [:])
    }
    let origin = fashion.model.network(of: start)
    let members = bag.map { fashion.model.network(of: $0) }
    let whole = Ensemble(members)
    let reference = try FashionPosterior.predictions(whole, test)
    let few = (0..<10).map { members[$0 * members.count / 10] }
    let all: [(String, Ensemble, [MLP])] = [
      ("bag of \(bag.count) draws", whole, members),
      ("student, distilled online", Ensemble([student]), [student]),
      ("control, on the labels", Ensemble([control]), [control]),
      ("start of the chain", Ensemble([origin]), [origin]),
      ("last draw", Ensemble([members.last!]), [members.last!]),
      ("10 thinned draws", Ensemble(few), few),
    ]
    return try all.map { name, ensemble, networks in
      let own = try FashionPosterior.predictions(ensemble, test)
      return PredictiveFashionMNIST.Score(
        name: name,
        accuracy: own.correctness.mean().doubleValue,
        logProbability: own.logProbability.mean().doubleValue,
        calibrationError: Calibration(of: own).expectedError,
        divergence: own.divergence(from: reference).mean().doubleValue,
        bytes: networks.reduce(0) { $0 + $1.byteCount },
        latency: try microseconds(200) { _ = try ensemble.observe(test.inputs[0..<1]) },
        perImage: try microseconds(3) { _ = try ensemble.observe(test.inputs) }
          / Double(test.count)
      )
    }
  }
}

/// Microseconds of some work, the best of several times.
package func microseconds(_ times: Int, _ work: () throws -> Void) rethrows -> Double {
  let clock = ContinuousClock()
  var best = Double.infinity
  for _ in 0..<times {
    let start = clock.now
    try work()
    best = min(best, (clock.now - start) / .microseconds(1))
  }
  return best
}

import Distill
import Foundation
import Runs

/// Bayesian dark knowledge on real images: a posterior of networks sampled by stochastic-gradient
/// Langevin dynamics, distilled as it is sampled into one network.
///
/// Balan, Rathod, Murphy and Welling (2015). Compared with the bag of draws that it replaces, and with
/// a network of the same size trained on the labels.
package struct PredictiveFashionMNIST: Job {
  package static let name = "predictive-fashion-mnist"

  /// The folder with the four IDX files of Fashion-MNIST.
  package var data = ".data/fashion-mnist"
  package var seeds = 3
  /// Units of the hidden layers, of teacher and student alike.
  package var hidden = [100]
  /// Training images, the last ones, on which everything free is chosen.
  package var validation = 10_000
  package var batchSize = 200
  /// Steps of Adam towards the posterior's mode, where the chain starts.
  package var climb = 8_000
  /// The standard deviation of weights under the prior, times √fan-in.
  package var weightScale = 10.0
  /// Langevin steps before the student looks, and after.
  package var burnIn = 1_000
  package var steps = 3_000
  /// Added to the root mean square of gradients in the preconditioner, in units of gradients of the
  /// log posterior.
  package var damping = 10.0
  /// Draws in the bag.
  package var bag = 100
  package var learningRate = 3e-3
  /// Choices, made with the first seed and a third of the steps.
  package var stepSizes = [1e-5, 1e-4, 1e-3]
  package var perturbations = [0.0]
  /// The control's choice is among these shares of all steps: climb, burn-in and the rest.
  package var controlShares = [0.2, 0.5, 1.0]

  package init() {}

  package var allSteps: Int { climb + burnIn + steps }

  package func check() throws {
    try requireCount("seeds", seeds, atMost: 1_000)
    try requireCounts("hidden", hidden, atMost: 65_535)
    try requireCount("hidden layers", hidden.count, atLeast: 0, atMost: 16)
    try requireCount("validation", validation, atMost: 59_999)
    try requireCount("batchSize", batchSize)
    try requireCounts("climb, burnIn and steps", [climb, burnIn, steps], atMost: mostSteps)
    try requireCount("bag", bag, atLeast: 10)
    try requireNumbers("weightScale", [weightScale], .spread)
    try requireNumbers("damping", [damping], .notNegative(atMost: 1e9))
    try requireNumbers("learningRate and stepSizes", [learningRate] + stepSizes, .learningRate)
    try requireNumbers("perturbations", perturbations, .notNegative(atMost: 1e6))
    try requireNumbers("controlShares", controlShares, .positive(atMost: 1_000))
    guard steps >= bag, !stepSizes.isEmpty, !perturbations.isEmpty, !controlShares.isEmpty else {
      throw RunError(
        "a \(Self.name) recipe needs as many steps as draws in the bag, and something to choose from"
      )
    }
  }

  package func dataFiles() throws -> [URL] {
    try fashionMNISTFiles(in: URL(fileURLWithPath: data))
  }

  /// What was chosen on the validation images.
  package struct Choice: Codable {
    package var stepSize = 0.0
    package var perturbation = 0.0
    package var controlShare = 1.0
    /// The mean log-probability on the validation images of everything that was tried.
    package var tried: [Trial] = []

    package struct Trial: Codable {
      package let name: String
      package let logProbability: Double
    }
  }

  /// How something predicts the test images.
  package struct Score: Codable {
    package let name: String
    package let accuracy: Double
    package let logProbability: Double
    package let calibrationError: Double
    /// KL(bag ‖ it), nats.
    package let divergence: Double
    package let bytes: Int
    /// Microseconds for one image alone, and for each of 10,000.
    package let latency: Double
    package let perImage: Double
  }

  package func perform(_ run: Run) throws {
    try check()
    let fashion = try FashionPosterior(self)
    let choice = try run.kept(
      "choice",
      checking: {
        stepSizes.contains($0.stepSize) && perturbations.contains($0.perturbation)
          && controlShares.contains($0.controlShare)
      },
      { try choose(fashion, run) }
    )
    run.work.note(
      "chosen on \(grouped(validation)) validation images: steps of \(choice.stepSize), inputs "
        + "perturbed by \(choice.perturbation), the control trained for "
        + "\(Int(choice.controlShare * Double(allSteps))) steps"
    )
    let test = try LabelledImages.fashionMNIST(in: URL(fileURLWithPath: data), .test)
    var names: [String]?
    func isLikeFirst(_ scores: [Score]) -> Bool {
      names = names ?? scores.map(\.name)
      return scores.count > 1 && scores.map(\.name) == names
    }
    let scores = try (0..<seeds).map { index in
      try run.kept("seed-\(index + 1)", checking: isLikeFirst) {
        try FashionSeed(fashion, choice, run, index: index)
          .scores(on: Examples(test.images, labels: test.labels))
      }
    }
    try PredictiveFashionReport(recipe: self, choice: choice, scores: scores).write(run)
  }

  private func choose(_ fashion: FashionPosterior, _ run: Run) throws -> Choice {
    var choice = Choice()
    var best = -Double.infinity
    let (short, warm) = (max(steps / 3, bag), max(burnIn / 2, 1))
    let start = try fashion.mode(seed: run.seed &+ 900, run)
    choice.tried.append(
      .init(
        name: "start, \(climb) steps of Adam",
        logProbability: try fashion.validated(Ensemble([fashion.model.network(of: start)]))
      )
    )
    for stepSize in stepSizes {
      let chain = fashion.chain(
        from: start,
        stepSize: stepSize,
        burnIn: warm,
        seed: run.seed &+ 900
      )
      let draws = TappedDraws(chain, keepingEvery: short / 20)
      run.work.begin("step size \(stepSize)", of: warm + short)
      for step in 0..<(warm + short) {
        if !draws.burnInStep() { _ = draws.next() }
        if step % 100 == 0 {
          run.work.update(step)
          try run.stopIfAsked("nothing")
        }
      }
      run.work.end()
      let networks = draws.bag.map { fashion.model.network(of: $0) }
      // A chain whose steps are too long has left for infinity.
      let isFinite = draws.latest.allSatisfy(\.isFinite)
      let value = isFinite ? try fashion.validated(Ensemble(networks)) : -Double.infinity
      choice.tried.append(
        .init(name: "bag, steps of \(stepSize)", logProbability: max(value, -1e9))
      )
      if value > best { (best, choice.stepSize) = (value, stepSize) }
    }
    /// The best of several values of a choice, by the log-probability of what it leads to.
    func choose(
      _ path: WritableKeyPath<Choice, Double>,
      among values: [Double],
      _ name: (Double) -> String,
      _ make: (Choice) throws -> MLP
    ) throws {
      let trials = try values.map { value in
        choice[keyPath: path] = value
        let network = try make(choice)
        return Choice.Trial(
          name: name(value),
          logProbability: try fashion.validated(Ensemble([network]))
        )
      }
      choice.tried += trials
      choice[keyPath: path] =
        zip(values, trials).max { $0.1.logProbability < $1.1.logProbability }!.0
    }
    try choose(\.perturbation, among: perturbations) {
      "student, noise of \($0)"
    } _: {
      try FashionSeed(fashion, $0, run, index: 900, steps: short, burnIn: warm)
        .distilled(from: start).student
    }
    try choose(\.controlShare, among: controlShares) {
      "control, \($0) of the steps"
    } _: {
      try FashionSeed(fashion, $0, run, index: 900).control()
    }
    return choice
  }
}

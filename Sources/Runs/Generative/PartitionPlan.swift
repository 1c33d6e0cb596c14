import Distill
import Foundation

/// A way to find log Z.
package enum PartitionMethod: String, Codable, CaseIterable {
  case enumeration, importance, reciprocal, bridge, ais
  case reverseAis = "reverse-ais"

  package var needsStudent: Bool { [.importance, .reciprocal, .bridge].contains(self) }

  /// Whether a sum over all states takes seconds, so that it is made without being asked for.
  package static func enumerates(_ rbm: RBM) -> Bool { rbm.enumerationCost <= 3e8 }
}

/// Which estimates of log Z are made, and how.
package struct PartitionPlan: Codable, Equatable {
  /// Empty: all that the models at hand allow.
  package var methods: [PartitionMethod] = []
  /// Of the student and of the model.
  package var samples = 10_000
  /// How the model is sampled: chains side by side from samples of the student.
  package var chains = 2_000
  package var burnIn = 1_000
  package var thinning = 100
  /// Gibbs steps between two jumps to a sample of the student; 0 for none.
  package var jumpEvery = 50
  /// Annealing runs.
  package var runs = 500
  /// Inverse temperatures: a number of even steps, `adaptive:STEPS`, or `salakhutdinov-murray`.
  package var temperatures = "adaptive:2000"
  package var confidence = 0.9973

  package init(
    methods: [PartitionMethod] = [],
    samples: Int = 10_000,
    chains: Int = 2_000,
    burnIn: Int = 1_000,
    thinning: Int = 100,
    jumpEvery: Int = 50,
    runs: Int = 500,
    temperatures: String = "adaptive:2000",
    confidence: Double = 0.9973
  ) {
    self.methods = methods
    self.samples = samples
    self.chains = chains
    self.burnIn = burnIn
    self.thinning = thinning
    self.jumpEvery = jumpEvery
    self.runs = runs
    self.temperatures = temperatures
    self.confidence = confidence
  }

  /// - Throws: `RunError` in one sentence for a setting that cannot be.
  package func check(naming name: (String) -> String = { $0 }) throws {
    // An interval needs some samples to be made of.
    try requireCount(name("samples"), samples, atLeast: 100, atMost: 10_000_000)
    try requireCount(name("chains"), chains)
    try requireCount(name("burnIn"), burnIn, atLeast: 0)
    try requireCount(name("thinning"), thinning)
    try requireCount(name("jumpEvery"), jumpEvery, atLeast: 0)
    try requireCount(name("runs"), runs, atLeast: 2)
    try requireNumbers(name("confidence"), [confidence], .innerShare)
    _ = try steps()
  }

  /// The methods asked for, or all that are possible and worth their time.
  package func methods(_ rbm: RBM, hasStudent: Bool) throws -> [PartitionMethod] {
    if let method = methods.first(where: { $0.needsStudent && !hasStudent }) {
      throw RunError("--methods \(method.rawValue) needs a student: add --student FILE")
    }
    if !methods.isEmpty { return methods }
    return PartitionMethod.allCases.filter { method in
      switch method {
      case .enumeration: PartitionMethod.enumerates(rbm)
      case .importance, .reciprocal, .bridge: hasStudent
      case .ais, .reverseAis: true
      }
    }
  }

  /// Options that change nothing with the methods that are asked for: when, and why.
  ///
  /// - Parameter hasStudent: Whether there is one to compare with.
  package func idleOptions(
    hasStudent: Bool
  ) -> [(options: [String], isIdle: Bool, condition: String)] {
    let anneals = methods.isEmpty || methods.contains(.ais) || methods.contains(.reverseAis)
    let compares = methods.isEmpty || methods.contains(where: \.needsStudent)
    let chosen = "with these --methods"
    return [
      (Self.annealing + ["--data"], !anneals, chosen),
      (["--student"], !anneals && !compares, chosen),
      (["--samples"], !compares, chosen),
      (Self.sampling + ["--jump-every"], !hasStudent, "without --student"),
      (Self.options + ["--seed"], !anneals && !compares, chosen),
    ]
  }

  /// The options of annealing.
  package static let annealing = ["--runs", "--temperatures"]
  private static let sampling = ["--samples", "--partition-chains", "--partition-thinning"]
  /// All options.
  package static let options =
    annealing + sampling + ["--partition-burn-in", "--jump-every", "--confidence"]

  package var drawing: ChainPlan {
    ChainPlan(
      chains: chains,
      burnIn: burnIn,
      thinning: thinning,
      jumpEvery: jumpEvery > 0 ? jumpEvery : nil
    )
  }

  /// The inverse temperatures for a model.
  package func schedule(_ rbm: RBM, base: Tensor, seed: UInt64) throws -> AnnealingSchedule {
    guard let (count, isAdaptive) = try steps() else { return .salakhutdinovMurray }
    return isAdaptive ? .adaptive(count, for: rbm, from: base, seed: seed) : .linear(count)
  }

  /// Nil for the schedule of Salakhutdinov and Murray.
  private func steps() throws -> (count: Int, isAdaptive: Bool)? {
    if temperatures == "salakhutdinov-murray" { return nil }
    let isAdaptive = temperatures.hasPrefix("adaptive:")
    let number = isAdaptive ? String(temperatures.dropFirst("adaptive:".count)) : temperatures
    guard let count = Int(number), (1...1_000_000).contains(count) else {
      throw RunError(
        "the temperatures '\(temperatures)' must be a number of even steps, adaptive:STEPS (both from "
          + "1 to 1,000,000) or salakhutdinov-murray"
      )
    }
    return (count, isAdaptive)
  }
}

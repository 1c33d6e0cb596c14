import Exchange
import Mathematics

/// What a predictive run is asked to do, with the default of every option: where the draws come from,
/// where the student is to predict as they do, and what it is.
///
/// It is what the recipe of a run says beside its seed.
public struct PredictivePlan: Codable, Equatable {
  /// What the draws are of.
  public var model = PredictiveModelName.logistic
  public var draws = DrawOptions()
  public var data = PredictiveDataOptions()
  /// How draws are made where none are given.
  public var sampling = SamplerOptions()
  public var student = StudentOptions()
  /// Whether the student is compared with its draws at the end.
  public var isCertified = false

  public init() {}

  /// The family that is asked for, or the usual one of the model.
  public var family: PredictiveFamilyName { student.family.name ?? model.families[0] }

  /// - Throws: `RunError` that names the option of the command which cannot be.
  public func check() throws {
    try checkOptions()
    let areMeans = model == .values && draws.values == .means
    let families = areMeans ? [.network] : model.families
    if let family = student.family.name, !families.contains(family) {
      let choices = families.map(\.rawValue).joined(separator: ", ")
      throw RunError(
        "--family \(family.rawValue) is not for --model \(model.rawValue)"
          + "\(areMeans ? " --values means" : ""): choose from \(choices)"
      )
    }
  }

  /// Checks every option by itself.
  package func checkOptions() throws {
    try draws.check()
    try data.check()
    try sampling.check()
    try student.check()
  }
}

/// Where draws come from and what their columns are.
public struct DrawOptions: Codable, Equatable {
  /// One file a chain; `-` is standard input. None: draws are made here.
  public var files: [String] = []
  public var axes = DrawAxes.automatic
  /// The variables of the weights, or of the means, values or samples; none for the usual names.
  public var parameters: [String] = []
  public var intercept: String?
  /// The standard deviation of linear regression's noise: a variable, or a number.
  public var noise: String?
  /// Of Student's t in place of normal noise: a variable, or a number.
  public var degreesOfFreedom: String?
  /// Of a mixture: a variable, or numbers such as 1,1,1.
  public var weights: String?
  public var deviations: String?
  /// What tabulated values are.
  public var values = PredictedQuantity.probabilities
  public var divergent = DrawFile.Divergences.keep
  /// Whether files of a sampler that was interrupted, or still runs, are taken.
  public var mayBeIncomplete = false

  public init() {}

  public func check() throws {
    guard files.count < 2 || !files.contains("-") else {
      throw RunError(
        "--draws - is standard input, which is one chain: name no files beside it"
      )
    }
    // What reads as a number is one; anything else names a variable.
    try checkNumber("--noise", noise.flatMap { Double($0) }, .spread)
    try checkNumber("--degrees-of-freedom", degreesOfFreedom.flatMap { Double($0) }, .spread)
    for (name, text) in [("--weights", weights), ("--deviations", deviations)] {
      try requireNumbers(name, text.flatMap(numberList) ?? [], .spread)
      let parts = text?.split(separator: ",", omittingEmptySubsequences: false) ?? []
      let given = parts.filter { !$0.isEmpty }
      if given.count < parts.count, given.allSatisfy({ Double($0) != nil }) {
        throw RunError("\(name) \(text ?? ""): a number is missing beside a comma")
      }
    }
    if values == .densities {
      throw RunError("--values densities: choose probabilities or means")
    }
  }
}

/// The inputs at which to distil, and the outcomes.
public struct PredictiveDataOptions: Codable, Equatable {
  /// A `.csv` with a header, or an `.npz` with an array x (and y).
  public var table: String?
  /// The column of the outcome.
  public var outcome: String?
  /// The classes in the order of the draws; nil for the data's, in order.
  public var classes: [String]?
  /// Columns to leave out.
  public var ignored: [String] = []
  /// Columns of names, each as indicators.
  public var oneHot: [String] = []
  /// Whether the first line names the columns; nil looks.
  public var hasHeader: Bool?
  /// Nil: at the rows of the data where there are any.
  public var inputs: InputPlace?
  /// A table like the data, on which the student is certified.
  public var heldOut: String?
  /// The most rows at which student and draws are compared.
  public var comparedRows = 2_000

  public init() {}

  package var csvHeader: CSV.Header { CSV.Header(hasHeader) }

  public func check() throws {
    try requireCount("--compared-rows", comparedRows)
    guard let classes else { return }
    guard classes.count > 1, Set(classes).count == classes.count, !classes.contains("") else {
      throw RunError(
        "--classes \(classes.joined(separator: ",")): must be two different names or more"
      )
    }
  }
}

/// The samplers that make draws where none are given.
public struct SamplerOptions: Codable, Equatable, Sendable {
  public var sampler = SamplerName.nuts
  /// Of each chain; nil for 2,000, or online as many as the steps take.
  public var draws: Int?
  /// Steps of each chain before its first draw.
  public var burnIn = 1_000
  public var chains = 4
  /// Steps for each draw.
  public var thinning = 1
  /// The standard deviation of the normal prior of weights of standardised inputs.
  public var prior = 10.0
  public var hasNoIntercept = false

  public init() {}

  public func check() throws {
    try checkCount("--draws-count", draws, atMost: mostSteps)
    try requireCount("--burn-in", burnIn, atLeast: 0, atMost: mostSteps)
    try requireCount("--chains", chains, atMost: 10_000)
    try requireCount("--thinning", thinning)
    try requireNumbers("--prior", [prior], .spread)
  }
}

/// What the student is and how it is trained; nil is what is usual for its family.
public struct StudentOptions: Codable, Equatable {
  public var family = FamilyChoice.automatic
  /// Of a mixture.
  public var components: Int?
  /// Whether every component has a weight of its own instead of 1/K.
  public var freeWeights = false
  public var covariance = GaussianMixture.Covariance.full
  /// Units of a network's hidden layers.
  public var hidden = [32]
  /// What a student of classes minimises.
  public var loss = PredictiveLossText.crossEntropy
  /// Whether each draw teaches as it comes, and none is kept.
  public var isOnline = false
  /// Whether losses may be taken that are wrong on average for single draws.
  public var acceptsBias = false
  public var steps: Int?
  /// Examples in a step.
  public var batchSize: Int?
  /// Of the first step.
  public var learningRate: Double?
  /// Online: inputs at which each draw teaches.
  public var reuse: Int?

  public init() {}

  public func check() throws {
    try checkCount("--components", components, atMost: 10_000)
    try checkCount("--steps", steps, atMost: mostSteps)
    try checkCount("--batch-size", batchSize)
    try checkCount("--reuse", reuse)
    try checkNumber("--learning-rate", learningRate, .learningRate)
    let text = hidden.map(String.init).joined(separator: ",")
    guard !hidden.isEmpty, hidden.count <= 16, hidden.allSatisfy({ $0 > 0 && $0 < 1 << 16 }) else {
      throw RunError("--hidden \(text): must be numbers of units, such as 64,32")
    }
    let weights = zip(hidden, hidden.dropFirst()).reduce(0) { $0 + $1.0 * $1.1 }
    guard weights <= 100_000_000 else {
      throw RunError(
        "--hidden \(text): \(grouped(weights)) weights between hidden layers are more than "
          + "100,000,000: take fewer units"
      )
    }
  }
}

private func checkCount(_ name: String, _ value: Int?, atMost most: Int = 1_000_000) throws {
  if let value { try requireCount(name, value, atMost: most) }
}

private func checkNumber(_ name: String, _ value: Double?, _ bounds: NumberBounds) throws {
  if let value { try requireNumbers(name, [value], bounds) }
}

/// `1,2,1` as numbers; nil when it is not a list of them.
package func numberList(_ text: String) -> [Double]? {
  let parts = text.split(separator: ",", omittingEmptySubsequences: false)
  let values = parts.compactMap { Double($0) }
  return values.count == parts.count ? values : nil
}

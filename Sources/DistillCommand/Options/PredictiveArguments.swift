import ArgumentParser
import Distill
import Foundation

/// Where draws come from and what their columns are.
struct DrawArguments: ParsableArguments {
  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp(
      "Draws written by another program, one file a chain: CmdStan CSV, CSV with a header (also .gz), "
        + "NumPy .npz, JSON as ArviZ writes it; - is standard input.",
      valueName: "files"
    )
  )
  var draws: [String] = []

  @Option(
    help: ArgumentHelp(
      "The axes of arrays in .npz and JSON: automatic, chain,draw for [chains, draws, …], draw for "
        + "[draws, …]."
    )
  )
  var axes = DrawAxes.automatic

  @Option(
    help: ArgumentHelp(
      "The variable that holds the weights, or the means, values or samples, such as beta; several, "
        + "one after another, such as k,delta,beta."
    )
  )
  var parameters: String?

  @Option(help: "The variable that holds the intercept.")
  var intercept: String?

  @Option(
    help: ArgumentHelp(
      "The standard deviation of linear regression's noise: a variable, or a number. (default without "
        + "draws: not known, and sampled)"
    )
  )
  var noise: String?

  @Option(
    help: ArgumentHelp(
      "Noise of Student's t in place of a normal: its degrees of freedom, a variable or a number; without "
        + "draws also unknown.",
      valueName: "variable"
    )
  )
  var degreesOfFreedom: String?

  @Option(help: "The weights of a mixture: a variable, or numbers such as 1,1,1.")
  var weights: String?

  @Option(help: "The standard deviations of a mixture: a variable, or numbers such as 1,2,1.")
  var deviations: String?

  @Option(help: "What --model values holds: probabilities or means.")
  var values = PredictedQuantity.probabilities

  @Option(help: "What to do with divergent draws: keep, drop or refuse.")
  var divergent = DrawFile.Divergences.keep

  @Flag(help: "Take files of a sampler that was interrupted or is still running.")
  var incomplete = false

  func tell(_ options: inout DrawOptions) {
    options.files = draws
    options.axes = axes
    options.parameters = parameters.map(commaSeparated) ?? []
    options.intercept = intercept
    options.noise = noise
    options.degreesOfFreedom = degreesOfFreedom
    options.weights = weights
    options.deviations = deviations
    options.values = values
    options.divergent = divergent
    options.mayBeIncomplete = incomplete
  }
}

/// The inputs at which to distil, and the outcomes.
struct PredictiveDataArguments: ParsableArguments {
  @Option(help: "A table of inputs: .csv with a header, or .npz with an array x (and y).")
  var data: String?

  @Option(help: "The column of the data that holds the outcome, if there is one.")
  var outcome: String?

  @Option(
    help: ArgumentHelp(
      "The classes in the order of the draws, such as low,mid,high. (default: the data's, in order)"
    )
  )
  var classes: String?

  @Option(parsing: .upToNextOption, help: "Columns of the data to leave out.")
  var ignore: [String] = []

  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp(
      "Columns of names, such as a group, as one indicator for each name; rows of the name new stand for "
        + "groups that are not there."
    )
  )
  var oneHot: [String] = []

  @Option(help: "Whether the first line of the data names its columns: yes or no. (default: looks)")
  var header: TableHeader?

  @Option(
    help: "Where to distil: data, or gaussian:VARIANCE. (default: data where there are any)"
  )
  var inputs: InputPlace?

  @Option(help: "A table like the data, on which the student is certified.")
  var heldOut: String?

  @Option(help: "Rows at which student and draws are compared; outcomes are scored at all.")
  var comparedRows = 2_000

  func tell(_ options: inout PredictiveDataOptions) {
    options.table = data
    options.outcome = outcome
    options.classes = classes.map(commaSeparated)
    options.ignored = ignore
    options.oneHot = oneHot
    options.hasHeader = header?.isThere
    options.inputs = inputs
    options.heldOut = heldOut
    options.comparedRows = comparedRows
  }
}

/// The samplers that make draws when none are given.
struct SamplerArguments: ParsableArguments {
  @Option(help: "Without --draws: slice, hmc or nuts, on the data with its outcome.")
  var sampler = SamplerName.nuts

  @Option(help: "Draws of each chain. (default: 2,000, or online as many as the steps take)")
  var drawsCount: Int?

  @Option(help: "Steps of each chain before its first draw.")
  var burnIn = 1_000

  @Option(help: "Chains, with random numbers of their own.")
  var chains = 4

  @Option(help: "Steps for each draw.")
  var thinning = 1

  @Option(
    help: ArgumentHelp(
      "The standard deviation of the normal prior of the weights of standardised inputs, of the "
        + "predictor at their means, and of a mixture's means; of numbers in standard deviations of "
        + "the outcome."
    )
  )
  var prior = 10.0

  @Flag(help: "Give the regression no intercept.")
  var withoutIntercept = false

  func tell(_ options: inout SamplerOptions) {
    options.sampler = sampler
    options.draws = drawsCount
    options.burnIn = burnIn
    options.chains = chains
    options.thinning = thinning
    options.prior = prior
    options.hasNoIntercept = withoutIntercept
  }
}

/// What the student is and how it is trained.
struct StudentArguments: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The compact family; automatic is the closed form of the model, or what is nearer to the draws "
        + "among as many medoids and thinned draws."
    )
  )
  var family = FamilyChoice.automatic

  @Option(help: "Components of a mixture. (default: 10; for densities 3)")
  var components: Int?

  @Flag(help: "Give every component a weight of its own instead of 1/K.")
  var freeWeights = false

  @Option(help: "The covariances of a Gaussian mixture in several dimensions: full or diagonal.")
  var covariance = GaussianMixture.Covariance.full

  @Option(help: "Units of a network's hidden layers, such as 32 or 64,32.")
  var hidden = "32"

  @Option(
    help: """
      What a student of classes minimises: cross-entropy, kullback-leibler, score-matching, \
      derivatives, or a loss as 'distill losses' lists it, such as 'jeffreys + 0.1 * \
      derivativeSquaredError'.
      """
  )
  var loss = PredictiveLossText.crossEntropy

  @Flag(help: "Distil from each draw as it comes, and keep none.")
  var online = false

  @Flag(help: "Let losses through that are wrong on average for single draws.")
  var acceptBias = false

  @Option(help: "Steps of training. (default: 5,000; online as many as the draws are enough for)")
  var steps: Int?

  @Option(help: "Examples in a step. (default: 20; fitted by likelihood 100)")
  var batchSize: Int?

  @Option(
    help: "The learning rate of the first step. (default: 0.05; networks 0.01; regressions 0.005)"
  )
  var learningRate: Double?

  @Option(help: "Online: inputs at which each draw teaches. (default: as many as 5,000 steps need)")
  var reuse: Int?

  func tell(_ options: inout StudentOptions) {
    options.family = family
    options.components = components
    options.freeWeights = freeWeights
    options.covariance = covariance
    options.hidden = units
    options.loss = loss
    options.isOnline = online
    options.acceptsBias = acceptBias
    options.steps = steps
    options.batchSize = batchSize
    options.learningRate = learningRate
    options.reuse = reuse
  }

  private var units: [Int] { commaSeparated(hidden).map { Int($0) ?? 0 } }

  func validate() throws {
    guard units.contains(where: { $0 < 1 }) else { return }
    throw ValidationError("--hidden \(hidden): must be numbers of units, such as 64,32.")
  }
}

extension PredictiveModelName: ExpressibleByArgument {}
extension PredictiveLossText: ExpressibleByArgument {}
extension PredictedQuantity: ExpressibleByArgument {}
extension SamplerName: ExpressibleByArgument {}
extension DrawAxes: ExpressibleByArgument {}
extension DrawFile.Divergences: ExpressibleByArgument {}
extension GaussianMixture.Covariance: ExpressibleByArgument {}
extension InputPlace: ExpressibleByArgument {}

extension FamilyChoice: ExpressibleByArgument {
  public static var allValueStrings: [String] {
    ["automatic"] + CompactFamily.known.names
  }
}

import ArgumentParser
import Distill

/// The models that draws may be of.
enum PredictiveModelName: String, CaseIterable, ExpressibleByArgument {
  case logistic, probit, softmax, linear, poisson
  /// A Gaussian mixture on the real line, whose means are in the draws.
  case mixture
  /// Predictions that the sampler's own program made at the rows of the data.
  case values
  /// Draws of the outcome itself, such as Stan's y_rep.
  case samples
  /// Draws of the outcome at each row of the data, such as y_rep of a regression of any kind.
  case outcomes

  /// Whether the student is a density of the outcome, which has no inputs.
  var isDensity: Bool { self == .mixture || self == .samples }

  /// The families there are for the model, the default first.
  var families: [PredictiveFamilyName] {
    switch self {
    case .logistic, .probit:
      [.mixtureOfLogistics, .medoids, .thinned, .normal, .network, .dirichletNetwork]
    case .softmax: [.mixtureOfSoftmaxes, .medoids, .thinned, .network, .dirichletNetwork]
    case .linear:
      [.mixtureOfRegressions, .medoids, .thinned, .normal, .mixtureDensityNetwork, .network]
    case .poisson: [.mixtureOfRegressions, .medoids, .thinned, .normal, .network]
    case .mixture, .samples: [.gaussianMixture, .studentTMixture, .normal]
    case .outcomes: [.mixtureDensityNetwork, .poissonMixtureNetwork]
    case .values: [.network, .mixtureOfLogistics, .mixtureOfSoftmaxes, .dirichletNetwork]
    }
  }
}

/// The compact families.
enum PredictiveFamilyName: String, CaseIterable, ExpressibleByArgument {
  case mixtureOfLogistics = "mixture-of-logistics"
  case mixtureOfSoftmaxes = "mixture-of-softmaxes"
  case mixtureOfRegressions = "mixture-of-regressions"
  case gaussianMixture = "gaussian-mixture"
  case studentTMixture = "student-t-mixture"
  /// The model's own mixture with representative draws as components, each with the weight of those
  /// near it.
  case medoids
  /// The same with draws at even distances, of equal weight.
  case thinned
  /// One normal fitted to the draws, or to the outcomes that they predict.
  case normal
  case network
  case mixtureDensityNetwork = "mixture-density-network"
  /// Mixtures of Poissons, for counts.
  case poissonMixtureNetwork = "poisson-mixture-network"
  case dirichletNetwork = "dirichlet-network"

  /// Whether the family is fitted by maximum likelihood, and has no other loss.
  var isFittedByLikelihood: Bool {
    switch self {
    case .mixtureOfLogistics, .mixtureOfSoftmaxes, .network, .medoids, .thinned, .normal: false
    default: true
    }
  }

  /// Whether it is trained by steps; others are what the draws are, or their moments.
  var isTrained: Bool { ![.medoids, .thinned, .normal].contains(self) }

  /// The usual learning rate of the first step. Fits to samples are noisy, so that they go slowly.
  var learningRate: Double { hasNetwork ? 0.01 : self == .mixtureOfRegressions ? 0.005 : 0.05 }

  /// Whether the student is a small network.
  var hasNetwork: Bool {
    switch self {
    case .network, .mixtureDensityNetwork, .poissonMixtureNetwork, .dirichletNetwork: true
    default: false
    }
  }
}

/// The family that is asked for.
enum FamilyChoice: Equatable, ExpressibleByArgument {
  /// The model's closed form, or what is nearer to the draws among forms of its size.
  case automatic
  case one(PredictiveFamilyName)

  init?(argument: String) {
    if argument == "automatic" {
      self = .automatic
      return
    }
    guard let name = PredictiveFamilyName(rawValue: argument) else { return nil }
    self = .one(name)
  }

  /// Nil for the choice of the program.
  var name: PredictiveFamilyName? { if case .one(let name) = self { name } else { nil } }

  var text: String { name?.rawValue ?? "automatic" }

  var defaultValueDescription: String { text }

  static var allValueStrings: [String] {
    ["automatic"] + PredictiveFamilyName.allCases.map(\.rawValue)
  }
}

/// What a student of classes minimises, as text: any loss towards the teacher, or a word for one.
struct PredictiveLossText: ExpressibleByArgument {
  static let words = [
    "cross-entropy": "softCrossEntropy", "kullback-leibler": "kullbackLeibler",
    "score-matching": "averageScoreMatching",
    "squared-error-on-probabilities": "squaredErrorOnProbabilities",
    "squared-error-on-logits": "squaredErrorOnLogits",
    "squared-error-on-log-probabilities": "squaredErrorOnLogProbabilities",
    "derivatives": "derivativeSquaredError",
  ]

  let text: String
  let loss: Loss

  /// Nil for what cannot be understood, or compares more than what a posterior predictive says.
  init?(argument text: String) {
    guard let loss = try? Loss(parsing: Self.words[text] ?? text), loss.needs.teacher,
      !loss.needs.labels, loss.needs.studentFeatures.isEmpty, loss.needs.projections == 0
    else { return nil }
    (self.text, self.loss) = (text, loss)
  }

  var defaultValueDescription: String { text }
}

/// The built-in samplers.
enum SamplerName: String, CaseIterable, ExpressibleByArgument {
  case slice, hmc, nuts
}

/// What is done with draws after which the sampler reported a divergence.
extension DrawFile.Divergences: ExpressibleByArgument {}

extension DrawAxes: ExpressibleByArgument {}

extension GaussianMixture.Covariance: ExpressibleByArgument {}

/// Where the student is compared with the draws.
enum InputPlace: Equatable, ExpressibleByArgument {
  /// At the rows of the data.
  case rows
  /// At draws from N(0, variance I).
  case gaussian(variance: Double)

  init?(argument: String) {
    if argument == "data" {
      self = .rows
      return
    }
    let parts = argument.split(separator: ":")
    guard parts.count == 2, parts[0] == "gaussian", let variance = Double(parts[1]),
      NumberBounds.spread.contains(variance)
    else { return nil }
    self = .gaussian(variance: variance)
  }

  var text: String {
    switch self {
    case .rows: "data"
    case .gaussian(let variance): "gaussian:\(variance)"
    }
  }

  var defaultValueDescription: String { text }
}

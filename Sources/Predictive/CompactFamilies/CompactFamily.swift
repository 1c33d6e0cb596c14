import Networks
import Probability

/// A compact family that options and recipes name, and how a student of it is made of draws.
///
/// ```swift
/// var families = CompactFamily.standard
/// families.add(CompactFamily("base-rates", for: [.logistic, .softmax]) { fit in BaseRates(fit) })
/// try CompactFamily.$known.withValue(families) { try plan.run(at: folder) }
/// ```
public struct CompactFamily: Nameable {
  public static let kind = "family"

  @TaskLocal public static var known: Catalogue<CompactFamily> = standard

  public let name: String
  /// What the draws may be of.
  public let models: Set<PredictiveModelName>
  /// The usual one of the first step. Fits to samples are noisy, so that they go slowly.
  public let learningRate: Double
  /// Whether the family is fitted by maximum likelihood, and has no other loss.
  let isFittedByLikelihood: Bool
  /// Whether it is trained by steps; others are what the draws are, or their moments.
  let isTrained: Bool
  /// Whether the student is a small network.
  let hasNetwork: Bool
  /// How a family of one's own is read from a file.
  let form: (any CompactForm.Type)?
  /// Makes a student that predicts at inputs.
  let train:
    (@Sendable (StudentTraining, StudentTraining.DrawAccess) throws -> StudentTraining.Trained)?
  /// Makes a density of values.
  let fit: (@Sendable (DensityTraining, [[Double]], inout RandomStream) throws -> CompactStudent)?

  init(
    _ name: String,
    for models: Set<PredictiveModelName>,
    learningRate: Double,
    isFittedByLikelihood: Bool = false,
    isTrained: Bool = true,
    hasNetwork: Bool = false,
    form: (any CompactForm.Type)? = nil,
    train: (
      @Sendable (StudentTraining, StudentTraining.DrawAccess) throws -> StudentTraining.Trained
    )? = nil,
    fit: (
      @Sendable (DensityTraining, [[Double]], inout RandomStream) throws -> CompactStudent
    )? = nil
  ) {
    (self.name, self.models, self.learningRate) = (name, models, learningRate)
    (self.isFittedByLikelihood, self.isTrained) = (isFittedByLikelihood, isTrained)
    (self.hasNetwork, self.form, self.train, self.fit) = (hasNetwork, form, train, fit)
  }

  /// A family of one's own.
  ///
  /// - Parameters:
  ///   - models: Those that predict at inputs, so none of `mixture`, `samples` and `outcomes`.
  ///   - learningRate: What ``FamilyFit/learningRate`` is where nothing is asked for.
  ///   - fit: Makes the student of what the draws predict on average.
  public init<Form: CompactForm>(
    _ name: String,
    for models: Set<PredictiveModelName>,
    learningRate: Double = 0.01,
    fit: @escaping @Sendable (FamilyFit) throws -> Form
  ) {
    precondition(
      models.isDisjoint(with: [.mixture, .samples, .outcomes]),
      "CompactFamily \(name): draws of densities and of outcomes predict nothing on average"
    )
    self.init(name, for: models, learningRate: learningRate, form: Form.self) { training, draws in
      try training.fitted(draws) { .own(try fit($0)) }
    }
  }

  /// The families of this room, for each model the default first: a new one joins in one line.
  public static let standard = {
    var families = Catalogue<CompactFamily>()
    for family: CompactFamily in [
      .mixtureOfLogistics, .mixtureOfSoftmaxes, .mixtureOfRegressions, .gaussianMixture,
      .studentTMixture, .medoids, .thinned, .normal, .mixtureDensityNetwork,
      .poissonMixtureNetwork, .network, .dirichletNetwork,
    ] {
      families.add(family)
    }
    return families
  }()
}

/// A compact family by its name.
public typealias PredictiveFamilyName = Named<CompactFamily>

extension Named<CompactFamily> {
  public static var mixtureOfLogistics: Named { Named(CompactFamily.mixtureOfLogistics) }
  public static var mixtureOfSoftmaxes: Named { Named(CompactFamily.mixtureOfSoftmaxes) }
  public static var mixtureOfRegressions: Named { Named(CompactFamily.mixtureOfRegressions) }
  public static var gaussianMixture: Named { Named(CompactFamily.gaussianMixture) }
  public static var studentTMixture: Named { Named(CompactFamily.studentTMixture) }
  public static var medoids: Named { Named(CompactFamily.medoids) }
  public static var thinned: Named { Named(CompactFamily.thinned) }
  public static var normal: Named { Named(CompactFamily.normal) }
  public static var network: Named { Named(CompactFamily.network) }
  public static var mixtureDensityNetwork: Named { Named(CompactFamily.mixtureDensityNetwork) }
  public static var poissonMixtureNetwork: Named { Named(CompactFamily.poissonMixtureNetwork) }
  public static var dirichletNetwork: Named { Named(CompactFamily.dirichletNetwork) }

  package var isFittedByLikelihood: Bool { item.isFittedByLikelihood }
  package var isTrained: Bool { item.isTrained }
  package var learningRate: Double { item.learningRate }
  package var hasNetwork: Bool { item.hasNetwork }
}

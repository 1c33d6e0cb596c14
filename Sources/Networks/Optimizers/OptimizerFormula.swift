/// An optimizer that text may name.
///
/// ```swift
/// var optimizers = OptimizerFormula.standard
/// optimizers.add(
///   OptimizerFormula("nesterov", learningRate: 0.05, settings: ["momentum": 0.9]) { rate, own in
///     SGD(learningRate: rate, momentum: own["momentum"]!, isNesterov: true)
///   }
/// )
/// ```
public struct OptimizerFormula: Nameable {
  public static let kind = "optimizer"

  @TaskLocal public static var known: Catalogue<OptimizerFormula> = standard

  public let name: String
  /// That of its paper, or of habit.
  public let learningRate: Double
  /// What it takes beside the learning rate, with the usual numbers: of `weightDecay`, `momentum`,
  /// `beta1` and `beta2`.
  public let settings: [String: Double]
  private let make:
    @Sendable (_ learningRate: Double, _ settings: [String: Double]) -> any Optimizer

  /// - Parameter make: The optimizer of a learning rate and all of its settings.
  public init(
    _ name: String,
    learningRate: Double,
    settings: [String: Double] = [:],
    make: @escaping @Sendable (Double, [String: Double]) -> any Optimizer
  ) {
    (self.name, self.learningRate) = (name, learningRate)
    (self.settings, self.make) = (settings, make)
  }

  /// The optimizer before its first step.
  ///
  /// - Parameters:
  ///   - learningRate: The default is the usual one.
  ///   - own: Settings that are not the usual ones. Those that it does not have are left out.
  public func optimizer(
    learningRate: Double? = nil,
    _ own: [String: Double] = [:]
  ) -> any Optimizer {
    make(
      learningRate ?? self.learningRate,
      settings.merging(own.filter { settings[$0.key] != nil }) { $1 }
    )
  }
}

extension OptimizerFormula {
  /// The optimizers of this room: a new one joins in one line.
  public static let standard = {
    var optimizers = Catalogue<OptimizerFormula>()
    optimizers.add(
      .ofMoments("adam", weightDecay: 0) {
        Adam(learningRate: $0, beta1: $1, beta2: $2, weightDecay: $3)
      }
    )
    optimizers.add(
      .ofMoments("adamW", weightDecay: 0.01) {
        AdamW(learningRate: $0, beta1: $1, beta2: $2, weightDecay: $3)
      }
    )
    optimizers.add(
      OptimizerFormula(
        "sgd",
        learningRate: 0.05,
        settings: ["momentum": 0.9, "weightDecay": 0]
      ) { rate, settings in
        SGD(
          learningRate: rate,
          momentum: settings["momentum"]!,
          weightDecay: settings["weightDecay"]!
        )
      }
    )
    optimizers.add(
      OptimizerFormula("adaDelta", learningRate: 1, settings: ["weightDecay": 0]) {
        AdaDelta(learningRate: $0, weightDecay: $1["weightDecay"]!)
      }
    )
    optimizers.add(
      OptimizerFormula(
        "rmsProp",
        learningRate: 1e-3,
        settings: ["momentum": 0, "weightDecay": 0]
      ) { rate, settings in
        RMSprop(
          learningRate: rate,
          weightDecay: settings["weightDecay"]!,
          momentum: settings["momentum"]!
        )
      }
    )
    return optimizers
  }()

  /// An optimizer by means of gradients and of their squares (Kingma & Ba 2015).
  ///
  /// - Parameter make: The optimizer of a learning rate, β₁, β₂ and a weight decay.
  private static func ofMoments(
    _ name: String,
    weightDecay: Double,
    make: @escaping @Sendable (Double, Double, Double, Double) -> any Optimizer
  ) -> OptimizerFormula {
    OptimizerFormula(
      name,
      learningRate: 1e-3,
      settings: ["beta1": 0.9, "beta2": 0.999, "weightDecay": weightDecay]
    ) { make($0, $1["beta1"]!, $1["beta2"]!, $1["weightDecay"]!) }
  }
}

extension Named<OptimizerFormula> {
  public static var adam: Named { Named(OptimizerFormula.standard["adam"]!) }
  public static var adamW: Named { Named(OptimizerFormula.standard["adamW"]!) }
  public static var rmsProp: Named { Named(OptimizerFormula.standard["rmsProp"]!) }
  public static var adaDelta: Named { Named(OptimizerFormula.standard["adaDelta"]!) }
  public static var sgd: Named { Named(OptimizerFormula.standard["sgd"]!) }
}

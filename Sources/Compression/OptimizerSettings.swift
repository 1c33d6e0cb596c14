import Exchange
import Networks

/// Settings of an optimizer beside its learning rate; nil for the usual ones.
public struct OptimizerSettings: Codable, Equatable, Sendable {
  public var weightDecay: Double?
  public var momentum: Double?
  public var beta1: Double?
  public var beta2: Double?
  /// Gradients longer than this are scaled down to it.
  public var clipNorm: Double?

  public init(
    weightDecay: Double? = nil,
    momentum: Double? = nil,
    beta1: Double? = nil,
    beta2: Double? = nil,
    clipNorm: Double? = nil
  ) {
    self.weightDecay = weightDecay
    self.momentum = momentum
    self.beta1 = beta1
    self.beta2 = beta2
    self.clipNorm = clipNorm
  }

  /// - Parameter name: How an option is called where it was given. The default is the name here.
  /// - Throws: `RunError` for a number that no optimizer takes.
  package func check(naming name: (String) -> String = { $0 }) throws {
    for (key, value, bounds) in [
      ("weightDecay", weightDecay, NumberBounds.notNegative(atMost: 1_000)),
      ("momentum", momentum, .shareBelowOne), ("beta1", beta1, .shareBelowOne),
      ("beta2", beta2, .shareBelowOne), ("clipNorm", clipNorm, .positive(atMost: 1e6)),
    ] {
      if let value { try requireNumbers(name(key), [value], bounds) }
    }
  }

  /// The options that say them.
  package var arguments: [(name: String, value: Double?)] {
    [
      ("weight-decay", weightDecay), ("momentum", momentum), ("beta1", beta1), ("beta2", beta2),
      ("clip-norm", clipNorm),
    ]
  }

  /// Options that an optimizer does not have.
  package static func idle(for name: OptimizerPlan.Name) -> [String] {
    OptimizerSettings().settings.filter { name.item.settings[$0.name] == nil }
      .map { $0.option }
  }

  package func optimizer(_ name: OptimizerPlan.Name, learningRate: Double) -> any Optimizer {
    let own = settings.compactMap { setting in setting.value.map { (setting.name, $0) } }
    return name.item.optimizer(
      learningRate: learningRate,
      Dictionary(uniqueKeysWithValues: own)
    )
  }

  /// What optimizers may take, by its name and its option.
  private var settings: [(name: String, option: String, value: Double?)] {
    [
      ("weightDecay", "--weight-decay", weightDecay), ("momentum", "--momentum", momentum),
      ("beta1", "--beta1", beta1), ("beta2", "--beta2", beta2),
    ]
  }
}

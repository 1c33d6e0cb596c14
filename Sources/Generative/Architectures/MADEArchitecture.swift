import Networks
import Tensors

/// A ``MADE`` as it is written: `made:1000-1000`, with the units of each hidden layer, and behind them
/// `,orders:8` for a mixture over orders.
public struct MADEArchitecture: DensityArchitecture {
  public static let example = "made:1000-1000"

  public static let notation: [(written: String, meaning: String)] = [
    ("made:1000-1000", "a MADE of two hidden layers"),
    ("made:1000,orders:8", "a mixture over 8 orders of the inputs"),
  ]

  public let hidden: [Int]
  public let orders: Int

  public init(_ text: ArchitectureText) throws {
    (hidden, orders) = (try text.hiddenUnits(), try text.orders())
  }

  public var seesOneOrderOfMany: Bool { orders > 1 }

  public func model(inputs: Int, seed: UInt64) -> any StoredModel {
    MADE(
      inputs: inputs,
      hidden: hidden,
      masks: orders > 1 ? .orderAgnostic(masks: orders) : .fixed,
      using: RandomGenerator(seed: seed)
    )
  }

  /// The mixture over its orders.
  public func finished(_ model: any StoredModel, seed: UInt64) -> any StoredModel {
    guard orders > 1, let made = model as? MADE else { return model }
    return OrderMixture(made.members(orders, seed: seed))
  }
}

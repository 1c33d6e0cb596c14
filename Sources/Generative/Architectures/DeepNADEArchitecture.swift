import Networks
import Tensors

/// A ``DeepNADE`` as it is written: `deep-nade:500-500`, with the units of each hidden layer, and behind
/// them `,orders:8` for a mixture over orders.
public struct DeepNADEArchitecture: DensityArchitecture {
  public static let example = "deep-nade:500-500"

  public static let notation: [(written: String, meaning: String)] = [
    ("deep-nade:500-500", "a deep NADE"),
    ("deep-nade:500-500,orders:8", "a mixture over 8 orders of the inputs"),
  ]

  public let hidden: [Int]
  public let orders: Int

  public init(_ text: ArchitectureText) throws {
    (hidden, orders) = (try text.hiddenUnits(), try text.orders())
  }

  /// Each step draws one.
  public var seesOneOrderOfMany: Bool { true }

  /// Prefixes of a random order look like the masks that it learns from; rows of an image do not.
  public func model(inputs: Int, seed: UInt64) -> any StoredModel {
    DeepNADE(
      inputs: inputs,
      hidden: hidden,
      order: Tensor.permutation(inputs, using: RandomGenerator(seed: ~seed)).scalars(Int.self),
      using: RandomGenerator(seed: seed)
    )
  }

  /// The mixture over its orders.
  public func finished(_ model: any StoredModel, seed: UInt64) -> any StoredModel {
    guard orders > 1, let deep = model as? DeepNADE else { return model }
    return OrderMixture(deep, orders: orders, seed: seed)
  }
}

import Networks
import Tensors

/// A ``NADE`` as it is written: `nade:500`, with the number of its hidden units.
public struct NADEArchitecture: DensityArchitecture {
  public static let example = "nade:500"

  public static let notation: [(written: String, meaning: String)] = [
    ("nade:500", "a NADE of 500 hidden units")
  ]

  public let hidden: Int

  public init(_ text: ArchitectureText) throws {
    let layers = try text.hiddenUnits()
    guard layers.count == 1 else {
      throw text.refused(
        at: text.layers[1].place,
        "a NADE has one hidden layer: take deep-nade or made for several"
      )
    }
    guard text.suffix == nil else {
      throw text.refused(
        at: text.suffix!.place,
        "a NADE has weights for one order only: take deep-nade or made for several"
      )
    }
    hidden = layers[0]
  }

  public func model(inputs: Int, seed: UInt64) -> any StoredModel {
    NADE(inputs: inputs, hidden: hidden, using: RandomGenerator(seed: seed))
  }
}

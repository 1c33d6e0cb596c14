import Tensors

extension MADE {
  /// Which masks a training step looks at (Germain et al. 2015, section 4).
  public struct MaskSampling: Sendable, Equatable {
    /// Whether steps take different orders, so that the model learns the conditionals of any.
    public var orders: Bool
    /// Whether steps take different degrees of hidden units.
    public var connectivities: Bool
    /// How many mask sets there are to take from, or nil for a fresh one at every step.
    public var count: Int?

    /// One order and one connectivity throughout.
    public static let fixed = MaskSampling(orders: false, connectivities: false, count: 1)
    /// Another order at every step; the default takes a fresh one.
    public static func orderAgnostic(masks: Int? = nil) -> MaskSampling {
      MaskSampling(orders: true, connectivities: false, count: masks)
    }
    /// Other degrees at every step, in one order.
    public static func connectivityAgnostic(masks: Int? = nil) -> MaskSampling {
      MaskSampling(orders: false, connectivities: true, count: masks)
    }
    /// Both.
    public static func agnostic(masks: Int? = nil) -> MaskSampling {
      MaskSampling(orders: true, connectivities: true, count: masks)
    }

    var isFixed: Bool { !orders && !connectivities }
  }

  /// An order of the inputs and a degree for every hidden unit: a unit of degree m may look at the
  /// first m inputs of the order, and is looked at by inputs that come after these.
  ///
  /// A connection exists where it cannot carry an input to its own or an earlier conditional: from
  /// degree m to m′ ≥ m, from an input at place p to degree m > p, and from degree m to the
  /// conditional of place p ≥ m.
  struct Connectivity {
    let order: [Int]
    /// Of hidden units, layer by layer, each in 1 ..< inputs.
    let degrees: [Tensor]
    /// The place of each input in the order.
    let places: Tensor

    init(order: [Int], degrees: [Tensor]) {
      self.order = order
      self.degrees = degrees
      places = Tensor(order).sorted().indices
    }

    /// Degrees that are spread evenly: as many units for each.
    static func even(_ inputs: Int, _ hidden: [Int]) -> [Tensor] {
      hidden.map { units in
        Tensor((0..<units).map { 1 + $0 * max(inputs - 1, 1) / units })
      }
    }

    /// Degrees drawn uniformly from the least of the layer below (so that no unit is cut off) to
    /// inputs − 1.
    static func random(
      _ inputs: Int,
      _ hidden: [Int],
      using generator: RandomGenerator
    ) -> [Tensor] {
      var least = 1
      return hidden.map { units in
        let end = max(inputs, least + 1)
        let degrees = Tensor.randomIntegers(least..<end, [units], using: generator)
        least = degrees.minimum().scalar()
        return degrees
      }
    }

    /// Where there is a connection, `[outputs, inputs]` for every layer's weights.
    var connections: [Tensor] {
      let levels = [places + 1] + degrees
      var masks = zip(levels, levels.dropFirst()).map { below, above in
        above.insertingAxis(1) .>= below.insertingAxis(0)
      }
      masks.append(places.insertingAxis(1) .>= levels.last!.insertingAxis(0))
      return masks
    }

    /// Where a direct connection may run from input to output.
    var directConnections: Tensor { places.insertingAxis(1) .> places.insertingAxis(0) }
  }
}

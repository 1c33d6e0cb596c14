import StudentRuntime

extension StudentGraph {
  /// The numbers of a NADE, in the order in which it takes its inputs.
  public struct NADENumbers: Equatable, Sendable {
    /// Which input comes when.
    public var order: [Int]
    /// W and U, `[inputs, hidden]`; c, `[hidden]`; b, `[inputs]`.
    public var weights: [Float]
    public var outputWeights: [Float]
    public var hiddenBiases: [Float]
    public var visibleBiases: [Float]

    var inputs: Int { order.count }
    var hidden: Int { hiddenBiases.count }
    /// With units that do nothing, up to a multiple of what is computed at a time.
    var paddedHidden: Int {
      (hidden + StudentFormat.lanes - 1) / StudentFormat.lanes * StudentFormat.lanes
    }
  }

  /// What hidden units know before each input in an order: at position i
  /// f_i (c + Σ_{j<i} (x_j W_j + M_j)).
  public struct PrefixNumbers: Equatable, Sendable {
    /// Which input is at a position.
    public var order: [Int]
    /// W by position, `[inputs, hidden]`.
    public var weights: [Float]
    /// M, what an input adds by being known, `[inputs, hidden]`; empty for nothing.
    public var masks: [Float] = []
    /// c, `[hidden]`.
    public var biases: [Float]
    /// f, `[inputs]`.
    public var factors: [Float]

    var inputs: Int { order.count }
    var hidden: Int { biases.count }
  }

  /// Linear functions of each position's features, other ones at every position.
  public struct RowNumbers: Equatable, Sendable {
    /// Where in the result what a position gives is.
    public var order: [Int]
    /// `[positions, outputs, features]`.
    public var weights: [Float]
    /// `[positions, outputs]`.
    public var biases: [Float]

    var positions: Int { order.count }
    var outputs: Int { biases.count / order.count }
    var features: Int { weights.count / biases.count }
    /// The position of each place of the result.
    var places: [Int] { order.indices.sorted { order[$0] < order[$1] } }
  }
}

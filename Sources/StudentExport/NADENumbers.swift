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
}

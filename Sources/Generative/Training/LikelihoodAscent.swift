/// How a machine is trained: where the model's side of the likelihood's gradient comes from, and how
/// parameters move along it.
public struct LikelihoodAscent: Sendable {
  /// Where draws of the model come from.
  public enum Negative: Sendable, Equatable {
    /// Chains that begin at the data each time: contrastive divergence (Hinton 2002).
    case contrastiveDivergence(steps: Int)
    /// Chains that go on from update to update (Tieleman 2008).
    case persistent(chains: Int, steps: Int = 1)
    /// Chains that go on, at several temperatures that exchange states (Desjardins, Courville,
    /// Bengio, Vincent & Delalleau 2010). The inverse temperatures ascend to 1.
    case parallelTempering(chains: Int, inverseTemperatures: [Double], steps: Int = 1)

    /// Parallel tempering with evenly spaced inverse temperatures from 0 to 1.
    public static func parallelTempering(
      chains: Int,
      temperatures: Int,
      steps: Int = 1
    ) -> Negative {
      let betas = (0..<temperatures).map { Double($0) / Double(max(temperatures - 1, 1)) }
      return .parallelTempering(
        chains: chains,
        inverseTemperatures: temperatures == 1 ? [1] : betas,
        steps: steps
      )
    }
  }

  /// What units are measured from, so that the gradient does not depend on which of their two states
  /// is called 1 (Montavon & Müller 2012; Melchior, Fischer & Wiskott 2016).
  public enum Centering: String, Sendable, Codable, CaseIterable {
    /// From zero: the plain gradient.
    case none
    /// From their means over the data.
    case data
    /// From the mean of data and model: the enhanced gradient (Cho, Raiko & Ilin 2013).
    case dataAndModel
  }

  public var negative: Negative
  public var learningRate: Double
  public var momentum: Double
  /// Pulls weights, not biases, to zero.
  public var weightDecay: Double
  public var centering: Centering
  /// What part of the way the means that units are measured from move at each update.
  public var centeringRate: Double
  /// The learning rate of log σ of a ``GaussianRBM``; 0 leaves deviations as they are.
  public var deviationRate: Double

  /// - Parameters:
  ///   - learningRate: The default is Hinton's (2012) for binary data. Real data want a tenth.
  ///   - momentum: The default is Hinton's final one.
  ///   - weightDecay: The default is Hinton's.
  ///   - centering: The default costs nothing and learns better (Melchior et al. 2016).
  ///   - centeringRate: The default is that of Melchior et al.
  ///   - deviationRate: The default leaves deviations as they are. From the start on they would grow
  ///     to explain everything before weights do: set it once there are weights.
  public init(
    _ negative: Negative = .contrastiveDivergence(steps: 1),
    learningRate: Double = 0.05,
    momentum: Double = 0.9,
    weightDecay: Double = 2e-4,
    centering: Centering = .data,
    centeringRate: Double = 0.01,
    deviationRate: Double = 0
  ) {
    self.negative = negative
    self.learningRate = learningRate
    self.momentum = momentum
    self.weightDecay = weightDecay
    self.centering = centering
    self.centeringRate = centeringRate
    self.deviationRate = deviationRate
  }
}

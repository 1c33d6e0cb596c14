import Tensors

extension Loss {
  /// DIST: β (1 − mean_n ρ(f_n·, t_n·)) + γ (1 − mean_k ρ(f_·k, t_·k)), ρ Pearson's correlation of
  /// probabilities softened by a temperature T.
  ///
  /// The first part asks that an example's classes rank alike, the second that a class's examples
  /// of the batch do; it depends on the whole batch. Probabilities that do not vary correlate with
  /// nothing: ρ = 0, without gradient. No T², because correlation ignores scale: its gradient does
  /// not shrink as T grows. The authors' code has it: `temperature * temperature * …` is theirs.
  ///
  /// Huang et al., *Knowledge Distillation from A Stronger Teacher* (2022), with their defaults for
  /// ImageNet: β = γ = 1, T = 1, beside a cross entropy of weight 1.
  public static func pearsonCorrelation(
    betweenClasses beta: Double = 1,
    withinClasses gamma: Double = 1,
    temperature: Double = 1
  ) -> Loss {
    precondition(temperature > 0, "pearsonCorrelation: temperature \(temperature) is not positive")
    return Loss(
      "pearsonCorrelation",
      [("betweenClasses", beta), ("withinClasses", gamma), ("temperature", temperature)],
      needs: Needs(teacher: true)
    ) { comparison in
      let own = try comparison.student.probabilities(temperature: temperature)
      let target = try comparison.taught().probabilities(temperature: temperature)
      return (1 - correlation(own, target, along: 1).mean()) * beta
        + (1 - correlation(own, target, along: 0).mean()) * gamma
    }
  }

  /// Pearson's ρ along an axis; 0 where one side varies by no more than rounding.
  private static func correlation(_ a: Tensor, _ b: Tensor, along axis: Int) -> Tensor {
    func spread(_ x: Tensor) -> (centred: Tensor, deviation: Tensor, varies: Tensor) {
      let mean = x.mean(along: axis, keepingAxes: true)
      let centred = x - mean
      let deviation = centred.norm(along: axis)
      // Below rounding, or so small that the third power of 1/deviation in the derivative overflows.
      let (rounding, smallest) = x.elementType == .float64 ? (1e-30, 1e-200) : (1e-12, 1e-24)
      let (square, middle) = (deviation.detached.squared, mean.detached.removingAxis(axis))
      let size = square + middle.squared * Double(x.shape[axis])
      return (centred, deviation, square .> (size * rounding).clamped(min: smallest))
    }
    let (own, other) = (spread(a), spread(b))
    let vary = own.varies .& other.varies
    let product = own.deviation * other.deviation
    let divisor = product.onesLike.replacing(with: product, where: vary)
    let covariance = (own.centred * other.centred).sum(along: axis)
    return covariance / divisor * vary.cast(to: a.elementType)
  }
}

import Mathematics
import Tensors

extension Estimate {
  /// Of one value per example (any shape).
  public init(of values: Tensor) {
    guard values.count > 0 else {
      self.init()
      return
    }
    let values = values.cast(to: .float64)
    let mean = values.mean().doubleValue
    self.init(
      count: Double(values.count),
      mean: mean,
      squaredDeviations: (values - mean).squared.sum().doubleValue
    )
  }
}

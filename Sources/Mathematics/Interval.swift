/// Intervals.
package enum Interval {
  /// By Student's t; everything where nothing is known of the standard error.
  package static func studentT(
    _ center: Double,
    _ standardError: Double,
    degreesOfFreedom: Double,
    level: Double
  ) -> ClosedRange<Double> {
    precondition(level > 0 && level < 1, "interval(level: \(level)): needs a level in (0, 1)")
    guard degreesOfFreedom > 0, standardError.isFinite, center.isFinite else {
      return -.infinity ... .infinity
    }
    let t = StudentTFunctions(degreesOfFreedom: degreesOfFreedom).quantile(0.5 + level / 2)
    return center - t * standardError...center + t * standardError
  }
}

import Foundation

/// Nesterov's dual averaging of the logarithm of a step size towards a goal of acceptance.
///
/// Hoffman and Gelman, *The No-U-Turn sampler* (2014), section 3.2, with their γ = 0.05, t₀ = 10
/// and κ = 0.75.
struct DualAveraging: Codable, Sendable {
  private let centre: Double
  private var count = 0.0
  private var error = 0.0
  private var average = 0.0

  /// Starts from `stepSize`; steps ten times as long are tried first, because they are cheap.
  init(from stepSize: Double) { centre = log(10 * stepSize) }

  /// The step size to use next.
  mutating func update(acceptance: Double, goal: Double) -> Double {
    count += 1
    error += (goal - acceptance - error) / (count + 10)
    let logStep = centre - count.squareRoot() / 0.05 * error
    average += pow(count, -0.75) * (logStep - average)
    return exp(logStep)
  }

  /// The average over all updates: the step size to keep.
  var settled: Double { count == 0 ? exp(centre) / 10 : exp(average) }
}

import Foundation
import Mathematics

/// Whether a teacher predicts given labels better than someone who knows their frequencies alone.
package struct LabelCheck {
  package let teacher: (accuracy: Double, logProbability: Double)
  package let frequencies: (accuracy: Double, logProbability: Double)
  private let isWorse: Bool

  package init(_ predictions: ClassPredictions) {
    let labels = predictions.labels.scalars(Int.self)
    let count = Double(labels.count)
    let shares = Dictionary(labels.map { ($0, 1.0) }, uniquingKeysWith: +).values.map { $0 / count }
    let right = Estimate(of: predictions.correctness)
    let fit = Estimate(of: predictions.logProbability)
    teacher = (right.mean, fit.mean)
    frequencies = (shares.max() ?? 0, shares.sorted().reduce(0) { $0 + $1 * log($1) })
    // Two standard errors, so that a fair teacher of few examples is not suspected.
    func isBelow(_ estimate: Estimate, _ usual: Double) -> Bool {
      estimate.mean + 2 * (estimate.standardError.isNaN ? 0 : estimate.standardError) < usual
    }
    isWorse =
      isBelow(right, frequencies.accuracy) || isBelow(fit, frequencies.logProbability)
      || fit.mean.isNaN
  }

  /// What is suspicious, and why it may be; nil where nothing is.
  package var warning: String? {
    warning(
      advice:
        "the order of the classes (--classes), the scaling of the inputs (--normalize) and the "
        + "order of their columns"
    )
  }

  /// - Parameter advice: What to look at.
  package func warning(advice: String) -> String? {
    guard isWorse else { return nil }
    return String(
      format:
        "the teacher predicts these labels worse than their frequencies do: right on %.1f%% with a "
        + "mean log-probability of %.4g, where the frequencies give %.1f%% and %.4g; look at %@",
      100 * teacher.accuracy,
      teacher.logProbability,
      100 * frequencies.accuracy,
      frequencies.logProbability,
      advice
    )
  }
}

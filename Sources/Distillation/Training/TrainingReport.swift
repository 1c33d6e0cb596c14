/// Tells work how a training goes: its loss, smoothed, after every step, and now and then the learning
/// rate and the terms of the loss.
public struct TrainingReport {
  private let work: Work
  private let before: Int?
  private var smoothed: Double?
  private var nextLook = 0

  /// About how often the learning rate is told.
  private static let looks = 200

  /// - Parameters:
  ///   - before: The steps that came before in work whose progress is shown as a whole; nil for a
  ///     training with a progress of its own.
  public init(to work: Work, partOf before: Int? = nil) {
    (self.work, self.before) = (work, before)
  }

  /// What the curves of a loss's terms are called: what each adds to the loss, and how long its
  /// gradient is, of the lengths of all together.
  public static let (term, share) = ("term/", "share of the gradient/")

  /// Takes a step, the first of a run too, which says where an earlier run left off.
  public mutating func take(_ step: TrainingProgress) {
    if smoothed == nil, before == nil { work.resume(after: step.step - 1) }
    smoothed = smoothed.map { $0 + 0.01 * (step.loss - $0) } ?? step.loss
    work.update((before ?? 0) + step.step, loss: smoothed)
    guard before == nil, step.step >= nextLook || !step.terms.isEmpty else { return }
    var values: [String: Double] = [:]
    if step.step >= nextLook {
      nextLook = step.step + max(1, (step.stepCount ?? 20_000) / Self.looks)
      values["learning rate"] = step.learningRate
    }
    let length = step.terms.reduce(0) { $0 + $1.gradientNorm }
    for term in step.terms {
      values[Self.term + term.term] = term.value
      if length > 0 { values[Self.share + term.term] = term.gradientNorm / length }
    }
    if !values.isEmpty { work.measure(at: step.step, values) }
  }
}

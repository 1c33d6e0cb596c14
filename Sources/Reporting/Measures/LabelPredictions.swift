import Foundation
import Mathematics
import Tensors

/// What a model says about labels that do not exclude each other, and how good it is.
///
/// ```swift
/// let student = LabelPredictions(logits: observed, labels: test.targets)
/// print(Estimate(of: student.macroF1))           // 0.7412 ± 0.0081
/// print(Estimate(of: student.averagePrecision))  // 0.8033 ± 0.0074
/// ```
///
/// Every measure is one number for each of some units, whose mean is the measure and whose spread is its
/// uncertainty, so that two models can be compared unit by unit: units are examples, or groups of them
/// where no example has a share of its own.
public struct LabelPredictions {
  /// `[examples, labels]`, `float64`: log p − log(1 − p).
  public let logits: Tensor
  /// `[examples, labels]`, `float64`, 1 where the label belongs to the example; nil where nobody knows.
  public let labels: Tensor?

  /// - Parameters:
  ///   - logits: `[examples, labels]`.
  ///   - labels: Of the same shape, 0 and 1.
  public init(logits: Tensor, labels: Tensor?) {
    precondition(
      logits.rank == 2 && (labels == nil || labels?.shape == logits.shape),
      "LabelPredictions: logits \(logits.shape) and labels \(labels?.shape ?? []) do not fit"
    )
    self.logits = logits.moved(to: .cpu).cast(to: .float64)
    self.labels = labels?.moved(to: .cpu).cast(to: .float64)
  }

  public var count: Int { logits.shape[0] }
  public var labelCount: Int { logits.shape[1] }

  /// 1 where a label is held more probable than not, `[examples, labels]`.
  public var decisions: Tensor { (logits .> 0).cast(to: .float64) }

  /// Σ_k log P(label k as it is) / labels, in nats (`[examples]`).
  public var logProbability: Tensor? {
    labels.map { ($0 * logits.logSigmoid + (1 - $0) * (-logits).logSigmoid).mean(along: 1) }
  }

  /// F1 of all labels and examples together: 2 hits / (found + there), with its error to first order
  /// (`[examples]`).
  public var microF1: Tensor? {
    labels.map { labels in
      Self.ratio(
        2 * (decisions * labels).sum(along: 1, keepingAxes: true),
        (decisions + labels).sum(along: 1, keepingAxes: true)
      )
    }
  }

  /// The mean over the labels of the F1 of each, but those that are neither found nor there, with its
  /// error to first order (`[examples]`).
  public var macroF1: Tensor? {
    labels.map { Self.ratio(2 * decisions * $0, decisions + $0) }
  }

  /// The F1 of each label; NaN of those that are neither found nor there.
  public var f1ByLabel: [Double]? {
    labels.map { labels in
      let (hits, all) = ((decisions * labels).sum(along: 0), (decisions + labels).sum(along: 0))
      return (2 * hits / all).scalars(Double.self)
    }
  }

  /// Σ n / Σ d, the mean over the columns with any d: of each example that mean and its own share of the
  /// ratio's error.
  private static func ratio(_ above: Tensor, _ below: Tensor) -> Tensor {
    let whole = below.sum(along: 0, keepingAxes: true)
    let isThere = (whole .> 0).cast(to: .float64)
    let safe = whole + (1 - isThere)
    let ratio = above.sum(along: 0, keepingAxes: true) / safe
    let columns = isThere.sum().doubleValue
    let share = (above - ratio * below) / (safe / Double(below.shape[0]))
    return ((ratio + share) * isThere).sum(along: 1) / columns
  }

  /// How many groups of examples average precision is measured without, one at a time.
  private static let groups = 40

  /// The mean over the labels of average precision, Σ_n (recall_n − recall_n−1) precision_n over all
  /// thresholds, of labels that are there at all: by the delete-a-group jackknife (Kott 2001), moved so
  /// that its mean is that of all examples (`[groups]`, at most 40).
  public var averagePrecision: Tensor? {
    guard let labels, count > 1 else { return nil }
    let groups = min(Self.groups, count)
    let (scores, truths) = (
      logits.transposed().contiguous.scalars(Double.self),
      labels.transposed().contiguous.scalars(Double.self)
    )
    var sums = [Double](repeating: 0, count: groups + 1)
    var counts = sums
    for label in 0..<labelCount {
      let own = scores[label * count..<(label + 1) * count]
      let order = own.indices.sorted { own[$0] > own[$1] }
      for left in 0...groups {
        let value = Self.averagePrecision(order, own, truths) {
          left < groups && ($0 - label * count) % groups == left
        }
        guard let value else { continue }
        sums[left] += value
        counts[left] += 1
      }
    }
    let means = zip(sums, counts).map { $0 / $1 }
    let whole = means[groups]
    let parts = Tensor(means.dropLast().map { Double(groups) * whole - Double(groups - 1) * $0 })
    return parts - parts.mean() + whole
  }

  /// Of one label.
  ///
  /// - Parameters:
  ///   - order: The places of its examples, the highest score first; equal ones count as one threshold.
  ///   - isLeftOut: Whether an example is left out.
  private static func averagePrecision(
    _ order: [Int],
    _ scores: ArraySlice<Double>,
    _ truths: [Double],
    without isLeftOut: (Int) -> Bool
  ) -> Double? {
    var (found, right, sum, new) = (0.0, 0.0, 0.0, 0.0)
    var index = 0
    while index < order.count {
      let score = scores[order[index]]
      new = 0
      while index < order.count, scores[order[index]] == score {
        if !isLeftOut(order[index]) {
          found += 1
          new += truths[order[index]]
        }
        index += 1
      }
      right += new
      if new > 0 { sum += new * right / found }
    }
    return right > 0 ? sum / right : nil
  }

  /// The share of labels that both decide alike (`[examples]`).
  public func agreement(with teacher: LabelPredictions) -> Tensor {
    alike(teacher).mean(along: 1)
  }

  /// The same of each label.
  public func agreementByLabel(with teacher: LabelPredictions) -> [Estimate] {
    let alike = alike(teacher)
    return (0..<labelCount).map { Estimate(of: alike.selecting($0, along: 1)) }
  }

  private func alike(_ teacher: LabelPredictions) -> Tensor {
    requireSame(teacher, "agreement")
    return (decisions .== teacher.decisions).cast(to: .float64)
  }

  /// Σ_k KL(teacher's ‖ own) of each label by itself, in nats, smaller is better (`[examples]`).
  public func divergence(from teacher: LabelPredictions) -> Tensor {
    requireSame(teacher, "divergence")
    let p = teacher.logits.sigmoid
    let yes = p * (teacher.logits.logSigmoid - logits.logSigmoid)
    let no = (1 - p) * ((-teacher.logits).logSigmoid - (-logits).logSigmoid)
    return (yes + no).sum(along: 1)
  }

  private func requireSame(_ other: LabelPredictions, _ name: String) {
    precondition(
      logits.shape == other.logits.shape,
      "\(name) of predictions \(logits.shape) and \(other.logits.shape)"
    )
  }
}

import Foundation
import Networks
import Tensors

/// What happened in a training run.
public struct TrainingRecord: Sendable {
  /// Why a run ended.
  public enum Ending: String, Sendable {
    /// The inputs ended.
    case finished
    /// It was stopped by ``Continuation/stop``.
    case stopped
  }

  /// Steps made, those before an interruption included.
  public var steps = 0
  /// How the loss went.
  public var losses = LossHistory()
  /// Time spent training, that before an interruption included.
  public var seconds = 0.0
  /// How long the gradients of the loss's terms were at the first step; empty for a single term.
  public var gradientNorms: [TermGradient] = []
  /// What the loss put in between student and teacher, such as projectors, a sentence each.
  public var notes: [String] = []
  /// What made the steps, such as `differentiation` or `perceptron kernel`; empty where none was made.
  public var engine = ""
  public var ending = Ending.finished

  public init() {}

  /// The gradients of the terms relative to the first one's, such as
  /// "softCrossEntropy : 0.1 * derivativeSquaredError = 1 : 0.26"; nil for a single term.
  public var gradientRatio: String? {
    guard let first = gradientNorms.first?.norm, gradientNorms.count > 1 else { return nil }
    return gradientNorms.map(\.term).joined(separator: " : ") + " = "
      + gradientNorms.map { String(format: "%.3g", $0.norm / first) }.joined(separator: " : ")
  }
}

/// The losses of a run of any length in at most 1,024 numbers: means of blocks of steps, whose
/// length doubles when there are too many.
public struct LossHistory: Sendable, Equatable {
  static let capacity = 1_024

  /// The steps in a block.
  public package(set) var stride = 1
  /// The mean loss of each full block.
  public package(set) var means: [Double] = []
  package var pendingSum = 0.0
  package var pendingCount = 0

  public init() {}

  /// The mean loss of the latest steps: of the last sixteenth of the run, at least one block.
  public var latest: Double? {
    guard !means.isEmpty else { return pendingCount > 0 ? pendingSum / Double(pendingCount) : nil }
    let last = means.suffix(max(1, means.count / 16))
    return last.reduce(0, +) / Double(last.count)
  }

  package mutating func append(_ loss: Double) {
    pendingSum += loss
    pendingCount += 1
    guard pendingCount == stride else { return }
    means.append(pendingSum / Double(stride))
    (pendingSum, pendingCount) = (0, 0)
    guard means.count == Self.capacity else { return }
    means = (0..<means.count / 2).map { pair -> Double in
      let sum: Double = means[2 * pair] + means[2 * pair + 1]
      return sum / 2
    }
    stride *= 2
  }
}

/// How far a run is.
public struct TrainingProgress: Sendable {
  /// Steps made, and all there are when that is known.
  public let step: Int
  public let stepCount: Int?
  /// The loss of the latest step.
  public let loss: Double
  /// Time spent, that before an interruption included.
  public let seconds: Double
  /// Steps made for each second since this program took the run up.
  public let stepsPerSecond: Double
  /// That of the latest step.
  public let learningRate: Double
  /// The terms of the loss one by one, where they were looked at at this step.
  public let terms: [TermSample]

  package init(
    step: Int,
    stepCount: Int?,
    loss: Double,
    seconds: Double,
    stepsPerSecond: Double,
    learningRate: Double = 0,
    terms: [TermSample] = []
  ) {
    self.step = step
    self.stepCount = stepCount
    self.loss = loss
    self.seconds = seconds
    self.stepsPerSecond = stepsPerSecond
    (self.learningRate, self.terms) = (learningRate, terms)
  }

  /// The time left at this rate, when the number of steps is known.
  public var secondsLeft: Double? {
    stepCount.map { Double($0 - step) / max(stepsPerSecond, .leastNormalMagnitude) }
  }
}

/// Whether a run goes on.
public enum Continuation: Sendable {
  case proceed
  /// Ends the run after this step; a checkpoint is written if there is a policy.
  case stop
}

/// What checkpoints keep of a record, besides the losses' means.
extension TrainingRecord {
  package var saved: [String: String] {
    [
      "seconds": "\(seconds)", "lossStride": "\(losses.stride)",
      "lossPendingSum": "\(losses.pendingSum)", "lossPendingCount": "\(losses.pendingCount)",
    ]
  }

  /// The record in a checkpoint; nil where its numbers do not fit together.
  package init?(_ tensors: [String: Tensor], _ metadata: [String: String]) {
    self.init()
    let stride = metadata["lossStride"].map(\.savedCount) ?? 1
    let pending = metadata["lossPendingCount"].map(\.savedCount) ?? 0
    let seconds = metadata["seconds"].map { Double($0) } ?? 0
    guard let steps = metadata["step"]?.savedCount, let stride, stride.nonzeroBitCount == 1,
      let pending, pending < stride, let seconds, (0...1e12).contains(seconds)
    else { return nil }
    if let means = tensors["losses"] {
      guard means.rank == 1, means.count < LossHistory.capacity else { return nil }
      losses.means = means.cast(to: .float64).scalars()
    }
    self.steps = steps
    self.seconds = seconds
    losses.stride = stride
    losses.pendingSum = metadata["lossPendingSum"].flatMap { Double($0) } ?? 0
    losses.pendingCount = pending
  }
}

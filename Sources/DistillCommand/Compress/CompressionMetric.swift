import Distill
import Foundation

/// A line of the metrics: the loss at a step, and at the last one the seconds that all took.
struct CompressionMetric: Codable {
  let network: String
  let step: Int
  let loss: Double
  var seconds: Double?

  /// The loss on the way, in at most 200 lines, and what the training took.
  static func all(of role: CompressionRole, _ record: TrainingRecord) -> [CompressionMetric] {
    let means = record.losses.means
    let every = max(1, means.count / 100)
    let points = stride(from: every - 1, to: means.count, by: every).map { index in
      CompressionMetric(
        network: role.rawValue,
        step: (index + 1) * record.losses.stride,
        loss: means[index]
      )
    }
    return points + [
      CompressionMetric(
        network: role.rawValue,
        step: record.steps,
        loss: record.losses.latest ?? .nan,
        seconds: record.seconds
      )
    ]
  }
}

/// A line of the metrics: a look at the validation examples.
struct ValidationMetric: Codable, Equatable {
  let network: String
  let step: Int
  /// See ``ValidationLook/loss``.
  let validation: Double
  let divergence: Double?
  let crossEntropy: Double?

  init(_ role: CompressionRole, _ look: ValidationLook) {
    (network, step, validation) = (role.rawValue, look.step, look.loss)
    (divergence, crossEntropy) = (look.divergence, look.crossEntropy)
  }
}

/// A line of the metrics: what was remarkable about a training.
struct TrainingRemark: Codable, Equatable {
  let network: String
  let remark: String
}

extension RunFolder {
  /// Deletes a checkpoint, and the best network beside it, when both are no longer needed.
  func removeCheckpoint(_ name: String) {
    remove(name)
    remove(ValidationWatch.file(beside: file(name)).lastPathComponent)
  }

  /// The lines of the metrics that are of a kind.
  func metrics<Metric: Decodable>(_ type: Metric.Type) throws -> [Metric] {
    guard contains(Self.metrics) else { return [] }
    let text = try String(contentsOf: file(Self.metrics), encoding: .utf8)
    return text.split(separator: "\n").compactMap {
      try? JSONDecoder().decode(type, from: Data($0.utf8))
    }
  }
}

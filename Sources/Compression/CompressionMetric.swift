import Distillation
import Exchange
import Foundation
import Tensors

extension TrainingMetric {
  /// The loss on the way, in at most 200 lines, and what the training took.
  package static func all(of role: CompressionRole, _ record: TrainingRecord) -> [TrainingMetric] {
    let means = record.losses.means
    let every = max(1, means.count / 100)
    let points = stride(from: every - 1, to: means.count, by: every).map { index in
      TrainingMetric(
        network: role.rawValue,
        step: (index + 1) * record.losses.stride,
        loss: means[index]
      )
    }
    return points + [
      TrainingMetric(
        network: role.rawValue,
        step: record.steps,
        loss: record.losses.latest ?? .nan,
        seconds: record.seconds
      )
    ]
  }
}

/// A line of the metrics: a look at the validation examples.
package struct ValidationMetric: Codable, Equatable {
  package let network: String
  package let step: Int
  /// See ``ValidationLook/loss``.
  package let validation: Double
  package let divergence: Double?
  package let crossEntropy: Double?
  package let agreement: Double?
  package let distance: Double?

  package init(_ role: CompressionRole, _ look: ValidationLook) {
    (network, step, validation) = (role.rawValue, look.step, look.loss)
    (divergence, crossEntropy) = (look.divergence, look.crossEntropy)
    (agreement, distance) = (look.agreement, look.distance)
  }
}

/// A line of the metrics: what was remarkable about a training.
package struct TrainingRemark: Codable, Equatable {
  package let network: String
  package let remark: String

  package init(
    network: String,
    remark: String
  ) {
    self.network = network
    self.remark = remark
  }
}

extension RunFolder {
  /// Deletes a checkpoint, and the best network beside it, when both are no longer needed.
  package func removeCheckpoint(_ name: String) {
    remove(name)
    remove(ValidationWatch.file(beside: file(name)).lastPathComponent)
  }

  /// The lines of the metrics that are of a kind.
  package func metrics<Metric: Decodable>(_ type: Metric.Type) throws -> [Metric] {
    guard contains(Self.metrics) else { return [] }
    let data = try RegularFile.data(file(Self.metrics))
    return data.split(separator: UInt8(ascii: "\n")).compactMap {
      try? JSONDecoder.ofAllNumbers.decode(type, from: Data($0))
    }
  }
}

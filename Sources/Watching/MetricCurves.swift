import Distill
import Foundation
import Runs

/// The curves of a run that wrote none for TensorBoard, out of its metrics.
enum MetricCurves {
  /// A line of the metrics that says something of a step.
  private struct Line: Decodable {
    let network: String
    let step: Int
    let loss: Double?
    let divergence: Double?
    let crossEntropy: Double?
    let agreement: Double?

    /// Its numbers by the tags of curves.
    var values: [(tag: String, value: Double?)] {
      [
        ("loss", loss), ("validation/KL from the teacher", divergence),
        ("validation/cross entropy of the labels", crossEntropy),
        ("validation/agreement with the teacher", agreement),
      ]
    }
  }

  static func read(in folder: URL) -> RunCharts.Curves {
    let file = folder.appendingPathComponent(RunFolder.metrics)
    guard let data = try? RegularFile.data(file, atMost: 1 << 26) else { return [] }
    var networks: [String: [String: [EventReader.Point]]] = [:]
    for line in data.split(separator: UInt8(ascii: "\n")) {
      guard let line = try? JSONDecoder.ofAllNumbers.decode(Line.self, from: Data(line)) else {
        continue
      }
      for case (let tag, let value?) in line.values {
        networks[String(line.network.prefix(200)), default: [:]][tag, default: []]
          .append(EventReader.Point(step: line.step, value: value))
      }
    }
    return networks.sorted { $0.key < $1.key }.map { name, curves in
      (name, curves.mapValues { $0.sorted { $0.step < $1.step } })
    }
  }
}

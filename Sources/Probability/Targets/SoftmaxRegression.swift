import Foundation
import Mathematics

/// The posterior of Bayesian softmax regression: `Σ_n log softmax(W x_n)[y_n] + log prior(W)`.
///
/// A point holds W row by row, `[classes, features]` flat. All rows are free; the prior makes the
/// posterior proper.
public struct SoftmaxRegression: DifferentiableDistribution {
  public let classes: Int
  public let features: Int
  public let prior: GaussianPrior
  private let inputs: [[Double]]
  private let labels: [Int]

  public var dimension: Int { classes * features }

  /// - Parameters:
  ///   - inputs: One row an observation, `[count][features]`.
  ///   - labels: Classes from 0, `[count]`.
  ///   - classes: How many there are.
  ///   - priorStandardDeviation: Of every weight, around zero.
  /// - Throws: ``ProbabilityError/invalidData(_:)`` when the numbers do not fit together.
  public init(
    inputs: [[Double]],
    labels: [Int],
    classes: Int,
    priorStandardDeviation: Double
  ) throws {
    features = inputs.first?.count ?? 0
    try requireRows(inputs, outcomes: labels.count, dimension: features)
    if let n = labels.firstIndex(where: { !(0..<classes).contains($0) }) {
      throw ProbabilityError.invalidData(
        "Label \(n) is \(labels[n]); it must be from 0 to \(classes - 1)."
      )
    }
    self.classes = classes
    self.inputs = inputs
    self.labels = labels
    prior = GaussianPrior(
      dimension: classes * features,
      standardDeviation: priorStandardDeviation
    )
  }

  public func logDensity(at point: [Double]) -> Double {
    var gradient = point
    return logDensity(at: point, gradient: &gradient)
  }

  public func logDensity(at point: [Double], gradient: inout [Double]) -> Double {
    for i in gradient.indices { gradient[i] = 0 }
    var logits = [Double](repeating: 0, count: classes)
    var value = 0.0
    for (x, label) in zip(inputs, labels) {
      for c in 0..<classes {
        var sum = 0.0
        for j in 0..<features { sum += point[c * features + j] * x[j] }
        logits[c] = sum
      }
      let total = logSumExp(logits)
      value += logits[label] - total
      for c in 0..<classes {
        let slope = (c == label ? 1 : 0) - exp(logits[c] - total)
        for j in 0..<features { gradient[c * features + j] += slope * x[j] }
      }
    }
    return value
      + gradient.withUnsafeMutableBufferPointer { gradient in
        point.withUnsafeBufferPointer {
          prior.logDensity(at: $0.baseAddress!, addingGradientTo: gradient.baseAddress!)
        }
      }
  }

  public func curvature(at point: [Double]) -> [Double] {
    let n = dimension
    var result = prior.precision
    var logits = [Double](repeating: 0, count: classes)
    for x in inputs {
      for c in 0..<classes {
        logits[c] = (0..<features).reduce(0) { $0 + point[c * features + $1] * x[$1] }
      }
      let total = logSumExp(logits)
      let p = logits.map { exp($0 - total) }
      for c in 0..<classes {
        for d in 0..<classes {
          let weight = p[c] * ((c == d ? 1 : 0) - p[d])
          for i in 0..<features {
            let row = (c * features + i) * n + d * features
            for j in 0..<features { result[row + j] += weight * x[i] * x[j] }
          }
        }
      }
    }
    return result
  }
}

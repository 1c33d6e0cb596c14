import Foundation
import Probability

/// Coordinates in which values have mean 0 and deviation 1, each on its own: x = (y − centre) / scale.
///
/// Sums of squares in it keep their digits, and do not overflow, wherever the values lie.
struct StandardFrame: Sendable, Codable, Hashable {
  /// `[dimension]`.
  let centres: [Double]
  /// `[dimension]`, positive.
  let scales: [Double]

  /// The frame that changes nothing.
  init(dimension: Int) {
    centres = [Double](repeating: 0, count: dimension)
    scales = [Double](repeating: 1, count: dimension)
  }

  /// Of values `[count][dimension]`. Where they are all alike, or differ by rounding alone, the
  /// scale is a millionth of their size.
  ///
  /// - Throws: ``PredictiveError`` when there are no values, they are not finite or of several
  ///   lengths, or their variance is no number in double precision.
  init(of values: [[Double]]) throws {
    guard let n = values.first?.count, n > 0 else {
      throw PredictiveError("there are no values to fit a mixture to")
    }
    if let wrong = values.firstIndex(where: { $0.count != n || !$0.allSatisfy(\.isFinite) }) {
      throw PredictiveError("value \(wrong) is not \(n) finite numbers as the first one is")
    }
    let share = 1 / Double(values.count)
    var (centres, scales) = ([Double](), [Double]())
    for i in 0..<n {
      let first = values.reduce(0) { $0 + $1[i] * share }
      // Once more, so that the centre of equal values is their own.
      let centre = first + values.reduce(0) { $0 + ($1[i] - first) * share }
      let reach = values.reduce(0) { max($0, abs($1[i] - centre)) }
      let rounding = 4 * abs(centre).ulp
      var scale = 1e-6 * (centre == 0 ? 1 : abs(centre))
      if reach > rounding {
        let squares = values.reduce(0) {
          let part = ($1[i] - centre) / reach
          return $0 + part * part
        }
        scale = reach * (squares * share).squareRoot()
      }
      guard abs(centre) < 1e75, Self.range.contains(scale) else {
        throw PredictiveError(
          "number \(i) of the values lies around \(centre) with a deviation of \(scale): beyond what "
            + "a density in double precision can hold, so measure it in another unit"
        )
      }
      centres.append(centre)
      scales.append(scale)
    }
    (self.centres, self.scales) = (centres, scales)
  }

  /// Of the values that a mixture expects.
  init(of mixture: GaussianMixture) {
    let n = mixture.dimension
    let centres = mixture.mean
    var scales: [Double] = []
    for i in 0..<n {
      let reaches = mixture.means.indices.map {
        hypot(mixture.means[$0][i] - centres[i], mixture.covariances[$0][i * n + i].squareRoot())
      }
      let most = reaches.max()!
      let squares = zip(mixture.weights, reaches).reduce(0) {
        $0 + $1.0 * ($1.1 / most) * ($1.1 / most)
      }
      scales.append(most * squares.squareRoot())
    }
    (self.centres, self.scales) = (centres, scales)
  }

  /// Deviations whose squares a mixture takes as variances.
  private static let range = 1e-70...1e37

  /// x, `[dimension]`, of y.
  func standard(_ value: [Double]) -> [Double] {
    value.indices.map { (value[$0] - centres[$0]) / scales[$0] }
  }

  /// y, `[dimension]`, of x.
  func original(_ value: [Double]) -> [Double] {
    value.indices.map { centres[$0] + scales[$0] * value[$0] }
  }

  /// Covariances of y of those of x, row-major.
  func original(covariance: [Double]) -> [Double] {
    let n = scales.count
    return covariance.indices.map { covariance[$0] * scales[$0 / n] * scales[$0 % n] }
  }

  /// Covariances of x of those of y, row-major.
  func standard(covariance: [Double]) -> [Double] {
    let n = scales.count
    return covariance.indices.map { covariance[$0] / scales[$0 / n] / scales[$0 % n] }
  }
}

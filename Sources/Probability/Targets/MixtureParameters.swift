import Foundation
import Mathematics

/// What is unknown about a one-dimensional Gaussian mixture, and how the numbers of a draw say it:
/// the means μ; then, if weights are unknown, log(w_k / w_K) for all but the last component; then, if
/// variances are unknown, log v_k.
///
/// Every draw is a valid mixture: nothing is bounded.
public struct MixtureParameters: Codable, Hashable, Sendable {
  /// One mixture.
  public struct Values: Hashable, Sendable {
    /// Adding to one.
    public var weights: [Double]
    public var means: [Double]
    public var variances: [Double]
  }

  public let components: Int
  /// The weights, adding to one, if they are known.
  public let weights: [Double]?
  /// The variances, if they are known.
  public let variances: [Double]?

  /// The numbers of a draw.
  public var dimension: Int {
    components + (weights == nil ? components - 1 : 0) + (variances == nil ? components : 0)
  }

  var firstLogRatio: Int { components }
  var firstLogVariance: Int { components + (weights == nil ? components - 1 : 0) }

  /// - Parameters:
  ///   - weights: Known weights, in any scale; nil when they are unknown.
  ///   - variances: Known variances; nil when they are unknown.
  public init(components: Int, weights: [Double]? = nil, variances: [Double]? = nil) {
    precondition(
      components > 0 && (weights ?? variances ?? []).allSatisfy { $0 > 0 && $0.isFinite }
        && (weights?.count ?? components) == components
        && (variances?.count ?? components) == components
        && (variances ?? []).allSatisfy { $0 > 0 && $0.isFinite },
      "MixtureParameters: needs one positive weight and variance for each of \(components) components"
    )
    self.components = components
    let total = weights?.reduce(0, +) ?? 1
    self.weights = weights.map { $0.map { $0 / total } }
    self.variances = variances
  }

  /// The mixture that a draw `[dimension]` stands for.
  public func values(of draw: [Double]) -> Values {
    precondition(
      draw.count == dimension,
      "MixtureParameters.values: a draw of \(draw.count) numbers for \(dimension)"
    )
    return draw.withUnsafeBufferPointer { values(of: $0.baseAddress!) }
  }

  /// The mixture that the numbers from `draw` on stand for.
  public func values(of draw: UnsafePointer<Double>) -> Values {
    Values(
      weights: weights ?? Self.softmax((0..<components).map { logRatio($0, draw) }),
      means: (0..<components).map { draw[$0] },
      variances: variances ?? (0..<components).map { exp(draw[firstLogVariance + $0]) }
    )
  }

  /// The draw that stands for a mixture; of it only what is unknown is looked at.
  public func draw(of values: Values) -> [Double] {
    var draw = values.means
    if weights == nil { draw += values.weights.dropLast().map { log($0 / values.weights.last!) } }
    if variances == nil { draw += values.variances.map { log($0) } }
    return draw
  }

  private func logRatio(_ k: Int, _ draw: UnsafePointer<Double>) -> Double {
    k == components - 1 ? 0 : draw[firstLogRatio + k]
  }

  private static func softmax(_ logits: [Double]) -> [Double] {
    let total = logSumExp(logits)
    return logits.map { exp($0 - total) }
  }
}

import Foundation
import Tensors

/// What samples of both sides say about log Z and the divergences, without any weights' tails:
/// E_q[log p̃ − log q] = log Z − KL(q‖p) ≤ log Z ≤ log Z + KL(p‖q) = E_p[log p̃ − log q].
public struct VariationalBounds: Sendable, Codable {
  /// E_q[log p̃ − log q] and its standard error.
  public let lower: Double
  public let lowerError: Double
  /// E_p[log p̃ − log q] and its standard error.
  public let upper: Double
  public let upperError: Double
  /// Why ``upper`` may be none: the chains may be no draws of p. Nil where nothing speaks against it.
  public let doubt: String?

  /// - Parameters:
  ///   - proposals: log p̃ − log q at samples of q.
  ///   - chains: The same at draws of the model, `[chains][draws]`.
  init(proposals: [Double], chains: [[Double]], doubting doubt: String?) {
    func mean(_ x: [Double]) -> Double { x.reduce(0, +) / Double(x.count) }
    func error(_ chains: [[Double]]) -> Double {
      let all = chains.flatMap { $0 }
      return (LogPartition.variance(all) * LogPartition.factor(chains) / Double(all.count))
        .squareRoot()
    }
    (lower, lowerError) = (mean(proposals), error(proposals.map { [$0] }))
    (upper, upperError) = (mean(chains.flatMap { $0 }), error(chains))
    self.doubt = doubt
  }

  /// KL(p‖q) and KL(q‖p) for a value of log Z.
  public func divergences(logZ: Double) -> (ofStudent: Double, ofTeacher: Double) {
    (upper - logZ, logZ - lower)
  }
}

extension ChainModel {
  /// Bounds of log Z by a proposal, each from `samples` samples.
  public func variationalBounds(
    using proposal: some ProposalModel,
    samples: Int = 10_000,
    drawing plan: ChainPlan = .init(),
    seed: UInt64
  ) throws -> VariationalBounds {
    try ratioSamples(to: proposal, samples: samples, drawing: plan, seed: seed).bounds
  }
}

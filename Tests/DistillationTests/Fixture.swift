import Foundation
import Networks
import Tensors
import Testing

@testable import Distillation

/// Reference numbers made by `Tools/reference/losses.py`.
struct Fixture: Decodable, Sendable {
  struct Reference: Decodable, Sendable {
    let value: Double
    let gradient: [Double]
  }

  struct Mixture: Decodable, Sendable {
    let values: [[Double]]
    let derivatives: [[[Double]]]
  }

  /// Networks of several classes, or of a single logit.
  struct Case: Decodable, Sendable {
    let widths: [Int]
    let student: [[Double]]
    let members: [[[Double]]]
    let inputs: [[Double]]
    let labels: [Int]
    let directions: [[[Double]]]
    let losses: [String: Reference]
    let ensembles: [String: Mixture]
  }

  let classes: Case
  let binary: Case

  static let shared: Fixture = {
    let url = Bundle.module.url(forResource: "Fixtures/losses", withExtension: "json")!
    return try! JSONDecoder().decode(Fixture.self, from: Data(contentsOf: url))
  }()
}

extension Fixture.Case {
  func network(_ weights: [[Double]]) -> MLP {
    let network = tanhNetwork(widths, seed: 0)
    for (parameter, values) in zip(network.parameters, weights) {
      parameter.replace(with: Tensor(values, shape: parameter.shape))
    }
    return network
  }

  var studentNetwork: MLP { network(student) }
  var memberNetworks: [MLP] { members.map(network) }
  var batch: Batch { Batch(Tensor(inputs), labels: Tensor(labels)) }
  var directionTensor: Tensor { tensor(directions) }
}

/// A network that is smooth, so that finite differences converge.
func tanhNetwork(_ widths: [Int], seed: UInt64) -> MLP {
  MLP(widths, activation: .tanh, .float64, using: RandomGenerator(seed: seed))
}

func tensor(_ rows: [[[Double]]]) -> Tensor {
  Tensor(
    rows.flatMap { $0.flatMap { $0 } },
    shape: [rows.count, rows[0].count, rows[0][0].count]
  )
}

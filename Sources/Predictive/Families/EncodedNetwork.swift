import Networks
import Tensors

/// A perceptron as plain numbers, for JSON.
struct EncodedNetwork: Codable {
  let widths: [Int]
  let activation: Activation
  /// `[layers][outputs × inputs]`, row-major.
  let weights: [[Double]]
  /// `[layers][outputs]`.
  let biases: [[Double]]

  init(_ network: MLP) {
    widths = network.widths
    activation = network.activation
    weights = network.layers.map { $0.weight.value.scalars() }
    biases = network.layers.map { $0.bias?.value.scalars() ?? [] }
  }

  /// The network in Float64, which holds every number exactly.
  ///
  /// - Throws: ``PredictiveError`` when the numbers do not fit the widths.
  func network() throws -> MLP {
    let layers = zip(widths, widths.dropFirst()).map { (inputs: $0, outputs: $1) }
    guard widths.count >= 2, widths.allSatisfy({ $0 > 0 && $0 < 1 << 20 }),
      weights.map(\.count) == layers.map({ $0.inputs * $0.outputs }),
      biases.map(\.count) == layers.map(\.outputs),
      (weights + biases).allSatisfy(\.areModerate)
    else {
      throw PredictiveError(
        "the network's weights and biases do not fit its widths \(widths): the file is damaged"
      )
    }
    let network = MLP(
      widths,
      activation: activation,
      .float64,
      using: RandomGenerator(seed: 0)
    )
    for (index, layer) in network.layers.enumerated() {
      layer.weight.replace(with: Tensor(weights[index], shape: layer.weight.shape))
      layer.bias?.replace(with: Tensor(biases[index]))
    }
    return network
  }
}

private enum CodingKeys: CodingKey {
  case family, components, outcome, network, formula
}

extension MixtureDensityNetwork: Codable {
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode("mixture density network", forKey: .family)
    try container.encode(components, forKey: .components)
    try container.encode(outcome, forKey: .outcome)
    try container.encode(EncodedNetwork(body), forKey: .network)
    try container.encode(description, forKey: .formula)
  }

  /// - Throws: `DecodingError`, or ``PredictiveError`` when the numbers do not fit together.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    body = try container.decode(EncodedNetwork.self, forKey: .network).network()
    components = try container.decode(Int.self, forKey: .components)
    // Earlier versions had numbers only.
    outcome =
      try container.decodeIfPresent(MixtureOfRegressions.Outcome.self, forKey: .outcome) ?? .normal
    try container.require(
      components > 0
        && body.widths.last!.quotientAndRemainder(dividingBy: outcome.parts) == (components, 0),
      .components,
      "a network of \(body.widths.last!) outputs does not give \(components) components"
    )
  }
}

extension DirichletNetwork: Codable {
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode("Dirichlet network", forKey: .family)
    try container.encode(EncodedNetwork(body), forKey: .network)
    try container.encode(description, forKey: .formula)
  }

  /// - Throws: `DecodingError`, or ``PredictiveError`` when the numbers do not fit together.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    body = try container.decode(EncodedNetwork.self, forKey: .network).network()
  }
}

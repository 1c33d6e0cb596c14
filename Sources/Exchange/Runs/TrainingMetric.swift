/// A line of the metrics: the loss of a network at a step, and at its last one the seconds that all
/// took. Every job writes them so.
package struct TrainingMetric: Codable, Equatable {
  package let network: String
  /// The steps that were made.
  package let step: Int
  package let loss: Double
  /// Nil before the last step.
  package let seconds: Double?

  package init(network: String, step: Int, loss: Double, seconds: Double? = nil) {
    (self.network, self.step, self.loss, self.seconds) = (network, step, loss, seconds)
  }

  private enum CodingKeys: String, CodingKey {
    case network, step, loss, seconds
    /// What most jobs of earlier versions called the step.
    case steps
  }

  package init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    network = try values.decode(String.self, forKey: .network)
    step =
      try values.decodeIfPresent(Int.self, forKey: .step)
      ?? values.decode(Int.self, forKey: .steps)
    loss = try values.decode(Double.self, forKey: .loss)
    seconds = try values.decodeIfPresent(Double.self, forKey: .seconds)
  }

  package func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: CodingKeys.self)
    try values.encode(network, forKey: .network)
    try values.encode(step, forKey: .step)
    try values.encode(loss, forKey: .loss)
    try values.encodeIfPresent(seconds, forKey: .seconds)
  }
}

/// A line of the metrics: one network trained.
package struct TrainingMetric: Codable {
  package let network: String
  package let steps: Int
  package let seconds: Double
  package let loss: Double

  package init(
    network: String,
    steps: Int,
    seconds: Double,
    loss: Double
  ) {
    self.network = network
    self.steps = steps
    self.seconds = seconds
    self.loss = loss
  }
}

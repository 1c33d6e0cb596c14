import Distill

/// All that options and recipes may name, as it is known where this is made.
package struct Catalogues: Encodable {
  package struct Loss: Encodable {
    package let name: String
    package let usage: String
    package let summary: String
    package let facts: LossFacts?

    package init(_ formula: LossFormula) {
      (name, usage, summary) = (formula.name, formula.usage, formula.summary)
      facts = formula.facts
    }
  }

  /// What is written, and what it is.
  struct Form: Encodable {
    let written: String
    let meaning: String
  }

  struct Optimizer: Encodable {
    let name: String
    let learningRate: Double
    let settings: [String: Double]
  }

  struct Schedule: Encodable {
    let name: String
    let endsAtZero: Bool
  }

  struct Family: Encodable {
    let name: String
    let models: [String]
    let learningRate: Double
  }

  var event = "catalogues"
  let losses = LossFormula.known.all.map(Loss.init)
  let networks = ModelSpecification.notation.map { Form(written: $0, meaning: $1) }
  let densities = DensitySpecification.notation.map { Form(written: $0, meaning: $1) }
  let activations = Activation.allCases.map(\.rawValue)
  let optimizers = OptimizerFormula.known.all.map {
    Optimizer(name: $0.name, learningRate: $0.learningRate, settings: $0.settings)
  }
  let schedules = ScheduleFormula.known.all.map {
    Schedule(name: $0.name, endsAtZero: $0.endsAtZero)
  }
  let families = CompactFamily.known.all.map {
    Family(name: $0.name, models: $0.models.map(\.rawValue).sorted(), learningRate: $0.learningRate)
  }
  let formats = ModelFormat.known.all.map { Form(written: ".\($0.name)", meaning: $0.title) }

  package init() {}
}

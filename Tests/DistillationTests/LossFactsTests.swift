import Networks
import Tensors
import Testing

@testable import Distillation

/// What is said of losses, held against what they do.
@Suite struct LossFactsTests {
  @Test func everyLossHasItsFacts() {
    let names = Set(Catalogue<LossFormula>.standard.names)
    #expect(
      Set(LossFacts.known.keys) == names,
      "\(names.symmetricDifference(LossFacts.known.keys))"
    )
    for (name, facts) in LossFacts.known {
      let texts = [facts.formula, facts.reduction, facts.paper, facts.advice]
      #expect(texts.allSatisfy { !$0.isEmpty && $0.count < 100 }, "\(name)")
    }
  }

  /// Gradients at T = 100 and 200: of the same size, or a quarter and less.
  @Test(arguments: Catalogue<LossFormula>.standard.names)
  func theGradientDoesAsIsSaid(_ name: String) throws {
    let formula = try #require(Catalogue<LossFormula>.standard[name])
    let facts = try #require(formula.facts)
    let hasTemperature = formula.settings.contains { $0.name == "temperature" }
    #expect(hasTemperature || facts.temperature == .none || name == "curriculumKullbackLeibler")
    guard hasTemperature, facts.temperature != .other, formula.taps == .never else { return }
    #expect(facts.temperature != .none)
    guard name != "peersKullbackLeibler" else { return }
    let values = Tensor.normal([6, 5], .float64, using: RandomGenerator(seed: 1))
    let meaning: Observation.Meaning = name == "binaryCrossEntropy" ? .labelLogits : .logits
    let teacher = Observation(
      Tensor.normal([6, 5], .float64, using: RandomGenerator(seed: 2)),
      meaning: meaning
    )
    let count = name == "topKullbackLeibler" ? "count: 2, " : ""
    let labels = Tensor([0, 1, 2, 3, 4, 0])
    func size(_ temperature: Double) throws -> Double {
      let loss = try Loss(parsing: "\(name)(\(count)temperature: \(temperature))")
      let slope = try gradient(at: values) { logits in
        try loss(
          Comparison(
            Observation(logits, meaning: meaning),
            loss.needs.teacher ? teacher : nil,
            labels: labels,
            inputs: .zeros([6, 1])
          )
        )
      }
      return slope.squared.sum().squareRoot.doubleValue
    }
    let ratio = try size(200) / size(100)
    switch facts.temperature {
    case .squared, .unneeded: #expect(abs(ratio - 1) < 0.05, "\(name): \(ratio)")
    default: #expect(ratio < 0.3, "\(name): \(ratio)")
    }
  }
}

import Foundation
import Testing

@testable import Networks

/// Optimizers and schedules by their names in recipes.
@Suite struct NamedTests {
  private func decoded<Item>(_ text: String, _: Item.Type) throws -> Named<Item> {
    try JSONDecoder().decode([Named<Item>].self, from: JSONEncoder().encode([text]))[0]
  }

  @Test func capitalsAreNotToldApart() throws {
    let written = try decoded("adadelta", OptimizerFormula.self)
    #expect(written == .adaDelta && written.rawValue == "adadelta")
    let optimizer = try #require(written.item.optimizer() as? AdaDelta)
    #expect(optimizer.learningRate == 1 && optimizer.rho == 0.95 && optimizer.epsilon == 1e-6)
    #expect(
      String(decoding: try JSONEncoder().encode([written]), as: UTF8.self) == "[\"adadelta\"]"
    )
  }

  @Test func theNearestNameIsSuggested() throws {
    let adam = #expect(throws: SpecificationError.self) {
      try decoded("adamm", OptimizerFormula.self)
    }
    #expect(adam?.description == "there is no optimizer 'adamm': did you mean adam?")
    let schedule = #expect(throws: SpecificationError.self) {
      try decoded("zigzag", ScheduleFormula.self)
    }
    #expect(
      schedule?.description == "there is no schedule 'zigzag': there are constant, linear, cosine"
    )
  }

  @Test func settingsThatAnOptimizerDoesNotHaveAreLeftOut() {
    let sgd = Named.sgd.item.optimizer(learningRate: 0.5, ["momentum": 0.25, "beta1": 0.5]) as? SGD
    #expect(sgd?.learningRate == 0.5 && sgd?.momentum == 0.25 && sgd?.weightDecay == 0)
  }

  @Test func onesOwnAreKnownWhereTheyAreSaid() throws {
    var optimizers = OptimizerFormula.standard
    optimizers.add(
      OptimizerFormula("nesterov", learningRate: 0.02, settings: ["momentum": 0.8]) {
        SGD(learningRate: $0, momentum: $1["momentum"]!, isNesterov: true)
      }
    )
    var schedules = ScheduleFormula.standard
    schedules.add(ScheduleFormula("halves") { steps in .stepped(every: steps / 2, by: 0.5) })
    #expect(throws: SpecificationError.self) { try decoded("nesterov", OptimizerFormula.self) }
    try OptimizerFormula.$known.withValue(optimizers) {
      let own = try decoded("Nesterov", OptimizerFormula.self).item.optimizer() as? SGD
      #expect(own?.isNesterov == true && own?.momentum == 0.8 && own?.learningRate == 0.02)
    }
    try ScheduleFormula.$known.withValue(schedules) {
      let own = try decoded("halves", ScheduleFormula.self).item.schedule(over: 10)
      #expect(own(4) == 1 && own(5) == 0.5)
    }
  }
}

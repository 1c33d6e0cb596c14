import Distillation
import Exchange
import Foundation
import Mathematics
import Networks

/// How learning rate, temperature and weight of derivatives were looked for.
package struct SearchPlan: Codable, Equatable {
  /// Steps of all trials together.
  package var steps: Int
  /// What was chosen for the student; nil while the search goes on.
  package var chosen: SearchCandidate?
  /// The learning rate chosen for the control.
  package var controlLearningRate: Double?

  package init(
    steps: Int,
    chosen: SearchCandidate? = nil,
    controlLearningRate: Double? = nil
  ) {
    self.steps = steps
    self.chosen = chosen
    self.controlLearningRate = controlLearningRate
  }
}

/// One way to train.
package struct SearchCandidate: Codable, Equatable {
  package var learningRate: Double
  /// As losses are written.
  package var loss: String
}

/// One way to train, tried.
package struct SearchTrial: Codable, Equatable {
  package var network: CompressionRole
  package var round: Int
  package var candidate: SearchCandidate
  package var steps: Int
  /// The mean KL from the teacher on the validation examples, in nats.
  package var divergence: Double
  /// Of the labels of the validation examples, their mean, in nats.
  package var logProbability: Double
  /// On the labels of the validation examples.
  package var accuracy: Double
}

/// Which candidates there are, and how many steps each gets in which round: a grid, thinned by
/// ``SuccessiveHalving``. Every round costs the same. One more round, as long for each candidate as the
/// last, is for the learning rates of the control.
package struct SearchGrid: Equatable {
  package let candidates: [SearchCandidate]
  package let controlCandidates: [SearchCandidate]
  /// What is varied, in the order of the candidates: learning rates change first, then temperatures,
  /// then weights of derivatives.
  private let rates: [Double]
  private let temperatures: [Double?]
  private let factors: [Double]
  /// The steps of one candidate in each round of the student; the control's has those of the last.
  package let steps: [Int]

  /// - Parameters:
  ///   - loss: Its temperatures and the weights of its derivatives are varied.
  ///   - budget: Steps of all trials together.
  /// - Throws: `RunError` when the budget is too small to tell candidates apart.
  package init(around learningRate: Double, _ loss: Loss, control: String, budget: Int) throws {
    let rates: [Double] = [0.3, 1, 3].map { short(learningRate * $0) }
    let temperatures: [Double?] =
      loss.terms.contains(where: \.takesTemperature) ? [1, 2, 4] : [nil]
    let factors = loss.terms.contains(where: \.comparesDerivatives) ? [0.3, 1, 3] : [1]
    var candidates: [SearchCandidate] = []
    for factor in factors {
      for temperature in temperatures {
        let text = loss.varied(temperature: temperature, derivatives: factor)
        for rate in rates {
          candidates.append(
            SearchCandidate(learningRate: rate, loss: try Loss(parsing: text).description)
          )
        }
      }
    }
    self.candidates = candidates
    (self.rates, self.temperatures, self.factors) = (rates, temperatures, factors)
    controlCandidates = rates.map { SearchCandidate(learningRate: $0, loss: control) }
    let halving = SuccessiveHalving(of: candidates.count, untilAtMost: 3)
    let rounds = halving.sizes.count + 1
    steps = halving.steps(sharing: budget / rounds)
    guard let least = steps.first, least >= 20 else {
      throw RunError(
        "a search of \(grouped(budget)) steps leaves \(steps.first ?? 0) for each of "
          + "\(candidates.count) candidates: give at least "
          + "\(grouped(20 * candidates.count * rounds)) steps"
      )
    }
  }

  /// What lies at an end of what was tried, so that better may lie beyond it, a sentence each. The
  /// search takes the work that it was given and no more: looking beyond is the user's to decide.
  package func edges(student: SearchCandidate, control: SearchCandidate) -> [String] {
    func edge(_ index: Int, of count: Int) -> String? {
      count > 1 && index == 0 ? "smallest" : count > 1 && index == count - 1 ? "largest" : nil
    }
    func sentence(_ what: String, _ edge: String?, _ advice: String) -> String? {
      edge.map {
        "the \(what) is the \($0) that was tried, and better ones may lie beyond: \(advice)"
      }
    }
    let place = candidates.firstIndex(of: student) ?? 0
    let rate = edge(place % rates.count, of: rates.count)
    let temperature = edge(place / rates.count % temperatures.count, of: temperatures.count)
    let factor = edge(place / rates.count / temperatures.count, of: factors.count)
    let own = controlCandidates.firstIndex(of: control) ?? 0
    return [
      sentence(
        "learning rate chosen",
        rate,
        "search again with --learning-rate \(student.learningRate)"
      ),
      // At a temperature of 1 the loss is that of the probabilities themselves.
      temperature == "largest"
        ? sentence("temperature chosen", temperature, "search with a larger one in --loss") : nil,
      sentence(
        "weight of derivatives chosen",
        factor,
        "search again with --loss \"\(student.loss)\""
      ),
      sentence(
        "control's learning rate",
        edge(own, of: rates.count),
        "search again around \(control.learningRate)"
      ),
    ].compactMap { $0 }
  }
}

extension Loss.Term {
  /// Whether there is a temperature to vary.
  fileprivate var takesTemperature: Bool {
    needs.teacher
      && Catalogue<LossFormula>.standard.all.contains { formula in
        // Below 1 it is another thing: how sharply similarities are compared.
        formula.name == name
          && formula.settings.contains { $0.name == "temperature" && $0.standard ?? 1 >= 1 }
      }
  }

  fileprivate var comparesDerivatives: Bool { needs.derivatives || needs.projections > 0 }
}

extension Loss {
  /// The loss as text, with another temperature and with derivatives weighted `derivatives` times.
  package func varied(temperature: Double?, derivatives factor: Double) -> String {
    terms.map { term in
      var varied = term
      if let temperature, term.takesTemperature {
        varied.settings.removeAll { $0.name == "temperature" }
        varied.settings.append(("temperature", temperature))
      }
      if term.comparesDerivatives { varied.weight = short(term.weight * factor) }
      return varied.description
    }.joined(separator: " + ")
  }
}

/// A product as people would write it: six digits, so that 0.1 · 3 is 0.3.
private func short(_ number: Double) -> Double {
  Double(String(format: "%.6g", number)) ?? number
}

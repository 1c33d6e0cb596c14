import Distillation
import Networks

extension Catalogue<LossFormula> {
  /// Losses of log-densities as they are written in text, by their names and in one word each.
  ///
  /// - Parameters:
  ///   - constant: That of the square error; nil to learn it.
  ///   - samples: Of the student's own at each step of `reverse`.
  public static func densities(constant: Double?, samples: Int) -> Catalogue {
    var losses = Catalogue()
    func add(_ names: [String], _ summary: String, _ make: @escaping @Sendable () -> Loss) {
      for name in names {
        losses.add(LossFormula(name, summary: summary) { _ in make() })
      }
    }
    add(["likelihood", "negativeLogLikelihood"], "−log q on samples") { .negativeLogLikelihood }
    add(
      ["conditional", "conditionalCrossEntropy"],
      "the same with the teacher's conditionals for the samples' bits"
    ) { .conditionalCrossEntropy }
    add(["squared", "squaredLogDensityError"], "½(log q − log p̃ + c)²") {
      constant.map { .squaredLogDensityError(constant: $0) }
        ?? .squaredLogDensityErrorWithLearntConstant
    }
    add(["score", "derivativeSquaredError"], "score matching") { .derivativeSquaredError }
    add(["reverse", "reverseKullbackLeibler"], "KL(q‖p) on the student's samples") {
      .reverseKullbackLeibler(samples: samples)
    }
    return losses
  }
}

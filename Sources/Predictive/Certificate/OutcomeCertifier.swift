import Distillation
import Exchange
import Foundation
import Mathematics
import Probability
import Reporting

/// Compares distributions of numbers and counts, by samples of the Monte Carlo predictive.
package struct OutcomeCertifier {
  private let task: PredictiveTask
  private let student: CompactStudent
  private let problem: PredictiveProblem
  private let model: LinearPredictorModel
  private let bag: [[Double]]
  private let inputs: HeldOutInputs

  /// Samples of the predictive at each input.
  private let samples = 20

  package init(
    task: PredictiveTask,
    _ student: CompactStudent,
    _ problem: PredictiveProblem,
    _ model: LinearPredictorModel,
    _ bag: [[Double]],
    _ inputs: HeldOutInputs
  ) {
    (self.task, self.student, self.problem) = (task, student, problem)
    (self.model, self.bag, self.inputs) = (model, bag, inputs)
  }

  package func certify() throws -> (PredictiveCertificate, [any Chart]) {
    let own = try outcomes(of: student)
    let places = inputs.places.rowsOfScalars
    let values = try predictedValues()
    let some = PosteriorBag.thinned(bag, to: 1_000)
    let truth = logs(values, some)
    let q = logs(values, own)
    let width = inputs.rows.shape[0]
    let fast = try microseconds(for: width) { _ = try student.predictions(at: inputs.rows) }
    let slow = microseconds(for: width) {
      for place in places {
        for draw in bag { _ = model.prediction(of: draw, at: place) }
      }
    }
    let components =
      if case .regressions(let mixture) = student.family { mixture.components } else {
        task.plan.student.components ?? 10
      }
    var forms = [form("student", q, truth, student.parameterCount, fast)]
    let few = try CompactBaselines(bag, components, hasMean: true, seed: task.seed)
    for baseline in few.forms {
      let numbers = baseline.draws.count * bag[0].count
      forms.append(
        form(baseline.name, logs(values, baseline.draws, baseline.weights), truth, numbers, nil)
      )
    }
    if let normal = try? problem.normalStudent(of: bag) {
      forms.append(
        form(
          "one normal fitted to the draws",
          logs(values, try outcomes(of: normal)),
          truth,
          normal.parameterCount,
          nil
        )
      )
    }
    let numbers = bag.count * bag[0].count
    forms.append(.monteCarlo(numbers: numbers, microseconds: slow))
    var certificate = PredictiveCertificate(
      draws: some.count,
      comparedAt: inputs.name,
      forms: forms,
      coverage: DrawnOutcomeCertifier.coverage(
        own,
        values.map { $0.map(unscaled) },
        of: "what the draws predict"
      ),
      sizeRatio: Double(numbers) / Double(student.parameterCount),
      latencyRatio: slow / fast
    )
    if let scored = inputs.scored { try score(scored, some, in: &certificate) }
    return (certificate, [divergenceChart(forms), deviations(own, places)])
  }

  /// KL(Monte Carlo ‖ student) of each of some students.
  package func divergences(of students: [CompactStudent]) throws -> [Estimate] {
    let values = try predictedValues()
    let truth = logs(values, bag)
    return try students.map { Self.divergence(logs(values, try outcomes(of: $0)), truth) }
  }

  private func outcomes(of student: CompactStudent) throws -> [PredictedOutcome] {
    guard case .outcomes(let own) = try student.predictions(at: inputs.rows) else {
      preconditionFailure("OutcomeCertifier: a student without outcomes")
    }
    return own
  }

  /// Values at each input in the model's units.
  private func predictedValues() throws -> [[Double]] {
    var random = RandomStream(seed: task.seed, stream: 41)
    let values = inputs.places.rowsOfScalars.map { place in
      (0..<samples).map { _ in
        model.sample(bag[random.index(below: bag.count)], at: place, using: &random)
      }
    }
    guard values.allSatisfy({ $0.allSatisfy(\.isFinite) }) else {
      throw RunError(
        "a draw predicts an outcome beyond the largest number at \(inputs.name): there is nothing to "
          + "compare the student with"
      )
    }
    return values
  }

  /// What draws say of values, in the units of the outcome as it is given.
  private func logs(
    _ values: [[Double]],
    _ draws: [[Double]],
    _ weights: [Double]? = nil
  ) -> [[Double]] {
    // A density of y is that of the scaled outcome divided by the scale; counts are not scaled.
    let jacobian = model.outcome == .poisson ? 0 : log(problem.outcome.scale)
    return zip(inputs.places.rowsOfScalars, values).map { place, values in
      values.map { value in
        guard let weights else {
          return model.logProbability(of: value, given: draws, at: place) - jacobian
        }
        let terms = zip(draws, weights).map {
          model.logProbability(of: value, given: [$0], at: place) + log($1)
        }
        let largest = terms.max()!
        return largest + log(terms.reduce(0) { $0 + exp($1 - largest) }) - jacobian
      }
    }
  }

  /// What a student says of them.
  private func logs(_ values: [[Double]], _ own: [PredictedOutcome]) -> [[Double]] {
    zip(own, values).map { outcome, values in
      values.map { outcome.logProbability(of: unscaled($0)) }
    }
  }

  /// An outcome as it is given.
  private func unscaled(_ value: Double) -> Double {
    problem.outcome.shift + problem.outcome.scale * value
  }

  /// How real outcomes are predicted by draws and student.
  private func score(
    _ scored: ScoredOutcomes,
    _ draws: [[Double]],
    in certificate: inout PredictiveCertificate
  ) throws {
    guard case .outcomes(let own) = try student.predictions(at: scored.rows) else { return }
    let areCounts = model.outcome == .poisson
    let (shift, scale) = problem.outcome
    let drawn = zip(scored.places.rowsOfScalars, scored.outcomes).map { place, y in
      model.logProbability(of: (y - shift) / scale, given: draws, at: place)
        - (areCounts ? 0 : log(scale))
    }
    certificate.outcomes = scored.scores(
      drawn,
      zip(own, scored.outcomes).map { $0.logProbability(of: $1) }
    )
    certificate.coverage += DrawnOutcomeCertifier.coverage(
      own,
      scored.outcomes.map { [$0] },
      of: scored.name
    )
    certificate.doubts = scored.doubts(
      drawn,
      scored.plain(areCounts: areCounts),
      areCounts ? "one Poisson distribution does" : "one normal does"
    )
  }

  private func form(
    _ name: String,
    _ q: [[Double]],
    _ truth: [[Double]],
    _ numbers: Int,
    _ time: Double?
  ) -> PredictiveCertificate.Form {
    .init(
      name: name,
      divergence: Self.divergence(q, truth),
      largestDifference: nil,
      numbers: numbers,
      microseconds: time
    )
  }

  private static func divergence(_ q: [[Double]], _ truth: [[Double]]) -> Estimate {
    Estimate(
      of: zip(truth, q).map { p, q in
        zip(p, q).reduce(0) { $0 + divergenceTerm($1.0, $1.1) } / Double(p.count)
      }
    )
  }

  /// The student's standard deviation at each input against the draws'.
  private func deviations(_ own: [PredictedOutcome], _ places: [[Double]]) -> ScatterChart {
    let some = PosteriorBag.thinned(bag, to: 1_000)
    let scale = problem.outcome.scale
    let points = zip(own, places).prefix(300).compactMap { outcome, place -> LineChart.Point? in
      var (mean, square, noise) = (0.0, 0.0, 0.0)
      for draw in some {
        let m = model.prediction(of: draw, at: place)[0]
        mean += m
        square += m * m
        switch model.outcome {
        case .linear(let s): noise += s * s
        case .linearWithNoise, .linearWithTails: noise += model.noiseVariance(of: draw)
        default: noise += m
        }
      }
      let count = Double(some.count)
      let variance = square / count - mean / count * mean / count + noise / count
      // Of few degrees of freedom there is none.
      guard variance.isFinite else { return nil }
      return LineChart.Point(x: scale * variance.squareRoot(), y: outcome.deviation)
    }
    return ScatterChart(
      title: "The standard deviation of predictions",
      x: Axis("Monte Carlo"),
      y: Axis("student"),
      groups: [.init("inputs", points)],
      showsDiagonal: true
    )
  }
}

extension LinearPredictorModel {
  /// The variance of what a draw with a noise adds to the predictor; infinite for two degrees of freedom
  /// and less.
  package func noiseVariance(of draw: [Double]) -> Double {
    let square = draw[inputs] * draw[inputs]
    guard outcome == .linearWithTails else { return square }
    let nu = draw[inputs + 1]
    return nu > 2 ? square * nu / (nu - 2) : .infinity
  }
}

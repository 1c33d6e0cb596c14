import Foundation
import Networks
import Probability
import Tensors
import Testing

@testable import Predictive

/// The formula of every family, as it is printed and stored, is what ``CompactStudent`` predicts: read
/// and evaluated by ``FormulaReader``, which knows nothing of the families.
@Suite struct FormulaTests {
  private static let names = ["age", "bmi"]
  private static let rows = [[0.3, -1.2], [1.7, 0.4], [-0.6, -0.9]]

  private static func rounded(_ values: [Double]) -> [Double] {
    values.map { Double(String(format: "%.3g", $0))! }
  }

  /// A network of three-digit numbers, so that nothing is lost in print.
  private static func network(_ widths: [Int], seed: UInt64) -> MLP {
    let generator = RandomGenerator(seed: seed)
    let network = MLP(widths, activation: .tanh, .float64, using: generator)
    for layer in network.layers {
      for parameter in [layer.weight, layer.bias!] {
        let values = Tensor.normal(parameter.shape, .float64, using: generator)
        parameter.replace(with: Tensor(rounded(values.scalars()), shape: parameter.shape))
      }
    }
    return network
  }

  /// The student as its file reads back, and the formula of that file.
  private static func stored(
    _ family: CompactStudent.Family,
    hasIntercept: Bool = false,
    classes: [String] = []
  ) throws -> (student: CompactStudent, formula: String) {
    let isDensity =
      switch family {
      case .gaussians, .students: true
      default: false
      }
    let student = try CompactStudent(
      family,
      inputs: isDensity ? [] : names,
      hasIntercept: hasIntercept,
      classes: classes
    )
    let data = Data(try student.json().utf8)
    struct Stored: Decodable { let formula: String }
    let formula = try JSONDecoder().decode(Stored.self, from: data).formula
    #expect(formula == student.description)
    return (try JSONDecoder().decode(CompactStudent.self, from: data), formula)
  }

  private static func variables(_ row: [Double], _ network: MLP? = nil) -> [String: FormulaValue] {
    var known: [String: FormulaValue] = [
      "age": .init(row[0]), "bmi": .init(row[1]), "x": .init(vector: row),
    ]
    for (index, layer) in (network?.layers ?? []).enumerated() {
      let number = Formula.subscripted(index + 1)
      let weight = layer.weight.value
      known["W" + number] = FormulaValue(rows: (0..<weight.shape[0]).map { weight[$0].scalars() })
      known["b" + number] = .init(vector: layer.bias!.value.scalars())
    }
    return known
  }

  private func expectClasses(
    _ family: CompactStudent.Family,
    classes: [String] = ["no", "yes"],
    hasIntercept: Bool = true,
    _ network: MLP? = nil
  ) throws {
    let (student, formula) = try Self.stored(family, hasIntercept: hasIntercept, classes: classes)
    guard case .classes(let logs) = try student.predictions(at: Tensor(Self.rows)) else {
      Issue.record("no classes")
      return
    }
    for (row, logs) in zip(Self.rows, logs.unbound()) {
      let own = logs.exponential.scalars(Double.self)
      var value = try FormulaReader.value(of: formula, Self.variables(row, network)).numbers
      if formula.hasPrefix("P(y = 1 | x)") { value = [1 - value[0], value[0]] }
      if formula.hasPrefix("p(π | x)") {
        let alpha = value.map { exp($0) }
        value = alpha.map { $0 / alpha.reduce(0, +) }
      }
      #expect(value.count == own.count)
      for (a, b) in zip(value, own) { #expect(abs(a - b) < 2e-3, "\(formula) at \(row)") }
    }
  }

  @Test func mixturesOfClassifiers() throws {
    for link in [Link.logistic, .probit] {
      let mixture = MixtureOfLogistics(
        [[1.25, -0.3, 0.7], [-0.4, 2, -1.1]],
        weights: [0.25, 0.75],
        link: link
      )
      try expectClasses(.logistics(mixture))
    }
    let softmaxes = MixtureOfSoftmaxes(
      [[1.25, -0.3, 0.7, 0.1, 0.2, -0.3, -2, 1, 0], [0.5, 0.6, -0.7, 1, -1, 2, -0.1, 0.2, 0.3]],
      classes: 3,
      weights: [0.5, 0.5]
    )
    try expectClasses(.softmaxes(softmaxes), classes: ["a", "b", "c"])
  }

  @Test func networksOfClasses() throws {
    let three = Self.network([2, 4, 3], seed: 1)
    let names = ["a", "b", "c"]
    try expectClasses(
      .network(PredictiveNetwork(three, .probabilities)),
      classes: names,
      hasIntercept: false,
      three
    )
    let one = Self.network([2, 4, 1], seed: 2)
    try expectClasses(.network(PredictiveNetwork(one, .probabilities)), hasIntercept: false, one)
    // Logits of up to 30, where the bound of a Dirichlet's logarithms is felt.
    let large = Self.network([2, 4, 3], seed: 3)
    let last = large.layers.last!.weight
    last.replace(with: last.value * 10)
    try expectClasses(
      .dirichlet(DirichletNetwork(large)),
      classes: names,
      hasIntercept: false,
      large
    )
  }

  @Test func meansOfANetwork() throws {
    let network = Self.network([2, 3, 2], seed: 4)
    let (student, formula) = try Self.stored(.network(PredictiveNetwork(network, .means)))
    guard case .means(let means) = try student.predictions(at: Tensor(Self.rows)) else {
      Issue.record("no means")
      return
    }
    for (row, own) in zip(Self.rows, means.unbound()) {
      let value = try FormulaReader.value(of: formula, Self.variables(row, network)).numbers
      #expect(zip(value, own.scalars(Double.self)).allSatisfy { abs($0 - $1) < 1e-9 })
    }
  }

  private func expectDensity(
    _ family: CompactStudent.Family,
    at outcomes: [Double],
    hasIntercept: Bool = false,
    of network: MLP? = nil,
    components: Int = 1
  ) throws {
    let (student, formula) = try Self.stored(family, hasIntercept: hasIntercept)
    guard case .outcomes(let own) = try student.predictions(at: Tensor(Self.rows)) else {
      Issue.record("no outcomes")
      return
    }
    for (row, own) in zip(Self.rows, own) {
      var known = Self.variables(row, network)
      var formula = formula
      if network != nil {
        // The head by its words: logarithms of the weights, means, logarithms of the deviations.
        let isOfCounts = formula.contains("Poisson(y; m")
        let words = isOfCounts ? ", (log a, log m)(x) = " : ", (log a, m, log s)(x) = "
        let parts = formula.components(separatedBy: words)
        #expect(parts.count == 2 && parts[0].contains(isOfCounts ? "Poisson(y; m" : "N(y; m"))
        let head = try FormulaReader.value(of: "h = " + parts[1], known).numbers
        let weights = head.prefix(components).map { exp($0) }
        let total = weights.reduce(0, +)
        formula =
          "p = "
          + (0..<components).map { k in
            known["a\(k)"] = .init(weights[k] / total)
            if isOfCounts {
              known["m\(k)"] = .init(exp(head[components + k]))
              return "a\(k) Poisson(y; m\(k))"
            }
            known["m\(k)"] = .init(head[components + k])
            known["s\(k)"] = .init(exp(head[2 * components + k]))
            return "a\(k) N(y; m\(k), s\(k)²)"
          }.joined(separator: " + ")
      }
      for y in outcomes {
        known["y"] = .init(y)
        let value = try FormulaReader.value(of: formula, known).numbers[0]
        let expected = exp(own.logProbability(of: y))
        #expect(abs(value - expected) < 2e-3 * max(expected, 0.1), "\(formula) at \(row), \(y)")
      }
    }
  }

  @Test func outcomesOfRegressions() throws {
    let coefficients = [[1.25, -0.3, 0.7], [-0.4, 2, -1.1]]
    try expectDensity(
      .regressions(
        MixtureOfRegressions(coefficients, .normal, deviations: [0.5, 1.5], weights: [0.25, 0.75])
      ),
      at: [-1, 0.2, 3],
      hasIntercept: true
    )
    try expectDensity(
      .regressions(MixtureOfRegressions(coefficients, .poisson, weights: [0.25, 0.75])),
      at: [0, 1, 5],
      hasIntercept: true
    )
    for components in [1, 2] {
      let network = Self.network([2, 3, 3 * components], seed: 5)
      try expectDensity(
        .densityNetwork(MixtureDensityNetwork(network, components: components)),
        at: [-1, 0.2, 3],
        of: network,
        components: components
      )
      let ofCounts = Self.network([2, 3, 2 * components], seed: 6)
      try expectDensity(
        .densityNetwork(
          MixtureDensityNetwork(ofCounts, components: components, outcome: .poisson)
        ),
        at: [0, 1, 4],
        of: ofCounts,
        components: components
      )
    }
  }

  /// Mean and variance of the predictor by their words, and what follows by a sum over a grid.
  @Test(arguments: NormalRegression.Outcome.allCases)
  func oneNormal(outcome: NormalRegression.Outcome) throws {
    let normal = NormalRegression(
      outcome,
      mean: [1.25, -0.3, 0.7],
      spreads: [[0.5, 0.1, -0.2], [0, 0.4, 0.3]],
      noise: outcome == .normal ? 0.6 : nil
    )
    let isOfClasses = outcome == .logistic || outcome == .probit
    let (student, formula) = try Self.stored(
      .normal(normal),
      hasIntercept: true,
      classes: isOfClasses ? ["no", "yes"] : []
    )
    #expect(student.parameterCount == (outcome == .normal ? 10 : 9))
    let parts = formula.components(separatedBy: ", m = ")
    let moments = try #require(parts.last).components(separatedBy: ", v = ")
    #expect(parts.count == 2 && moments.count == 2)
    for row in Self.rows {
      let known = Self.variables(row)
      let m = try FormulaReader.value(of: "m = " + moments[0], known).numbers[0]
      let v = try FormulaReader.value(of: "v = " + moments[1], known).numbers[0]
      func expectation(_ f: (Double) -> Double) -> Double {
        let grid = (-2_000...2_000).map { Double($0) / 200 }
        let weights = grid.map { exp(-0.5 * $0 * $0) }
        var sum = 0.0
        for (place, weight) in zip(grid, weights) { sum += weight * f(m + v.squareRoot() * place) }
        return sum / weights.reduce(0, +)
      }
      switch try student.predictions(at: Tensor([row])) {
      case .classes(let logs):
        #expect(parts[0].hasPrefix("P(y = 1 | x) = E[\(outcome == .logistic ? "σ" : "Φ")(z)]"))
        func s(_ z: Double) -> Double {
          outcome == .logistic ? 1 / (1 + exp(-z)) : 0.5 * erfc(-z / 2.0.squareRoot())
        }
        #expect(abs(exp(logs.scalars(Double.self)[1]) - expectation(s)) < 1e-6)
      case .outcomes(let own):
        for y in [0.0, 1, 5] {
          func poisson(_ z: Double) -> Double { exp(y * z - exp(z) - lgamma(y + 1)) }
          let density = exp(-0.5 * (y - m) * (y - m) / v) / (2 * .pi * v).squareRoot()
          let value = outcome == .poisson ? expectation(poisson) : density
          #expect(abs(value - exp(own[0].logProbability(of: y))) < 1e-6)
        }
      case .means: Issue.record("means")
      }
    }
  }

  /// Also far from 0, where four digits would not tell values apart.
  @Test func densities() throws {
    for offset in [0, 1e8, -1.7e9] {
      let gaussians = try GaussianMixture(
        weights: [0.25, 0.75],
        means: [offset - 1, offset + 2.5],
        variances: [1, 4]
      )
      let heavy = try StudentTMixture(
        weights: [0.25, 0.75],
        components: [
          StudentT(degreesOfFreedom: 4, location: offset - 1, scale: 1),
          StudentT(degreesOfFreedom: 4, location: offset + 2.5, scale: 2),
        ]
      )
      for y in [offset - 2, offset, offset + 4] {
        for (family, expected) in [
          (CompactStudent.Family.gaussians(gaussians), gaussians.logProbability(of: y)),
          (.students(heavy), heavy.logProbability(of: y)),
        ] {
          let (_, formula) = try Self.stored(family)
          let value = try FormulaReader.value(of: formula, ["y": .init(y)]).numbers[0]
          #expect(abs(value - exp(expected)) < 2e-3 * exp(expected) + 1e-6, "\(formula) at \(y)")
        }
      }
    }
    let plane = try GaussianMixture(
      weights: [0.25, 0.75],
      means: [[1, -2], [0.5, 3]],
      covariances: [[2, 0.5, 0.5, 1], [1, 0, 0, 3]]
    )
    let (_, formula) = try Self.stored(.gaussians(plane))
    for y in [[0.0, 0], [1, 2]] {
      let value = try FormulaReader.value(of: formula, ["y": .init(vector: y)]).numbers[0]
      #expect(abs(value - exp(plane.logProbability(of: y))) < 1e-4)
    }
  }
}

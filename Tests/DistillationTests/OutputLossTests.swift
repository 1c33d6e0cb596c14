import Foundation
import Tensors
import Testing

@testable import Distillation

/// What the definitions of losses on outputs say, and what is known to be wrong with them elsewhere.
@Suite struct OutputLossTests {
  private func value(
    _ loss: Loss,
    _ student: [[Double]],
    _ teacher: [[Double]],
    labels: [Int]? = nil,
    as meaning: Observation.Meaning = .logits
  ) throws -> (value: Double, gradient: Tensor) {
    let (value, gradient) = try valueWithGradient(at: Tensor(student)) { values in
      let comparison = Comparison(
        Observation(values, meaning: meaning),
        Observation(Tensor(teacher), meaning: meaning),
        labels: labels.map { Tensor($0) },
        inputs: .zeros([student.count, 1], .float64)
      )
      try comparison.check()
      return try loss(comparison)
    }
    return (value.doubleValue, gradient)
  }

  private let student = [[0.3, -1.2, 2.0, 0.4], [1.0, 0.1, -0.7, 0.2], [0.0, 0.9, 0.8, -1.1]]
  private let teacher = [[1.3, 0.2, -0.6, 0.1], [0.4, 1.4, 0.7, -2.0], [-0.3, 0.5, 1.9, 1.0]]

  // MARK: Decoupled

  /// KL(t‖f) = KL(b_t‖b_f) + (1 − t_y) KL(t̂‖f̂), example by example.
  @Test func decoupledPartsMakeTheDivergence() throws {
    for n in 0..<3 {
      let (s, t) = ([student[n]], [teacher[n]])
      let rest = 1 - Tensor(teacher[n]).softmax()[n].doubleValue
      let parts = try value(
        .decoupledKullbackLeibler(target: 1, others: rest, temperature: 1),
        s,
        t,
        labels: [n]
      )
      let whole = try value(.kullbackLeibler(), s, t)
      #expect(abs(parts.value - whole.value) < 1e-14)
      #expect(parts.gradient.largestDifference(from: whole.gradient) < 1e-14)
    }
  }

  /// Elsewhere two classes give a loss of 0 where only the part on the others is taken.
  @Test func decoupledOfTwoClassesIsTheDivergence() throws {
    let (s, t) = ([[0.3, -0.9], [1.0, 2.0]], [[1.2, 0.2], [0.4, -1.4]])
    let own = try value(
      .decoupledKullbackLeibler(target: 3, temperature: 2),
      s,
      t,
      labels: [0, 1]
    )
    let whole = try value(3 * .kullbackLeibler(temperature: 2), s, t)
    #expect(abs(own.value - whole.value) < 1e-14)
    #expect(own.value > 0.1)
    #expect(own.gradient.largestDifference(from: whole.gradient) < 1e-14)
  }

  /// Elsewhere infinite with a gradient that is not a number, right or wrong: the logarithm of a
  /// probability that is 0. Here log(1 − f_y) = log 3 − 500/T.
  @Test func decoupledOfAConfidentStudentIsFinite() throws {
    let uniform = [[0.0, 0, 0, 0]]
    let expected = 16 * (0.25 * log(0.25) + 0.75 * (log(0.75) - (log(3) - 125)))
    let right = try value(
      .decoupledKullbackLeibler(others: 0),
      [[500, 0, 0, 0]],
      uniform,
      labels: [0]
    )
    #expect(abs(right.value - expected) < 1e-10)
    #expect(right.gradient.isAllFinite)
    let wrong = try value(.decoupledKullbackLeibler(), [[500, 0, 0, 0]], uniform, labels: [1])
    #expect(wrong.value.isFinite && wrong.gradient.isAllFinite)
  }

  /// Elsewhere a mask of −1000 leaks for logits beyond 4000, and the label counts as another class.
  @Test func decoupledOthersIgnoreTheLabel() throws {
    let loss = Loss.decoupledKullbackLeibler(target: 0, others: 1)
    let seen = try value(loss, [[0, 1, 2, 3]], [[1e4, 1, 2, 3]], labels: [0])
    #expect(abs(seen.value) < 1e-14)
    #expect(seen.gradient.magnitude.maximum().doubleValue < 1e-14)
  }

  /// Elsewhere the teacher's choice stands for the label.
  @Test func decoupledTakesTheLabelsOfTheData() throws {
    let loss = Loss.decoupledKullbackLeibler()
    let values = try (0..<4).map { label in
      try value(loss, [student[0]], [teacher[0]], labels: [label]).value
    }
    #expect(Set(values).count == 4)
  }

  // MARK: Divergences

  /// Forward and reverse, from the numbers: elsewhere swapped.
  @Test func divergencesAreTheRightWayRound() throws {
    let (f, t) = ([[0.9, 0.1]], [[0.5, 0.5]])
    let forward = 0.5 * log(0.5 / 0.9) + 0.5 * log(0.5 / 0.1)
    let reverse = 0.9 * log(0.9 / 0.5) + 0.1 * log(0.1 / 0.5)
    func seen(_ loss: Loss) throws -> Double { try value(loss, f, t, as: .probabilities).value }
    #expect(try abs(seen(.kullbackLeibler()) - forward) < 1e-15)
    #expect(try abs(seen(.reverseKullbackLeibler()) - reverse) < 1e-15)
    #expect(try abs(seen(.skewKullbackLeibler(skew: 0)) - forward) < 1e-15)
    #expect(try abs(seen(.skewReverseKullbackLeibler(skew: 0)) - reverse) < 1e-15)
    #expect(try abs(seen(.jeffreys()) - forward - reverse) < 1e-15)
    #expect(try abs(seen(.totalVariation) - 0.4) < 1e-15)
    #expect(try abs(seen(.sortedProbabilities) - 0.8) < 1e-15)
    // Whatever the classes are called.
    let turned = try value(.sortedProbabilities, [[0.9, 0.1]], [[0.1, 0.9]], as: .probabilities)
    #expect(abs(turned.value) < 1e-15)
    // To first order in β what is left is β KL(t‖f); the next is of order β².
    let small = 1e-6
    #expect(try abs(seen(.jensenShannon(teacherShare: small)) / small - forward) < 1e-5)
    #expect(try abs(seen(.jensenShannon(teacherShare: 1 - small)) / small - reverse) < 1e-5)
  }

  /// Elsewhere 0·log 0 is not a number: a class that both exclude is no class.
  @Test(arguments: [
    LossCase(isBinary: false) { .jensenShannon() },
    LossCase(isBinary: false) { .skewKullbackLeibler() },
    LossCase(isBinary: false) { .skewReverseKullbackLeibler() },
  ])
  func excludedClassesDoNotCount(_ loss: LossCase) throws {
    let masked = try value(
      loss.loss,
      student.map { $0 + [-.infinity] },
      teacher.map { $0 + [-.infinity] }
    )
    let without = try value(loss.loss, student, teacher)
    #expect(abs(masked.value - without.value) < 1e-15)
    let gradient = masked.gradient.slicing(0..<4, along: 1)
    #expect(gradient.largestDifference(from: without.gradient) < 1e-15)
    #expect(masked.gradient.slicing(4..<5, along: 1).magnitude.maximum().doubleValue == 0)
  }

  /// Elsewhere the temperature does not reach the loss.
  @Test func temperatureSoftensTheLogits() throws {
    // With these the loss at T is T² times the loss at 1 of logits divided by T.
    let pairs: [(Loss, Loss)] = [
      (.jensenShannon(temperature: 4), .jensenShannon()),
      (.jeffreys(temperature: 4), .jeffreys()),
      (.skewKullbackLeibler(temperature: 4), .skewKullbackLeibler()),
      (.skewReverseKullbackLeibler(temperature: 4), .skewReverseKullbackLeibler()),
      (.topKullbackLeibler(count: 2, temperature: 4), .topKullbackLeibler(count: 2)),
    ]
    func softened(_ rows: [[Double]]) -> [[Double]] { rows.map { $0.map { $0 / 4 } } }
    for (warm, cold) in pairs {
      let expected = try 16 * value(cold, softened(student), softened(teacher)).value
      #expect(try abs(value(warm, student, teacher).value - expected) < 1e-13)
    }
  }

  // MARK: Correlations and relations

  /// Many classes of few examples, and few of many: products of the shorter side say as much as
  /// those of the longer one.
  @Test(arguments: [(3, 11), (11, 3)])
  func relationsAreThoseOfAllPairs(_ examples: Int, _ classes: Int) throws {
    let generator = RandomGenerator(seed: 3)
    func rows() -> [[Double]] {
      Tensor.normal([examples, classes], .float64, using: generator).softmax().unbound()
        .map { $0.scalars() }
    }
    let (own, target) = (rows(), rows())
    func products(_ a: [[Double]]) -> [[Double]] {
      a.map { x in a.map { y in zip(x, y).reduce(0) { $0 + $1.0 * $1.1 } } }
    }
    func columns(_ a: [[Double]]) -> [[Double]] { a[0].indices.map { k in a.map { $0[k] } } }
    func distance(_ a: [[Double]], _ b: [[Double]]) -> Double {
      let pairs = zip(products(a).joined(), products(b).joined())
      return pairs.reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) } / Double(a.count)
    }
    let alike = try value(.exampleRelations(temperature: 1), own, target, as: .probabilities).value
    #expect(abs(alike - distance(own, target)) < 1e-15)
    let classwise = try value(.classRelations(temperature: 1), own, target, as: .probabilities)
    #expect(abs(classwise.value - distance(columns(own), columns(target))) < 1e-15)
  }

  /// Elsewhere a sign is wrong: identical gives +1, negated −1.
  @Test func correlationIsLeastForTheSame() throws {
    let rows = [[0.5, 0.3, 0.2], [0.1, 0.6, 0.3], [0.3, 0.2, 0.5]]
    let mirrored = rows.map { $0.map { 2.0 / 3 - $0 } }
    let loss = Loss.pearsonCorrelation()
    #expect(try abs(value(loss, rows, rows, as: .probabilities).value) < 1e-15)
    #expect(try abs(value(loss, mirrored, rows, as: .probabilities).value - 4) < 1e-14)
  }

  /// A student that gives every example the same, as one whose last layer is zero does.
  @Test func correlationOfAConstantStudentIsZero() throws {
    let same = [[0.0, 0, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0]]
    let seen = try value(.pearsonCorrelation(), same, teacher)
    #expect(seen.value == 2)
    #expect(seen.gradient.isAllFinite)
  }

  @Test func standardisedLogitsIgnoreScaleAndShift() throws {
    let other = student.enumerated().map { n, row in row.map { $0 * (2 + Double(n)) - 5 } }
    let loss = Loss.standardizedKullbackLeibler()
    let (a, b) = try (value(loss, student, teacher), value(loss, other, teacher))
    // ε² is 1e−14 of the variance.
    #expect(abs(a.value - b.value) < 1e-13)
    #expect(throws: DistillationError.self) { try value(loss, [[1, 2]], [[2, 1]]) }
  }

  /// Sizes and directions of axes carry no relation; of distances and angles neither does the place.
  /// Embeddings of length 1 have a place, and torchdistill's kernels a size.
  @Test(arguments: LossCase.catalogue.filter { $0.isRelational })
  func relationsIgnoreSizeAndRotation(_ loss: LossCase) throws {
    let generator = RandomGenerator(seed: 4)
    let rotation = Tensor.normal([4, 4], .float64, using: generator).orthogonalFactors.q
    let name = loss.loss.terms[0].name
    let isBlindToPlace = name.hasPrefix("relational") && !name.hasSuffix("MMRazor")
    let isBlindToSize = !name.hasSuffix("CongruenceAsInTorchdistill")
    let wide = Tensor.normal([3, 9], .float64, using: generator)
    func seen(_ rows: Tensor, _ target: Tensor) throws -> Double {
      let comparison = Comparison(
        Observation(rows, meaning: .reals),
        Observation(target, meaning: .reals),
        inputs: .zeros([3, 1], .float64)
      )
      return try loss.loss(comparison).doubleValue
    }
    let turned = Tensor(student).matmul(rotation) * (isBlindToSize ? 7 : 1)
    let (moved, known) = try (
      seen(turned + (isBlindToPlace ? 3 : 0), wide), seen(Tensor(student), wide)
    )
    #expect(abs(moved - known) < 1e-13 * max(1, known))
    #expect(try seen(Tensor(student), wide) > 1e-4)
    let error = #expect(throws: DistillationError.self) { try seen(Tensor(student)[0..<1], wide) }
    #expect(error?.description.contains("but the batch has 1") == true)
  }

  @Test func relationsOfTapsAreNamed() throws {
    let loss = Loss.relationalDistance(of: .taps(student: "1", teacher: "3"))
    #expect(loss.description == "relationalDistance(of: 1 → 3)")
    #expect(loss.needs.studentFeatures == ["1"] && loss.needs.teacherFeatures == ["3"])
    var comparison = Comparison(
      Observation(Tensor(student), meaning: .logits, features: ["1": Tensor(teacher)]),
      Observation(Tensor(teacher), meaning: .logits, features: ["3": Tensor(teacher)]),
      inputs: .zeros([3, 1], .float64)
    )
    #expect(try loss(comparison).doubleValue == 0)
    comparison = Comparison(
      comparison.student,
      Observation(Tensor(teacher), meaning: .logits),
      inputs: comparison.inputs
    )
    let error = #expect(throws: DistillationError.self) { try loss(comparison) }
    #expect(error?.description.contains("the teacher has no tap '3'") == true)
  }

  // MARK: Weights

  /// A student that is certain and right has nothing to learn from soft labels.
  @Test func weightedSoftLabelsFadeWithTheStudentsSuccess() throws {
    let loss = Loss.weightedSoftLabels(temperature: 1)
    let plain = try value(.kullbackLeibler(), [[20, 0, 0, 0]], [teacher[0]])
    let seen = try value(loss, [[20, 0, 0, 0]], [teacher[0]], labels: [0])
    #expect(seen.value < 1e-6 * plain.value)
    let same = try value(loss, [student[0]], [student[0]], labels: [0])
    #expect(same.value == 0)
  }
}

extension LossCase {
  /// Whether it looks at relations between embeddings.
  var isRelational: Bool {
    exceptions == [.needsClasses, .relatesExamples]
  }
}

import Networks
import Tensors
import Testing

@testable import Distillation

@Suite struct LossParsingTests {
  /// What a loss prints reads back as the same loss: the same text, needs, kernels and value.
  @Test(arguments: LossCase.catalogue)
  func whatIsPrintedReadsBack(_ loss: LossCase) throws {
    let read = try Loss(parsing: loss.loss.description)
    #expect(read.description == loss.loss.description)
    #expect(read.needs == loss.loss.needs)
    #expect(read.terms.map(\.kernelForm) == loss.loss.terms.map(\.kernelForm))
    #expect(read.terms.map(\.isUnbiasedOnline) == loss.loss.terms.map(\.isUnbiasedOnline))
    let fixture = loss.fixture
    let teacher = loss.teacher(fixture.memberNetworks[0])
    let other = LossCase(
      isBinary: loss.isBinary,
      exceptions: loss.exceptions,
      make: {
        try! Loss(parsing: loss.loss.description)
      }
    )
    let values = try [loss, other].map {
      try $0.value(fixture.studentNetwork, teacher, fixture.batch, fixture.directionTensor)
        .doubleValue
    }
    #expect(values[0] == values[1])
  }

  nonisolated(unsafe) static let onFeatures: [Loss] = [
    .tap("3"), .taps(student: "1", teacher: "4.body"),
  ].flatMap {
    (taps: Loss.Embedding) -> [Loss] in
    [
      .hints(of: taps), .attentionTransfer(of: taps), .attentionTransfer(of: taps, power: 1.5),
      .attentionTransfer(of: taps, as: .paper), .activationBoundaries(of: taps, margin: 0.5),
      .channelWise(of: taps), .neuronSelectivity(of: taps),
      .neuronSelectivity(of: taps, kernel: .linear),
      .neuronSelectivity(of: taps, kernel: .gaussian(variance: 2)),
      .variationalInformation(of: taps), .relationalDistance(of: taps),
      .solutionFlow(from: taps, to: .tap("5")),
      .solutionFlow(from: .tap("5"), to: taps, as: .torchdistill),
    ]
  }

  /// Losses whose networks are made from the teacher, as they are written and as they print.
  static let fromTheTeacher = [
    "factorTransfer(of: 1, rate: 0.5, steps: 1000)",
    "500 * factorTransfer(of: 3 → 4.body, rate: 0.25, steps: 20)",
    "factorTransferAsInRepDistiller(of: 1, rate: 0.5, steps: 1000)",
    "0.001 * overhaul(of: 2 → 5)",
    "softmaxRegression(of: 1, regression: 1)",
    "softmaxRegression(of: 1 → 2, regression: 0.5)",
    "reusedHead(of: 3 → 5)",
    "contrastiveRepresentation(negatives: 16384, temperature: 0.07, momentum: 0.5, width: 128)",
    "contrastiveRepresentation(of: 1 → 3, negatives: 64, temperature: 0.1, momentum: 0, width: 8)",
    "knowledgeReview(of: 1 3)",
    "knowledgeReview(of: 3 1 10 → 5 2.body 7)",
  ]

  @Test(arguments: fromTheTeacher) func lossesMadeFromTheTeacherReadBack(_ text: String) throws {
    let loss = try Loss(parsing: text)
    #expect(loss.description == text)
    #expect(try Loss(parsing: loss.description).needs == loss.needs)
  }

  /// What the library's own losses print, made from networks of one's own, is what they are read from.
  @Test func lossesOfOwnNetworksPrintWhatIsRead() throws {
    let generator = RandomGenerator(seed: 1)
    let connector = ReviewConnector(student: [4, 5], teacher: [6, 7], using: generator)
    let memory = ContrastiveMemory(
      student: 3,
      teacher: 4,
      examples: 9,
      width: 6,
      negatives: 5,
      using: generator
    )
    for loss in [
      Loss.knowledgeReview(connector, student: ["3", "1"], teacher: ["2", "5"]),
      .knowledgeReview(connector, student: ["3", "1"]), .reusedHead(student: "3", teacher: "5"),
      .contrastiveRepresentation(memory, of: .tap("3")), .contrastiveRepresentation(memory),
      .softmaxRegression(by: Linear(3, 2, using: generator), of: .tap("3")),
      .overhaul(of: .tap("3"), margin: OverhaulMargin(.zeros([4]))),
    ] {
      let read = try Loss(parsing: loss.description)
      #expect(read.description == loss.description && read.needs == loss.needs)
    }
  }

  @Test func lossesOnFeaturesReadBack() throws {
    for loss in Self.onFeatures {
      let read = try Loss(parsing: loss.description)
      #expect(read.description == loss.description)
      #expect(read.needs == loss.needs)
    }
  }

  /// A catalogue is a value: one's own losses are read like the others where one passes them along.
  @Test func onesOwnLossIsWrittenLikeTheOthers() throws {
    var losses = Catalogue<LossFormula>.standard
    losses.add(
      LossFormula("huber", [.init("delta", 1, .positive)], summary: "linear far out") { settings in
        let delta = settings["delta"]
        return Loss("huber", [("delta", delta)], needs: Needs(teacher: true)) { comparison in
          let gap = (comparison.student.values - (try comparison.taught()).values).magnitude
          let near = gap.clamped(max: delta)
          return (near * (gap - near * 0.5)).mean()
        }
      }
    )
    let loss = try Loss(parsing: "0.5 * huber(delta: 2) + 0.1 crossEntropy", among: losses)
    #expect(
      loss.description == "0.5 * huber(delta: 2) + 0.1 * crossEntropy"
    )
    let seen = Observation(Tensor([[0.0, 5]]), meaning: .logits)
    let taught = Observation(Tensor([[1.0, 1]]), meaning: .logits)
    // ½·1² and 2·(4 − 1), in the mean.
    let huber = try Loss(parsing: "huber(delta: 2)", among: losses)
    let value = try huber(Comparison(seen, taught, inputs: .zeros([1, 1]))).doubleValue
    #expect(abs(value - 3.25) < 1e-12)
    #expect(losses["huber"]?.summary == "linear far out" && losses.names.last == "huber")
    let unknown = #expect(throws: DistillationError.self) { try Loss(parsing: "huber(delta: 2)") }
    #expect(unknown?.description.contains("there is no loss 'huber'") == true)
    let misspelt = #expect(throws: DistillationError.self) {
      try Loss(parsing: "hubber", among: losses)
    }
    #expect(misspelt?.description.contains("did you mean huber?") == true)
    let negative = #expect(throws: DistillationError.self) {
      try Loss(parsing: "huber(delta: -2)", among: losses)
    }
    #expect(negative?.description.contains("delta of huber must be positive") == true)
  }

  /// What can be written is what is tested here, so that no formula is left out.
  @Test func everyFormulaIsTested() {
    let written = Self.fromTheTeacher.compactMap { try? Loss(parsing: $0) }
    let tested = (LossCase.catalogue.map(\.loss) + Self.onFeatures + written).flatMap {
      $0.terms.map(\.name)
    }
    #expect(Set(Catalogue<LossFormula>.standard.names) == Set(tested).union(["multiLevel"]))
    #expect(
      Set(Catalogue<LossFormula>.standard.names).count
        == Catalogue<LossFormula>.standard.names.count
    )
  }

  @Test(arguments: [
    (
      "softCrossEntropy(temperature: 4) + 0.1 * derivativeSquaredError",
      "softCrossEntropy(temperature: 4) + 0.1 * derivativeSquaredError"
    ),
    (
      ".softCrossEntropy() + 1e-3*.derivativeSquaredError",
      "softCrossEntropy + 0.001 * derivativeSquaredError"
    ),
    (
      "0.5 * (crossEntropy() - 2 * jeffreys(temperature: 2.5))",
      "0.5 * crossEntropy + -1 * jeffreys(temperature: 2.5)"
    ),
    ("-crossEntropy + -0.5 * totalVariation", "-1 * crossEntropy + -0.5 * totalVariation"),
    ("2*3*crossEntropy", "6 * crossEntropy"),
    ("softTargets(as: .kdLib, temperature: 2)", "kdLib(temperature: 2)"),
    ("relationalDistance(of: 3 -> 5)", "relationalDistance(of: 3 → 5)"),
    (
      "correlationCongruence(of: features.1, gamma: 0.7)",
      "correlationCongruence(of: features.1, gamma: 0.7, order: 2)"
    ),
    ("multiLevel", Loss.multiLevel().description),
    ("solutionFlow(to: 3->4, from:1)", "solutionFlow(from: 1, to: 3 → 4)"),
    ("knowledgeReview(of: 1  3 -> 1 3)", "knowledgeReview(of: 1 3)"),
    ("factorTransfer(of: 2)", "factorTransfer(of: 2, rate: 0.5, steps: 1000)"),
  ])
  func whatIsWrittenIsUnderstood(text: String, meaning: String) throws {
    #expect(try Loss(parsing: text).description == meaning)
  }

  @Test(arguments: [
    ("", 1, "a loss is missing here"),
    (
      "softCrossEntropi()", 1, "there is no loss 'softCrossEntropi': did you mean softCrossEntropy?"
    ),
    ("crossEntropy + ", 16, "a loss is missing here"),
    ("crossEntropy crossEntropy", 14, "expected + or the end here"),
    ("0.1 (crossEntropy)", 5, "expected * and a loss after 0.1"),
    ("0.1 2 crossEntropy", 5, "expected * and a loss after 0.1"),
    (
      "softCrossEntropy(temperature: 0)", 18,
      "temperature of softCrossEntropy must be positive, not '0'"
    ),
    ("softCrossEntropy(temperature: four)", 18, "must be positive, not 'four'"),
    (
      "softCrossEntropy(heat: 4)", 18,
      "softCrossEntropy has no setting 'heat': write softCrossEntropy(temperature: 1)"
    ),
    ("softCrossEntropy(4)", 18, "settings are written name: value"),
    ("softCrossEntropy(temperature: 4", 32, "a parenthesis is not closed"),
    ("(crossEntropy", 14, "a parenthesis is not closed"),
    ("skewKullbackLeibler(skew: 1)", 21, "must be from 0 to below 1"),
    ("topKullbackLeibler(count: 2.5)", 20, "must be a whole number from 1"),
    ("curriculumKullbackLeibler()", 28, "curriculumKullbackLeibler needs steps"),
    ("relationalAngle(of: a → b → c)", 17, "name a tap"),
    ("hints()", 8, "hints compares features: write hints(of: tap)"),
    (
      "solutionFlow(from: 1)", 22,
      "solutionFlow compares features: write solutionFlow(from: tap, to: tap)"
    ),
    ("knowledgeReview(of: 1 3 → 2)", 17, "name taps from shallow to deep, as many of the student"),
    ("knowledgeReview()", 18, "write knowledgeReview(of: tap tap …)"),
    ("hints(of: 1 3)", 7, "name a tap, such as of: 3, or one of each: of: 3 → 5"),
    ("hints(of: 3 →)", 7, "name a tap"),
    ("overhaul(of: 1, margin: 2)", 17, "overhaul has no setting 'margin': write overhaul(of: tap)"),
    (
      "factorTransfer(of: 1, rate: 1)", 23,
      "rate of factorTransfer must be between 0 and 1, not '1'"
    ),
    ("1e999 * crossEntropy", 1, "'1e999' is not a number"),
    ("* crossEntropy", 1, "expected a loss here"),
  ])
  func mistakesAreNamedWithTheirPlace(text: String, place: Int, problem: String) throws {
    let error = try #require(throws: DistillationError.self) { try Loss(parsing: text) }
    #expect(error.description.hasPrefix("loss '\(text)', character \(place): "), "\(error)")
    #expect(error.description.contains(problem), "\(error)")
    #expect(!error.description.contains("\n"))
  }

  /// Every term costs every step, so there is a most of them.
  @Test func endlessSumsAreRefused() throws {
    func sum(_ count: Int) -> String {
      Array(repeating: "crossEntropy", count: count).joined(separator: " + ")
    }
    #expect(try Loss(parsing: sum(100)).terms.count == 100)
    let error = #expect(throws: DistillationError.self) { try Loss(parsing: sum(8_000)) }
    #expect(error.map { $0.description.hasSuffix("a loss has at most 100 terms") } == true)
  }

  /// What is read prints back as what it was read from; what is not is refused at a place in the text.
  @Test func nonsenseIsRefused() throws {
    let pieces = [
      "(", ")", "*", "+", "-", ",", ":", ".", "1", "e", "crossEntropy", "→", " ", "of", "é",
    ]
    var state: UInt64 = 1
    var accepted = 0
    for index in 0..<2_000 {
      var text = ""
      for _ in 0..<(index % 8 + 1) {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        text += pieces[Int(state >> 33) % pieces.count]
      }
      do {
        let loss = try Loss(parsing: text)
        accepted += 1
        let again = try Loss(parsing: loss.description)
        #expect(again.description == loss.description, "\(text)")
        #expect(
          loss.terms.allSatisfy { $0.name == "crossEntropy" && $0.weight.isFinite },
          "\(text)"
        )
      } catch let error as DistillationError {
        let start = "loss '\(text)', character "
        let place = try #require(
          error.description.hasPrefix(start)
            ? Int(error.description.dropFirst(start.count).prefix(while: \.isNumber)) : nil,
          "\(error)"
        )
        #expect((1...text.count + 1).contains(place), "\(error)")
      }
    }
    // Sense turns up among nonsense, seldom.
    #expect(accepted > 0 && accepted < 100)
  }
}

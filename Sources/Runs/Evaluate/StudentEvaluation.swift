import Distill
import Foundation

/// How well a student does on data that it is asked about.
package struct StudentEvaluation: Encodable {
  /// A measure: its mean over the examples, and how far that may be off.
  package struct Measure: Encodable {
    package let name: String
    package let student: Value
    /// The same of the teacher's answers, where they are given.
    package var teacher: Value?

    package init(name: String, student: Value, teacher: Value? = nil) {
      (self.name, self.student, self.teacher) = (name, student, teacher)
    }
  }

  /// A number and its uncertainty.
  package struct Value: Encodable {
    package let value: Double
    package let standardError: Double
    /// Of a share, the interval that knows 0 and 1.
    package var interval: [Double]?

    package init(_ estimate: Estimate, isShare: Bool = false) {
      (value, standardError) = (estimate.mean, estimate.standardError)
      let bounds = isShare ? estimate.wilsonInterval() : nil
      interval = bounds.map { [$0.lowerBound, $0.upperBound] }
    }

    package init(_ value: Double, standardError: Double) {
      (self.value, self.standardError) = (value, standardError)
    }

    var text: String {
      guard let interval else { return Uncertain.text(value, plusMinus: 2 * standardError) }
      let numbers = ([value] + interval).map { Uncertain.fixed($0, 4) }
      return "\(numbers[0]) (\(numbers[1])–\(numbers[2]))"
    }

    private enum Key: CodingKey { case value, standardError, interval }

    /// What is no number is null.
    package func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: Key.self)
      try container.encode(value.isFinite ? value : nil, forKey: .value)
      try container.encode(standardError.isFinite ? standardError : nil, forKey: .standardError)
      try container.encodeIfPresent(interval, forKey: .interval)
    }
  }

  package private(set) var event = "result"
  package let examples: Int
  package private(set) var measures: [Measure]
  /// Which classes are found.
  package private(set) var recalls: ClassRecalls?
  package private(set) var classes: [String]?
  /// What the numbers hide.
  package private(set) var warnings: [String] = []

  /// Of measures that a field has of its own.
  package init(examples: Int, _ measures: [Measure]) {
    (self.examples, self.measures) = (examples, measures)
  }

  /// Of vectors beside the teacher's.
  package static func measures(of comparison: EmbeddingComparison) -> [Measure] {
    [
      ("cosine with the teacher", comparison.cosine),
      ("rank correlation", comparison.rankCorrelation),
      ("same nearest example", comparison.nearest),
    ].map { Measure(name: $0, student: Value(Estimate(of: $1))) }
  }

  /// Of a student that predicts classes.
  ///
  /// - Parameters:
  ///   - predictions: What it says, and the labels.
  ///   - teacher: What the teacher answers to the same inputs; nil where it is not known.
  ///   - classes: Their names.
  package init(
    of predictions: ClassPredictions,
    teacher: ClassPredictions? = nil,
    classes: [String]
  ) {
    examples = predictions.count
    func measure(
      _ name: String,
      isShare: Bool = false,
      _ values: (ClassPredictions) -> Tensor
    ) -> Measure {
      Measure(
        name: name,
        student: Value(Estimate(of: values(predictions)), isShare: isShare),
        teacher: teacher.map { Value(Estimate(of: values($0)), isShare: isShare) }
      )
    }
    func calibration(_ predictions: ClassPredictions) -> Value {
      let calibration = Calibration(of: predictions)
      return Value(calibration.expectedError, standardError: calibration.standardError)
    }
    measures = [
      measure("accuracy", isShare: true, \.correctness),
      measure("log-probability", \.logProbability),
      measure("Brier score", \.brierScore),
      Measure(
        name: "expected calibration error",
        student: calibration(predictions),
        teacher: teacher.map(calibration)
      ),
    ]
    if let teacher {
      measures += [
        Measure(
          name: "agreement with the teacher",
          student: Value(Estimate(of: predictions.agreement(with: teacher)), isShare: true)
        ),
        Measure(
          name: "KL(teacher ‖ student)",
          student: Value(Estimate(of: predictions.divergence(from: teacher)))
        ),
      ]
    }
    let recalls = ClassRecalls(predictions)
    (self.recalls, self.classes) = (recalls, classes)
    warnings = recalls.warning("the student", classes).map { [$0] } ?? []
  }

  /// Of a student that predicts distributions of numbers or counts.
  ///
  /// - Parameters:
  ///   - predictions: The distribution at each row.
  ///   - outcomes: What came.
  package init(of predictions: [PredictedOutcome], outcomes: [Double]) {
    examples = outcomes.count
    let pairs = Array(zip(predictions, outcomes))
    func measure(_ name: String, _ value: (PredictedOutcome, Double) -> Double) -> Measure {
      Measure(name: name, student: Value(Estimate(of: pairs.map(value))))
    }
    measures =
      [
        measure("log-probability") { $0.logProbability(of: $1) },
        measure("continuous ranked probability score") { $0.rankedProbabilityScore(of: $1) },
        measure("absolute error of the median") { abs($0.quantile(0.5) - $1) },
        measure("squared error of the mean") { ($0.mean - $1) * ($0.mean - $1) },
      ] + Self.coverage(pairs)
  }

  /// Of a student that predicts means, or real numbers, alone.
  ///
  /// - Parameters:
  ///   - means, outcomes: `[rows, outputs]`; errors are means over the outputs.
  ///   - teacher: The teacher's of the same rows; nil where they are not known.
  package init(ofMeans means: Tensor, outcomes: Tensor, teacher: Tensor?) {
    examples = outcomes.shape[0]
    func errors(_ own: Tensor, _ right: Tensor) -> Tensor {
      own.cast(to: .float64) - right.cast(to: .float64)
    }
    func measure(_ name: String, _ value: (Tensor) -> Estimate) -> Measure {
      Measure(
        name: name,
        student: Value(value(means)),
        teacher: teacher.map { Value(value($0)) }
      )
    }
    measures = [
      measure("absolute error") {
        Estimate(of: errors($0, outcomes).magnitude.mean(along: 1))
      },
      measure("squared error") { Estimate(of: errors($0, outcomes).squared.mean(along: 1)) },
      measure("R²") { RealScore.determination(of: $0, outcomes) },
    ]
    if let teacher {
      let distance = Estimate(of: errors(means, teacher).squared.mean(along: 1))
      measures += [
        Measure(name: "squared error to the teacher", student: Value(distance)),
        Measure(
          name: "R² of the teacher's",
          student: Value(RealScore.determination(of: means, teacher))
        ),
      ]
    }
  }

  /// Of a student that says which labels belong to an example.
  ///
  /// - Parameters:
  ///   - predictions: What it says, and which labels are there.
  ///   - teacher: The teacher's of the same examples; nil where they are not known.
  package init(
    ofLabels predictions: LabelPredictions,
    teacher: LabelPredictions?,
    names: [String]
  ) {
    examples = predictions.count
    func measure(
      _ name: String,
      _ values: (LabelPredictions) -> Tensor?
    ) -> Measure? {
      values(predictions).map { own in
        Measure(
          name: name,
          student: Value(Estimate(of: own)),
          teacher: teacher.flatMap { values($0).map { Value(Estimate(of: $0)) } }
        )
      }
    }
    measures = [
      measure("micro F1", \.microF1), measure("macro F1", \.macroF1),
      measure("mean average precision", \.averagePrecision),
      measure("log-probability", \.logProbability),
    ].compactMap(\.self)
    guard let teacher else { return }
    func add(_ name: String, _ estimate: Estimate) {
      measures.append(Measure(name: name, student: Value(estimate)))
    }
    add("agreement with the teacher", Estimate(of: predictions.agreement(with: teacher)))
    add("KL(teacher ‖ student)", Estimate(of: predictions.divergence(from: teacher)))
    for (name, agreement) in zip(names, predictions.agreementByLabel(with: teacher)) {
      add("agreement, \(name.printable)", agreement)
    }
  }

  /// Of a student that gives vectors.
  package init(ofEmbeddings comparison: EmbeddingComparison) {
    self.init(examples: comparison.cosine.count, Self.measures(of: comparison))
  }

  /// Of a density.
  ///
  /// - Parameter logProbabilities: Of each example, in nats.
  package init(ofLogProbabilities logProbabilities: [Double]) {
    examples = logProbabilities.count
    measures = [
      Measure(name: "log-probability", student: Value(Estimate(of: logProbabilities)))
    ]
  }

  /// Of a density on the real line.
  package init(of density: some LineDistribution, logProbabilities: [Double], outcomes: [Double]) {
    self.init(ofLogProbabilities: logProbabilities)
    measures += Self.coverage(outcomes.map { (density, $0) })
  }

  /// How often central intervals hold the outcome.
  private static func coverage(_ pairs: [(some LineDistribution, Double)]) -> [Measure] {
    [0.5, 0.9, 0.95].map { level in
      let hits = pairs.map { distribution, outcome in
        let low = distribution.quantile(0.5 - level / 2)
        return low <= outcome && outcome <= distribution.quantile(0.5 + level / 2) ? 1.0 : 0
      }
      return Measure(
        name: "share in \(Uncertain.short(100 * level))% intervals",
        student: Value(Estimate(of: hits), isShare: true)
      )
    }
  }

  /// The measures as text; what stands after ± are two standard errors, and in brackets is the 95%
  /// interval of a share.
  package var text: String {
    let hasTeacher = measures.contains { $0.teacher != nil }
    var table = TextTable(
      columns: ["\(grouped(examples)) examples", "student"] + (hasTeacher ? ["teacher"] : [])
    )
    for measure in measures {
      let teacher = hasTeacher ? [measure.teacher?.text ?? "–"] : []
      table.append([measure.name, measure.student.text] + teacher)
    }
    guard let recalls, recalls.examples.count > 2 else { return table.text() }
    return table.text() + "\n" + ClassRecalls.table([("student", recalls)], classes).text()
  }
}

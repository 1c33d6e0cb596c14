import Foundation
import Mathematics
import Tensors
import Testing

@testable import Reporting

/// Against scikit-learn and scipy: `Tools/reference/label_metrics.py`.
@Suite struct LabelMeasureTests {
  private struct File: Decodable {
    struct Labels: Decodable {
      let student: [[Double]]
      let teacher: [[Double]]
      let labels: [[Double]]
      let microF1: Double
      let macroF1: Double
      let f1: [Double]
      let averagePrecision: Double
      let logProbability: Double
      let agreement: [Double]
      let divergence: [Double]
    }
    struct Embeddings: Decodable {
      let student: [[Double]]
      let teacher: [[Double]]
      let cosine: [Double]
      let rankCorrelation: [Double]
      let nearest: [Double]
    }
    let labels: Labels
    let embeddings: Embeddings
  }

  private let known: File = {
    let url = Bundle.module.url(forResource: "Fixtures/labels", withExtension: "json")!
    return try! JSONDecoder().decode(File.self, from: Data(contentsOf: url))
  }()

  private var student: LabelPredictions {
    LabelPredictions(logits: Tensor(known.labels.student), labels: Tensor(known.labels.labels))
  }

  @Test func measuresAreThoseOfScikitLearn() throws {
    let own = student
    let right = known.labels
    func close(_ values: Tensor?, _ other: Double) -> Bool {
      values.map { abs($0.mean().doubleValue - other) < 1e-12 } ?? false
    }
    #expect(close(own.microF1, right.microF1))
    #expect(close(own.macroF1, right.macroF1))
    #expect(close(own.averagePrecision, right.averagePrecision))
    #expect(close(own.logProbability, right.logProbability))
    for (one, other) in zip(try #require(own.f1ByLabel), right.f1) {
      #expect(abs(one - other) < 1e-12)
    }
    let teacher = LabelPredictions(logits: Tensor(right.teacher), labels: nil)
    let agreement = own.agreementByLabel(with: teacher)
    for (one, other) in zip(agreement, right.agreement) { #expect(abs(one.mean - other) < 1e-12) }
    let all = right.agreement.reduce(0, +) / Double(right.agreement.count)
    #expect(close(own.agreement(with: teacher), all))
    #expect(own.divergence(from: teacher).largestDifference(from: Tensor(right.divergence)) < 1e-12)
    #expect(teacher.microF1 == nil && teacher.averagePrecision == nil)
  }

  /// The spread over samples of a population is what one sample says of it.
  @Test(arguments: ["microF1", "macroF1", "averagePrecision"])
  func standardErrorsAreThoseOfOtherSamples(_ measure: String) throws {
    let generator = RandomGenerator(seed: 5)
    var (values, errors) = ([Double](), [Double]())
    for _ in 0..<150 {
      let truth = Tensor.normal([120, 3], .float64, using: generator)
      let noise = Tensor.normal([120, 3], .float64, using: generator)
      let labels = (truth .> Tensor([0, 0.5, 1.0])).cast(to: .float64)
      let own = LabelPredictions(logits: truth + noise - Tensor([0, 0.5, 1.0]), labels: labels)
      let found: Tensor? =
        switch measure {
        case "microF1": own.microF1
        case "macroF1": own.macroF1
        default: own.averagePrecision
        }
      let estimate = Estimate(of: try #require(found))
      values.append(estimate.mean)
      errors.append(estimate.standardError)
    }
    let spread = Estimate(of: values).variance.squareRoot()
    let stated = errors.reduce(0, +) / Double(errors.count)
    // A standard deviation of 150 is known to 6%; both are to first order.
    #expect(abs(stated / spread - 1) < 0.25, "\(stated) for \(spread)")
  }

  /// A label that is nowhere counts nowhere; one that is everywhere does.
  @Test func labelsThatAreNowhereAreLeftOut() throws {
    let logits = Tensor([[2, -3], [-1, -2], [1, -4]] as [[Double]])
    let labels = Tensor([[1, 0], [1, 0], [0, 0]] as [[Double]])
    let own = LabelPredictions(logits: logits, labels: labels)
    #expect(abs(try #require(own.macroF1).mean().doubleValue - 0.5) < 1e-12)
    #expect(try #require(own.f1ByLabel)[1].isNaN)
    let precision = try #require(own.averagePrecision).mean().doubleValue
    #expect(abs(precision - (1 + 2.0 / 3) / 2) < 1e-12)
  }

  @Test func embeddingsAreComparedAsScipyDoes() {
    let right = known.embeddings
    let own = EmbeddingComparison(Tensor(right.student), teacher: Tensor(right.teacher))
    #expect(own.cosine.largestDifference(from: Tensor(right.cosine)) < 1e-12)
    #expect(own.rankCorrelation.largestDifference(from: Tensor(right.rankCorrelation)) < 1e-12)
    #expect(own.nearest.scalars(Double.self) == right.nearest)
    // Lengths do not matter; a model that finds all alike knows nothing.
    let longer = EmbeddingComparison(Tensor(right.student) * 7, teacher: Tensor(right.teacher))
    #expect(longer.rankCorrelation.largestDifference(from: own.rankCorrelation) < 1e-9)
    let blind = EmbeddingComparison(
      Tensor(right.student) * 0 + 1,
      teacher: Tensor(right.teacher)
    )
    #expect(blind.rankCorrelation.magnitude.maximum().doubleValue == 0)
  }
}

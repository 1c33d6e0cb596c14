import Foundation
import Tensors
import Testing

@testable import Distillation

/// The files of `Conformance`, made by `Tools/reference/conformance.py`.
@Suite struct ConformanceTests {
  /// Values and gradients in Float64 differ from the reference by rounding alone: some hundred
  /// operations of relative error 1e−16.
  @Test(arguments: ConformanceCase.all)
  func valueAndGradientMatchTheReference(_ known: ConformanceCase) throws {
    let loss = try #require(LossCase.named(known.loss))
    let (value, gradient) = try loss.gradient(of: known)
    #expect(abs(value - known.value) < 1e-12 * max(1, abs(known.value)))
    let expected = Tensor(known.gradient)
    let size = max(1, expected.magnitude.maximum().doubleValue)
    #expect(gradient.largestDifference(from: expected) < 1e-11 * size)
  }

  @Test func everyLossOnOutputsHasAFile() {
    let known = Set(ConformanceCase.all.map(\.loss))
    for loss in LossCase.catalogue where !loss.comparesDerivatives {
      // The learnt temperature is a number like any other: see CurriculumTemperatureTests.
      if loss.loss.terms[0].name == "curriculumKullbackLeibler" { continue }
      #expect(known.contains(loss.loss.description), "\(loss.loss) has no conformance file")
    }
  }

  /// Classes have no order.
  @Test(arguments: ConformanceCase.all)
  func renumberedClassesChangeNothing(_ known: ConformanceCase) throws {
    let loss = try #require(LossCase.named(known.loss))
    if known.student[0].count == 1 || loss.exceptions.contains(.ordersOutputs) { return }
    let order = [2, 0, 3, 1]
    var other = known
    other.student = known.student.map { row in order.map { row[$0] } }
    other.teacher = known.teacher.map { row in order.map { row[$0] } }
    other.members = known.members?.map { $0.map { row in order.map { row[$0] } } }
    other.labels = known.labels.map { order.firstIndex(of: $0)! }
    let (value, gradient) = try loss.gradient(of: other)
    let expected = Tensor(known.gradient.map { row in order.map { row[$0] } })
    let size = max(1, expected.magnitude.maximum().doubleValue)
    #expect(abs(value - known.value) < 1e-12 * max(1, abs(known.value)))
    #expect(gradient.largestDifference(from: expected) < 1e-11 * size)
  }

  /// Logits stand for probabilities, which a constant added to them does not change: all losses but
  /// those that look at the values as they are.
  @Test(arguments: ConformanceCase.all)
  func shiftedLogitsChangeNothing(_ known: ConformanceCase) throws {
    let loss = try #require(LossCase.named(known.loss))
    let looksAtValues = [
      "squaredErrorOnLogits", "squaredError", "ensembleDistribution", "probabilisticTransfer",
      "similarityPreserving", "correlationCongruence", "relationalDistance", "relationalAngle",
      "bilinearCongruence", "successiveDifferences", "binaryCrossEntropy", "embeddingCosine",
    ]
    let name = loss.loss.terms[0].name.split(separator: "AsIn")[0]
    if known.student[0].count == 1 || looksAtValues.contains(String(name)) { return }
    var other = known
    other.student = known.student.enumerated().map { n, row in row.map { $0 + Double(n) } }
    other.teacher = known.teacher.enumerated().map { n, row in row.map { $0 - Double(n) } }
    let (value, _) = try loss.gradient(of: other)
    #expect(abs(value - known.value) < 1e-11 * max(1, abs(known.value)))
  }
}

/// One case of a conformance file.
struct ConformanceCase: Decodable, Sendable, CustomTestStringConvertible {
  let loss: String
  let meaning: String
  var student: [[Double]]
  var teacher: [[Double]]
  var labels: [Int]
  var members: [[[Double]]]?
  let value: Double
  let gradient: [[Double]]

  var testDescription: String { "\(loss) of \(student[0].count) \(meaning)" }

  private struct File: Decodable {
    let cases: [ConformanceCase]
  }

  static let all: [ConformanceCase] = {
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    let folder = root.appending(path: "Conformance")
    let names = try! FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
    return names.filter { $0.hasSuffix(".json") }.flatMap { name in
      let data = try! Data(contentsOf: folder.appending(path: name))
      return try! JSONDecoder().decode(File.self, from: data).cases
    }
  }()

  var batch: Tensor { .zeros([student.count, 1], .float64) }
  var observedMeaning: Observation.Meaning { .init(rawValue: meaning)! }

  var teacherObservation: Observation {
    var seen = Observation(Tensor(teacher), meaning: observedMeaning)
    if let members {
      let logs = members.map { Tensor($0).logSoftmax() }
      seen.features[Ensemble.membersTap] = .stacked(logs, along: 1)
    }
    return seen
  }
}

extension LossCase {
  static func named(_ description: String) -> LossCase? {
    catalogue.first { $0.loss.description == description }
  }

  /// The loss and its gradient with respect to the student's values.
  func gradient(of known: ConformanceCase) throws -> (value: Double, gradient: Tensor) {
    let (value, gradient) = try valueWithGradient(at: Tensor(known.student)) { values in
      let comparison = Comparison(
        Observation(values, meaning: known.observedMeaning),
        known.teacherObservation,
        labels: Tensor(known.labels),
        inputs: known.batch
      )
      try comparison.check()
      return try loss(comparison)
    }
    return (value.doubleValue, gradient)
  }
}

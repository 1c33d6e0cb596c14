import Testing

@testable import Vision

/// Random detections, as `pycocotools` measures them.
struct PrecisionCase: Decodable, Sendable, CustomTestStringConvertible {
  /// Left, top, width, height, label, whether it is a crowd.
  let truth: [[[Double]]]
  /// Left, top, width, height, label, score.
  let detections: [[[Double]]]
  /// mAP@[.5:.95], at 0.5, at 0.75, of small, medium and large boxes; −1 where there is none.
  let stats: [Double]
  let byClass: [String: Double]

  var testDescription: String { "\(truth.count) images, mAP \(stats[0])" }

  private struct File: Decodable { let cases: [PrecisionCase] }

  static let all = (Fixture.decode("precision.json") as File).cases

  var boxes: [[LabelledBox]] {
    truth.map {
      $0.map { LabelledBox(box($0[0..<4]), label: Int($0[4]), isCrowd: $0[5] == 1) }
    }
  }

  var found: [[Detection]] {
    detections.map { $0.map { Detection(box($0[0..<4]), label: Int($0[4]), score: $0[5]) } }
  }
}

@Suite struct AveragePrecisionTests {
  @Test(arguments: PrecisionCase.all)
  func numbersAreThoseOfPycocotools(known: PrecisionCase) {
    let measured = AveragePrecision(of: known.found, against: known.boxes)
    let ours = [
      measured.mean, measured.atHalf, measured.atThreeQuarters, measured.small, measured.medium,
      measured.large,
    ]
    for (own, other) in zip(ours, known.stats) { #expect(abs((own ?? -1) - other) < 1e-13) }
    #expect(measured.byClass.count == known.byClass.count)
    for (label, value) in measured.byClass {
      #expect(abs(value - known.byClass["\(label)"]!) < 1e-13)
    }
  }

  @Test func perfectDetectionsAreOneAndNoneAreZero() {
    let truth = PrecisionCase.all[2].boxes.map { $0.map { LabelledBox($0.box, label: $0.label) } }
    let perfect = truth.map { $0.map { Detection($0.box, label: $0.label, score: 0.5) } }
    #expect(abs(AveragePrecision(of: perfect, against: truth).mean! - 1) < 1e-12)
    #expect(AveragePrecision(of: truth.map { _ in [] }, against: truth).mean == 0)
    let nothing = AveragePrecision(of: [[]], against: [[]])
    #expect(nothing.mean == nil)
    #expect(nothing.byClass.isEmpty)
  }

  /// Of many detections only the surest count.
  @Test func soManyDetectionsCount() {
    let truth = [[LabelledBox(Box(left: 0, top: 0, right: 10, bottom: 10), label: 0)]]
    let far = Detection(Box(left: 50, top: 50, right: 60, bottom: 60), label: 0, score: 0.9)
    let near = Detection(Box(left: 0, top: 0, right: 10, bottom: 10), label: 0, score: 0.1)
    let found = [Array(repeating: far, count: 3) + [near]]
    #expect(AveragePrecision(of: found, against: truth, most: 3).mean == 0)
    let value = AveragePrecision(of: found, against: truth, most: 4).mean!
    #expect(abs(value - 0.25) < 1e-12)
  }
}

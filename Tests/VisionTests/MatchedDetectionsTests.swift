import Testing

@testable import Vision

@Suite struct MatchedDetectionsTests {
  @Test(arguments: PrecisionCase.all)
  func allImagesGiveTheNumbersOfPycocotools(known: PrecisionCase) {
    let matched = MatchedDetections(of: known.found, against: known.boxes)
    let (mean, half) = matched.precision()
    #expect(abs((mean ?? -1) - known.stats[0]) < 1e-13)
    #expect(abs((half ?? -1) - known.stats[1]) < 1e-13)
  }

  /// Images that are drawn several times are as if they were there several times.
  @Test(arguments: PrecisionCase.all)
  func drawnImagesAreRepeatedOnes(known: PrecisionCase) {
    var place = 0
    // No two scores are equal, so that there is one order.
    let found = known.found.map { detections in
      detections.map { detection in
        place += 1
        let score = detection.score + 1e-7 * Double(place)
        return Detection(detection.box, label: detection.label, score: score)
      }
    }
    let matched = MatchedDetections(of: found, against: known.boxes)
    for start in 0..<3 {
      let counts = found.indices.map { ($0 + start) * 7 % 3 }
      let rows = counts.enumerated().flatMap { [Int](repeating: $0.offset, count: $0.element) }
      let repeated = AveragePrecision(
        of: rows.map { found[$0] },
        against: rows.map { known.boxes[$0] }
      )
      let drawn = matched.precision(drawing: counts)
      #expect(abs((drawn.mean ?? -1) - (repeated.mean ?? -1)) < 1e-12)
      #expect(abs((drawn.atHalf ?? -1) - (repeated.atHalf ?? -1)) < 1e-12)
    }
  }

  @Test func nothingDrawnHasNoPrecision() {
    let known = PrecisionCase.all[0]
    let matched = MatchedDetections(of: known.found, against: known.boxes)
    let drawn = matched.precision(drawing: known.boxes.map { _ in 0 })
    #expect(drawn.mean == nil && drawn.atHalf == nil)
    #expect(matched.imageCount == known.boxes.count)
  }
}

import Tensors
import Testing

@testable import Vision

@Suite struct BoxTests {
  private struct Content: Decodable {
    let boxes: [[Double]]
    let labels: [Int]
    let scores: [Double]
    let overlaps: [[Double]]
    let generalized: [[Double]]
    let kept: [Int]
  }

  private let known: Content = Fixture.decode("boxes.json")

  private var boxes: [Box] {
    known.boxes.map { Box(left: $0[0], top: $0[1], right: $0[2], bottom: $0[3]) }
  }

  @Test func overlapsAreThoseOfPlainLoops() {
    let all = Tensor(known.boxes)
    let overlaps = Boxes.intersectionOverUnion(all, all)
    #expect(overlaps.largestDifference(from: Tensor(known.overlaps)) < 1e-15)
    let generalized = Boxes.generalizedIntersectionOverUnion(
      all.insertingAxis(1),
      all.insertingAxis(0)
    )
    #expect(generalized.largestDifference(from: Tensor(known.generalized)) < 1e-15)
    for (a, row) in zip(boxes, known.overlaps) {
      for (b, overlap) in zip(boxes, row) {
        #expect(abs(a.intersectionOverUnion(b) - overlap) < 1e-15)
      }
    }
  }

  @Test func theSurestOfAClassIsLeft() {
    let detections = zip(boxes, zip(known.labels, known.scores)).map {
      Detection($0, label: $1.0, score: $1.1)
    }
    #expect(detections.suppressed(overlap: 0.3) == known.kept.map { detections[$0] })
    #expect([Detection]().suppressed() == [])
    #expect(detections.suppressed(overlap: 1).count == detections.count)
  }

  /// Boxes that do not touch have a gradient that brings them together.
  @Test func generalizedOverlapHasAGradientApart() {
    let other = Tensor([[10.0, 0, 12, 2]])
    let gradient = gradient(at: Tensor([[0.0, 0, 2, 2]])) { box in
      Boxes.generalizedIntersectionOverUnion(box, other).sum()
    }
    #expect(gradient[0][2].doubleValue > 0)
    let same = Boxes.generalizedIntersectionOverUnion(other, other)
    #expect(same.scalars(Double.self) == [1])
  }

  @Test func boxesWithoutAreaAreNoTrouble() {
    let none = Box(left: 3, top: 3, right: 1, bottom: 5)
    #expect(none.area == 0)
    #expect(none.intersectionOverUnion(none) == 0)
    let empty = Tensor([[3.0, 3, 3, 5]])
    #expect(Boxes.intersectionOverUnion(empty, empty).scalars(Double.self) == [0])
    let gradient = gradient(at: empty) { Boxes.generalizedIntersectionOverUnion($0, $0).sum() }
    let isFinite = gradient.scalars(Double.self).allSatisfy { $0.isFinite }
    #expect(isFinite)
  }
}

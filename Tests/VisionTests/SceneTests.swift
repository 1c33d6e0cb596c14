import Tensors
import Testing

@testable import Vision

@Suite struct SceneTests {
  private func scenes(seed: UInt64, noise: Double = 0, clutter: Int = 0) throws -> ComposedScenes {
    let (pictures, labels) = shapes(20, seed: 1)
    return try ComposedScenes(
      pictures,
      labels: labels,
      height: 48,
      width: 64,
      objects: 1...4,
      scales: 0.7...1.6,
      overlap: 0,
      clutter: clutter,
      noise: noise,
      seed: seed
    )
  }

  @Test func aSceneDependsOnSeedAndNumberAlone() throws {
    let (a, b) = (try scenes(seed: 5, noise: 0.1), try scenes(seed: 5, noise: 0.1))
    _ = a[0]
    for number in [3, 700, 3] {
      #expect(a[number].boxes == b[number].boxes)
      #expect(a[number].image.largestDifference(from: b[number].image) == 0)
    }
    #expect(a[1].boxes != a[2].boxes)
    let other = try scenes(seed: 6)
    #expect(other[1].boxes != a[1].boxes)
    let (images, truth) = a.first(4)
    #expect(images.shape == [4, 1, 48, 64])
    #expect(truth[3] == a[3].boxes)
  }

  /// Every box is as tight as it can be, and nothing bright is outside of all boxes.
  @Test func boxesAreExact() throws {
    let scenes = try scenes(seed: 2)
    var counts: Set<Int> = []
    for number in 0..<40 {
      let (image, boxes) = scenes[number]
      counts.insert(boxes.count)
      let bright = (image[0] .> ComposedScenes.threshold).cast(to: .float32)
      var left = bright
      for box in boxes.map(\.box) {
        let (rows, columns) = (Int(box.top)..<Int(box.bottom), Int(box.left)..<Int(box.right))
        let inside = bright[rows].slicing(columns, along: 1)
        #expect(inside.shape == [Int(box.height), Int(box.width)])
        for edge in [
          inside[0], inside[rows.count - 1], inside.selecting(0, along: 1),
          inside.selecting(columns.count - 1, along: 1),
        ] { #expect(edge.containsTrue) }
        let mask = Tensor.ones(inside.shape).padded([
          (columns.lowerBound, 64 - columns.upperBound), (rows.lowerBound, 48 - rows.upperBound),
        ])
        left = left * (1 - mask)
      }
      #expect(!left.containsTrue)
      for (index, a) in boxes.enumerated() {
        for b in boxes[..<index] { #expect(a.box.intersection(b.box) == 0) }
      }
    }
    #expect(counts == [1, 2, 3, 4])
  }

  @Test func clutterIsNoObject() throws {
    let (plain, cluttered) = (try scenes(seed: 3), try scenes(seed: 3, clutter: 15))
    let sums = [plain, cluttered].map { $0.first(20).images.sum().doubleValue }
    #expect(sums[1] > sums[0] * 1.1)
    #expect(cluttered.first(20).truth.allSatisfy { $0.count <= 4 })
  }

  @Test func bytesAreBrightnesses() throws {
    let picture = Tensor([UInt8](repeating: 255, count: 16), shape: [1, 4, 4])
    let scenes = try ComposedScenes(
      picture,
      labels: Tensor([7]),
      height: 8,
      width: 8,
      objects: 1...1,
      scales: 1...1,
      noise: 0,
      seed: 1
    )
    let (image, boxes) = scenes[0]
    #expect(image.maximum().doubleValue == 1)
    #expect(boxes.map(\.label) == [7])
    #expect(boxes[0].box.area == 16)
  }

  @Test func picturesThatDoNotFitAreRefused() {
    let (pictures, labels) = shapes(3, seed: 1)
    let large = #expect(throws: VisionError.self) {
      try ComposedScenes(pictures, labels: labels, height: 16, width: 16, seed: 1)
    }
    #expect(large?.description.contains("do not fit into scenes of 16×16") == true)
    let unlabelled = #expect(throws: VisionError.self) {
      try ComposedScenes(pictures, labels: labels[0..<2], height: 48, width: 48, seed: 1)
    }
    #expect(unlabelled?.description.contains("[2]") == true)
  }
}

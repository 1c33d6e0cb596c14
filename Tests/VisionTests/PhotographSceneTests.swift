import Tensors
import Testing

@testable import Vision

/// Scenes on, and parts of, photographs.
@Suite struct PhotographSceneTests {
  private static var photograph: Tensor {
    Tensor.uniform([3, 40, 50], using: RandomGenerator(seed: 3)) * 0.4
  }

  /// Full squares of 10 × 10 in a colour of their own, within a rim that is clear.
  private static var pictures: Tensor {
    let mask = Tensor.ones([1, 1, 10, 10]).padded([(1, 1), (1, 1)])
    let colours = Tensor([1, 0, 0, 0, 1, 0] as [Float], shape: [2, 3, 1, 1])
    return .concatenated([colours * mask, mask * Tensor.ones([2, 1, 1, 1])], along: 1)
  }

  private func pasted(seed: UInt64) throws -> PastedScenes {
    try PastedScenes(
      Self.pictures,
      labels: Tensor([0, 1]),
      on: [Self.photograph],
      height: 32,
      width: 36,
      objects: 1...3,
      scales: 1...1,
      overlap: 0,
      seed: seed
    )
  }

  @Test func whatIsPastedCoversThePhotographInItsBox() throws {
    let scenes = try pasted(seed: 4)
    for number in 0..<20 {
      let (image, boxes) = scenes[number]
      #expect(image.shape == [3, 32, 36] && (1...3).contains(boxes.count))
      var ground = Tensor.ones([32, 36])
      for known in boxes {
        let box = known.box
        #expect(box.width == 10 && box.height == 10)
        let (rows, columns) = (Int(box.top)..<Int(box.bottom), Int(box.left)..<Int(box.right))
        let inside = image.slicing(rows, along: 1).slicing(columns, along: 2)
        for channel in 0..<3 {
          let wanted: Double = channel == known.label ? 1 : 0
          #expect((inside[channel] - wanted).magnitude.maximum().doubleValue < 1e-6)
        }
        let mask = Tensor.ones(inside[0].shape).padded([
          (columns.lowerBound, 36 - columns.upperBound), (rows.lowerBound, 32 - rows.upperBound),
        ])
        ground = ground * (1 - mask)
      }
      // Elsewhere is the photograph, whose numbers are small.
      #expect((image * ground).maximum().doubleValue <= 0.4)
    }
  }

  @Test func aSceneDependsOnSeedAndNumberAlone() throws {
    let (a, b) = (try pasted(seed: 5), try pasted(seed: 5))
    _ = a[0]
    #expect(a[7].boxes == b[7].boxes && a[7].image.largestDifference(from: b[7].image) == 0)
    #expect(try pasted(seed: 6)[7].image.largestDifference(from: a[7].image) > 0)
    let (images, truth) = a.first(3)
    #expect(images.shape == [3, 3, 32, 36] && truth[2] == a[2].boxes)
  }

  @Test func partsHaveTheirPartOfTheBoxes() throws {
    let boxes = [
      LabelledBox(Box(left: 2, top: 3, right: 12, bottom: 9), label: 0),
      // Four fifths of it are in the first tile, one fifth in the second.
      LabelledBox(Box(left: 12, top: 0, right: 22, bottom: 4), label: 0),
    ]
    let scenes = try CroppedScenes(Self.photograph, boxes: boxes, height: 20, width: 20, seed: 1)
    let (images, truth) = scenes.tiles
    #expect(images.shape == [4, 3, 20, 20])
    let wanted = Self.photograph.slicing(20..<40, along: 1).slicing(0..<20, along: 2)
    #expect(images[2].largestDifference(from: wanted) == 0)
    #expect(truth[0].map(\.isCrowd) == [false, false] && truth[2].isEmpty && truth[3].isEmpty)
    #expect(truth[0][1].box == Box(left: 12, top: 0, right: 20, bottom: 4))
    #expect(truth[1].map(\.isCrowd) == [true])
    #expect(truth[1][0].box == Box(left: 0, top: 0, right: 2, bottom: 4))
    let drawn = scenes.first(30)
    #expect(drawn.images.shape == [30, 3, 20, 20])
    #expect(drawn.truth.joined().allSatisfy { $0.box.right <= 20 && $0.box.left >= 0 })
    #expect(scenes[9].image.largestDifference(from: drawn.images[9]) == 0)
  }

  @Test func whatDoesNotFitIsRefused() {
    let small = #expect(throws: VisionError.self) {
      try CroppedScenes(Self.photograph, boxes: [], height: 41, width: 8, seed: 1)
    }
    #expect(small?.description.contains("no scenes of 41×8") == true)
    func refusal(
      _ pictures: Tensor,
      on photographs: [Tensor],
      scales: ClosedRange<Double> = 1...1
    ) -> String? {
      let error = #expect(throws: VisionError.self) {
        try PastedScenes(
          pictures,
          labels: Tensor([0, 1]),
          on: photographs,
          height: 32,
          width: 36,
          scales: scales,
          seed: 1
        )
      }
      return error?.description
    }
    let pictures = Self.pictures
    #expect(refusal(pictures, on: [])?.contains("photographs of shapes []") == true)
    #expect(refusal(pictures, on: [.zeros([3, 8, 90])])?.contains("no smaller") == true)
    #expect(refusal(pictures[0..<1], on: [Self.photograph])?.contains("a label each") == true)
    let large = refusal(pictures, on: [Self.photograph], scales: 1...3)
    #expect(large?.contains("do not fit into scenes of 32×36") == true)
  }
}

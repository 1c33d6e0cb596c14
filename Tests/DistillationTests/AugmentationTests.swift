import Foundation
import Networks
import Tensors
import Testing

@testable import Distillation

/// Random changes of images, against what they are by definition.
@Suite struct AugmentationTests {
  private let channels = 2
  private let height = 5
  private let width = 6

  /// Images whose numbers are all different, and not black.
  private var images: Tensor {
    Tensor((0..<7 * 60).map { Float($0) + 1 }, shape: [7, 60])
  }

  private func changed(
    _ text: String,
    epoch: Int = 0,
    seed: UInt64 = 3,
    _ images: Tensor? = nil,
    examples: [Int]? = nil
  ) throws -> Tensor {
    let inputs = images ?? self.images
    let all = AugmentedImages(try Augmentation(text), [channels, height, width], [0])
    return all.changed(inputs, examples ?? Array(0..<inputs.shape[0]), epoch, seed)
  }

  private func planes(_ tensor: Tensor) -> [[[Float]]] {
    tensor.reshaped(to: [-1, width]).scalars(Float.self)
      .chunked(width).chunked(height)
  }

  /// Each image is one of the 5 × 5 shifts of itself, and not always the same.
  @Test func shiftsAreWholePixels() throws {
    var found: Set<[Int]> = []
    for epoch in 0..<12 {
      let moved = planes(try changed("shift(2)", epoch: epoch))
      for (place, (old, new)) in zip(planes(images), moved).enumerated() {
        var matches: [[Int]] = []
        for down in -2...2 {
          for right in -2...2 {
            let isSame = (0..<height).allSatisfy { row in
              (0..<width).allSatisfy { column in
                let (y, x) = (row - down, column - right)
                let isInside = (0..<height).contains(y) && (0..<width).contains(x)
                return new[row][column] == (isInside ? old[y][x] : 0)
              }
            }
            if isSame { matches.append([down, right]) }
          }
        }
        #expect(matches.count == 1, "plane \(place)")
        found.formUnion(matches)
      }
    }
    #expect(found.count > 18)
  }

  @Test func flipsAreHalfOfAll() throws {
    var flipped = 0
    for epoch in 0..<40 {
      for (old, new) in zip(planes(images), planes(try changed("flip", epoch: epoch))) {
        let mirrored = old.map { Array($0.reversed()) }
        #expect(new == old || new == mirrored)
        if new == mirrored { flipped += 1 }
      }
    }
    // Of 280 images of two channels each.
    #expect((100...180).contains(flipped / 2))
  }

  /// A plane stays a plane when it is sampled bilinearly: rotated and cropped values are those of the
  /// linear function at the place they come from.
  @Test func linesStayLines() throws {
    let (side, count) = (9, 8)
    let plane = (0..<side * side).map { Float($0 / side) * 2 + Float($0 % side) + 10 }
    let inputs = Tensor(Array(repeating: plane, count: count).flatMap { $0 }, shape: [count, 81])
    func changed(_ text: String) throws -> [[Float]] {
      AugmentedImages(try Augmentation(text), [1, side, side], [0])
        .changed(inputs, Array(0..<count), 0, 1).scalars(Float.self).chunked(side * side)
    }
    for image in try changed("rotation(20)") {
      // The centre stays, and the gradient turns by one angle of at most 20 degrees.
      #expect(abs(image[40] - 22) < 1e-4)
      let (down, right) = (image[49] - image[40], image[41] - image[40])
      #expect(abs(down * down + right * right - 5) < 1e-3)
      let angle = atan2(Double(down), Double(right)) - atan2(2, 1)
      #expect(abs(angle) <= 20.01 * .pi / 180)
      #expect(abs(image[50] - image[40] - down - right) < 1e-3)
    }
    for image in try changed("crop(5)") {
      // 5 pixels are stretched over 9.
      #expect(abs(image[49] - image[40] - 2 * 5 / 9) < 1e-4)
      #expect(abs(image[41] - image[40] - 5.0 / 9) < 1e-4)
      #expect(image.min()! >= 10 && image.max()! <= 34)
    }
    let angles = Set(try changed("rotation(20)").map { $0[49] })
    #expect(angles.count == count)
  }

  @Test func cutoutsAreSquares() throws {
    for (old, new) in zip(planes(images), planes(try changed("cutout(3)"))) {
      let black = (0..<height * width).filter { new[$0 / width][$0 % width] == 0 }
      #expect((1...9).contains(black.count))
      let (rows, columns) = (Set(black.map { $0 / width }), Set(black.map { $0 % width }))
      #expect(black.count == rows.count * columns.count && rows.count <= 3 && columns.count <= 3)
      for index in 0..<height * width where !black.contains(index) {
        #expect(new[index / width][index % width] == old[index / width][index % width])
      }
    }
  }

  /// λ of Beta(α, α), at least ½: its mean square is that of the distribution.
  @Test func mixturesAreOfNeighbours() throws {
    let count = 4_000
    let values = (0..<count).map { Float($0 % 2 == 0 ? 1 : 0) }
    let inputs = Tensor(values.flatMap { Array(repeating: $0, count: 60) }, shape: [count, 60])
    for alpha in [0.2, 1.0] {
      let mixed = try changed("mixup(\(alpha))", inputs).scalars(Float.self).chunked(60)
      var squares = 0.0
      for (place, image) in mixed.enumerated() {
        #expect(Set(image).count == 1)
        let share = Double(place % 2 == 0 ? image[0] : 1 - image[0])
        #expect(share >= 0.5 && share <= 1)
        squares += pow(share - 0.5, 2)
      }
      // The variance of Beta(α, α) about ½ is 1 / (4 (2 α + 1)).
      #expect(abs(squares / Double(count) - 1 / (4 * (2 * alpha + 1))) < 0.006, "\(alpha)")
    }
  }

  /// By example and epoch, whatever the batch.
  @Test func changesAreOfTheExampleAndTheEpoch() throws {
    let text = "shift(1) flip rotation(10) crop(4) cutout(2)"
    let all = try changed(text)
    let some = try changed(text, images[rows: Tensor([5, 2])], examples: [5, 2])
    #expect(some.largestDifference(from: all[rows: Tensor([5, 2])]) == 0)
    #expect(try changed(text, epoch: 1).largestDifference(from: all) > 0)
    #expect(try changed(text, seed: 4).largestDifference(from: all) > 0)
    let batches = Examples(images).batches(of: 3, epochs: nil, shuffled: 8)
    let inputs = batches.augmented(
      by: try Augmentation(text),
      shape: [channels, height, width],
      seed: 3
    )
    for step in [4, 0, 7] {
      let batch = try #require(try inputs.batch(step))
      let indices = try #require(batch.indices).scalars(Int.self)
      let right = try changed(text, epoch: step / 3)[rows: Tensor(indices)]
      #expect(batch.inputs.largestDifference(from: right) == 0)
    }
  }

  @Test func blackIsThatOfTheChannel() throws {
    let all = AugmentedImages(try Augmentation("cutout(4)"), [2, 5, 6], [-1, -2])
    let image = planes(all.changed(images, Array(0..<7), 0, 1))
    for (place, plane) in image.enumerated() {
      #expect(plane.flatMap { $0 }.contains(place % 2 == 0 ? -1 : -2))
    }
  }

  @Test(arguments: [
    "", "shift", "shift()", "shift(0)", "shift(1.5)", "shift(-1)", "flip(2)", "turn(3)",
    "rotation(200)",
    "mixup(2)", "mixup(0.2) flip", "shift(2),flip", "cutout(1e9)", "crop(nan)",
    "mixup(0.1) mixup(0.1)",
  ])
  func nonsenseIsRefused(text: String) {
    #expect(throws: DistillationError.self) { try Augmentation(text) }
  }

  @Test func textsAreReadAsTheyAreWritten() throws {
    let text = "shift(2) flip crop(24) rotation(7.5) cutout(8) mixup(0.2)"
    #expect(try Augmentation(text).description == text)
    #expect(try Augmentation(" shift(2)  flip ").description == "shift(2) flip")
    try Augmentation(text).check(for: [1, 28, 28])
    for (change, shape) in [("crop(29)", [1, 28, 40]), ("shift(5)", [1, 5, 9]), ("flip", [784])] {
      #expect(throws: DistillationError.self) { try Augmentation(change).check(for: shape) }
    }
  }
}

extension Array {
  fileprivate func chunked(_ size: Int) -> [[Element]] {
    stride(from: 0, to: count, by: size).map { Array(self[$0..<Swift.min($0 + size, count)]) }
  }
}

import Foundation
import Mathematics
import Tensors
import Testing

@testable import Reporting

@Suite struct ShiftTests {
  private let reference = CertificateReference.numbers.images

  private var images: Tensor { Tensor(reference.values, shape: reference.shape) }
  private var shape: [Int] { Array(reference.shape.dropFirst()) }

  @Test func blurIsThatOfSciPy() {
    let blurred = Shift(.blur, 1.3).apply(to: images, shape: shape, seed: 1)
    let expected = Tensor(reference.blurred, shape: reference.shape)
    #expect(blurred.largestDifference(from: expected) < 1e-14)
  }

  @Test func blurAgainstSlowLoops() {
    // Straight from the definition, in two dimensions at once.
    let (channels, height, width) = (shape[0], shape[1], shape[2])
    let source = reference.values
    let (deviation, radius) = (0.8, 3)
    let found = Shift(.blur, deviation).apply(to: images, shape: shape, seed: 1)
      .scalars(Double.self)
    var place = 0
    for image in 0..<(reference.shape[0] * channels) {
      for y in 0..<height {
        for x in 0..<width {
          var (sum, total) = (0.0, 0.0)
          for dy in -radius...radius {
            for dx in -radius...radius {
              let weight = exp(-Double(dy * dy + dx * dx) / (2 * deviation * deviation))
              let (row, column) = (min(max(y + dy, 0), height - 1), min(max(x + dx, 0), width - 1))
              sum += weight * source[(image * height + row) * width + column]
              total += weight
            }
          }
          #expect(abs(found[place] - sum / total) < 1e-14)
          place += 1
        }
      }
    }
  }

  @Test func rotationsAreThoseOfSciPy() throws {
    let left = Tensor(reference.left, shape: reference.shape)
    let right = Tensor(reference.right, shape: reference.shape)
    var sides: Set<Bool> = []
    for seed in 1...4 as ClosedRange<UInt64> {
      let turned = Shift(.rotation, 25).apply(to: images, shape: shape, seed: seed)
      for index in 0..<reference.shape[0] {
        let toLeft = turned[index].largestDifference(from: left[index])
        let toRight = turned[index].largestDifference(from: right[index])
        #expect(min(toLeft, toRight) < 1e-12)
        sides.insert(toLeft < toRight)
      }
    }
    #expect(sides == [true, false])
  }

  @Test func rotationsAgainstSlowLoops() {
    let (channels, height, width) = (shape[0], shape[1], shape[2])
    let found = Shift(.rotation, 140).apply(to: images, shape: shape, seed: 3)
      .scalars(Double.self)
    func turned(_ image: Int, _ angle: Double) -> [Double] {
      let (cy, cx) = (Double(height - 1) / 2, Double(width - 1) / 2)
      return (0..<channels).flatMap { channel in
        (0..<height * width).map { pixel -> Double in
          let (y, x) = (Double(pixel / width) - cy, Double(pixel % width) - cx)
          let row = min(max(sin(angle) * x + cos(angle) * y + cy, 0), Double(height - 1))
          let column = min(max(cos(angle) * x - sin(angle) * y + cx, 0), Double(width - 1))
          func at(_ row: Int, _ column: Int) -> Double {
            let (row, column) = (min(row, height - 1), min(column, width - 1))
            return reference.values[((image * channels + channel) * height + row) * width + column]
          }
          let (top, start) = (Int(row), Int(column))
          let (down, across) = (row - Double(top), column - Double(start))
          return (1 - down) * ((1 - across) * at(top, start) + across * at(top, start + 1))
            + down * ((1 - across) * at(top + 1, start) + across * at(top + 1, start + 1))
        }
      }
    }
    let size = channels * height * width
    for image in 0..<reference.shape[0] {
      let own = found[(image * size)..<((image + 1) * size)]
      let distances = [1.0, -1].map { side in
        zip(own, turned(image, side * 140 * .pi / 180)).map { abs($0 - $1) }.max()!
      }
      #expect(distances.min()! < 1e-12)
    }
  }

  @Test func noiseIsOfTheSizeItSays() {
    let generator = RandomGenerator(seed: 4)
    // Two channels of quite different size.
    let scale = Tensor([1.0, 20]).reshaped(to: [1, 2, 1, 1])
    let images = Tensor.normal([400, 2, 8, 8], .float64, using: generator) * scale
    let noise = Shift(.noise, 0.5).apply(to: images, shape: [2, 8, 8], seed: 9) - images
    for (channel, deviation) in [(0, 0.5), (1, 10.0)] {
      let estimate = Estimate(of: noise.selecting(channel, along: 1).squared)
      // 25,600 numbers give a variance to 1/√12,800 = 0.9%, both of the noise and of the images;
      // four times √2 of that.
      #expect(abs(estimate.mean / (deviation * deviation) - 1) < 0.05)
    }
    let again = Shift(.noise, 0.5).apply(to: images, shape: [2, 8, 8], seed: 9) - images
    #expect(again.largestDifference(from: noise) == 0)
    let other = Shift(.noise, 0.5).apply(to: images, shape: [2, 8, 8], seed: 10) - images
    #expect(other.largestDifference(from: noise) > 1)
  }

  @Test(arguments: Shift.standard(for: [2, 7, 6]))
  func shiftsCommuteWithScaling(shift: Shift) {
    let mean = Tensor([0.2, 0.7]).reshaped(to: [1, 2, 1, 1])
    let deviation = Tensor([0.3, 4]).reshaped(to: [1, 2, 1, 1])
    let before = shift.apply(to: (images - mean) / deviation, shape: shape, seed: 5)
    let after = (shift.apply(to: images, shape: shape, seed: 5) - mean) / deviation
    #expect(before.largestDifference(from: after) < 1e-12)
    // Flat inputs are treated alike.
    let flat = shift.apply(to: images.flattened(from: 1), shape: shape, seed: 5)
    let whole = shift.apply(to: images, shape: shape, seed: 5)
    #expect(flat.largestDifference(from: whole.flattened(from: 1)) == 0)
    #expect(flat.shape == [2, 84])
  }

  @Test func standardShifts() {
    #expect(Shift.standard(for: [13]).map(\.kind) == [.noise, .noise, .noise])
    #expect(Shift.standard(for: [1, 28, 28]).count == 9)
    #expect("\(Shift(.rotation, 20)) \(Shift(.noise, 0.5))" == "rotation 20° noise 0.5 sd")
    let untouched = Shift(.blur, 0).apply(to: images, shape: shape, seed: 1)
    #expect(untouched.largestDifference(from: images) == 0)
  }
}

import Foundation
import Tensors

extension ExampleBatches {
  /// The same batches with their images changed.
  ///
  /// - Parameters:
  ///   - shape: Of an image, `[channels, height, width]`; inputs may be laid flat.
  ///   - black: The number that stands for black in each channel, for what comes in from outside an image.
  ///     The default is 0.
  ///   - seed: Where the changes come from.
  public func augmented(
    by augmentation: Augmentation,
    shape: [Int],
    black: [Float]? = nil,
    seed: UInt64
  ) -> some Inputs {
    let images = AugmentedImages(augmentation, shape, black ?? [0])
    return FunctionOfStep(stepCount) { [self] step in
      guard let batch = try batch(step), let indices = batch.indices else { return nil }
      return Batch(
        images.changed(batch.inputs, indices.scalars(Int.self), step / stepsPerEpoch, seed),
        labels: batch.labels,
        indices: indices
      )
    }
  }
}

/// Changes images of one shape.
struct AugmentedImages {
  private let augmentation: Augmentation
  private let (channels, height, width): (Int, Int, Int)
  private let black: [Float]

  /// - Parameter black: Of each channel, or one of all.
  init(_ augmentation: Augmentation, _ shape: [Int], _ black: [Float]) {
    precondition(
      shape.count == 3 && (black.count == 1 || black.count == shape[0]),
      "AugmentedImages: images of \(shape) with \(black.count) numbers for black"
    )
    self.augmentation = augmentation
    (channels, height, width) = (shape[0], shape[1], shape[2])
    self.black = black.count == 1 ? Array(repeating: black[0], count: shape[0]) : black
  }

  /// - Parameters:
  ///   - inputs: `[batch, …]`.
  ///   - examples: The number of each in the data.
  func changed(_ inputs: Tensor, _ examples: [Int], _ epoch: Int, _ seed: UInt64) -> Tensor {
    let size = channels * height * width
    var pixels = inputs.moved(to: .cpu).scalars(Float.self)
    var shares: [Float] = []
    for (place, example) in examples.enumerated() {
      var random = ExampleRandom(seed, epoch: epoch, example: example)
      var image = Array(pixels[place * size..<(place + 1) * size])
      for step in augmentation.steps {
        switch step {
        case .shift(let limit):
          let (down, right) = (random.integer(upTo: limit), random.integer(upTo: limit))
          image = moved(image) { (Double($0 - down), Double($1 - right)) }
        case .flip:
          if random.uniform() < 0.5 {
            image = moved(image) { (Double($0), Double(width - 1 - $1)) }
          }
        case .crop(let side):
          let top = random.uniform() * Double(height - side)
          let left = random.uniform() * Double(width - side)
          // Centres of pixels are half a pixel from its edges.
          let (down, across) = (Double(side) / Double(height), Double(side) / Double(width))
          image = moved(image, clamping: true) {
            (top + (Double($0) + 0.5) * down - 0.5, left + (Double($1) + 0.5) * across - 0.5)
          }
        case .rotation(let degrees):
          let angle = (2 * random.uniform() - 1) * degrees * .pi / 180
          let (cosine, sine) = (cos(angle), sin(angle))
          let (y, x) = (Double(height - 1) / 2, Double(width - 1) / 2)
          image = moved(image) { row, column in
            let (down, right) = (Double(row) - y, Double(column) - x)
            return (y + cosine * down - sine * right, x + sine * down + cosine * right)
          }
        case .cutout(let side):
          let top = Int(random.uniform() * Double(height)) - side / 2
          let left = Int(random.uniform() * Double(width)) - side / 2
          darken(&image, top..<top + side, left..<left + side)
        case .mixup(let alpha):
          let share = random.beta(alpha)
          shares.append(Float(max(share, 1 - share)))
        }
      }
      pixels.replaceSubrange(place * size..<(place + 1) * size, with: image)
    }
    let images = Tensor(pixels, shape: inputs.shape)
    guard !shares.isEmpty else { return images.moved(to: inputs.device) }
    let share = Tensor(shares).reshaped(
      to: [shares.count] + inputs.shape.dropFirst().map { _ in 1 }
    )
    return (images * share + images.rolled(by: -1, along: 0) * (1 - share)).moved(to: inputs.device)
  }

  /// Each pixel from another place, bilinearly; black from outside, or from the edge.
  private func moved(
    _ image: [Float],
    clamping: Bool = false,
    from place: (_ row: Int, _ column: Int) -> (Double, Double)
  ) -> [Float] {
    var result = image
    for row in 0..<height {
      for column in 0..<width {
        var (y, x) = place(row, column)
        if clamping {
          (y, x) = (min(max(y, 0), Double(height - 1)), min(max(x, 0), Double(width - 1)))
        }
        let (top, left) = (Int(y.rounded(.down)), Int(x.rounded(.down)))
        let (low, right) = (Float(y - Double(top)), Float(x - Double(left)))
        for channel in 0..<channels {
          func pixel(_ row: Int, _ column: Int) -> Float {
            guard row >= 0, row < height, column >= 0, column < width else { return black[channel] }
            return image[(channel * height + row) * width + column]
          }
          var value = pixel(top, left)
          // Whole steps leave every number as it is.
          if low != 0 || right != 0 {
            value =
              (1 - low) * ((1 - right) * value + right * pixel(top, left + 1))
              + low * ((1 - right) * pixel(top + 1, left) + right * pixel(top + 1, left + 1))
          }
          result[(channel * height + row) * width + column] = value
        }
      }
    }
    return result
  }

  private func darken(_ image: inout [Float], _ rows: Range<Int>, _ columns: Range<Int>) {
    for channel in 0..<channels {
      for row in rows.clamped(to: 0..<height) {
        for column in columns.clamped(to: 0..<width) {
          image[(channel * height + row) * width + column] = black[channel]
        }
      }
    }
  }
}

import Foundation
import Mathematics

/// Random changes of images, made anew for every example in every epoch.
///
/// ```swift
/// let augmentation = try Augmentation("shift(2) flip rotation(10) cutout(8)")
/// let batches = Examples(images).batches(of: 100, epochs: nil, shuffled: 1)
///   .augmented(by: augmentation, shape: [1, 28, 28], seed: 1)
/// ```
///
/// What is done to an example depends on the seed, its number and the epoch alone: a run that goes on, or
/// is repeated, sees the same images to the last bit. The teacher must be asked about each batch, as it
/// is about images that nobody has seen before.
public struct Augmentation: Equatable, Sendable, CustomStringConvertible {
  /// One change; lengths are in pixels.
  enum Step: Equatable, Sendable {
    /// By whole pixels, up to so many along each axis.
    case shift(Int)
    /// Left and right exchanged, for every other image.
    case flip
    /// A square window of this side, at random, made as large as the image.
    case crop(Int)
    /// About the centre, by up to so many degrees either way.
    case rotation(Double)
    /// A square of this side, anywhere, made black.
    case cutout(Int)
    /// Each image mixed with the next one of its batch by shares of Beta(α, α), the larger its own.
    case mixup(Double)
  }

  let steps: [Step]

  /// - Parameter text: Such as `shift(2) flip`, in the order in which the changes are made.
  /// - Throws: ``DistillationError`` when it cannot be understood.
  public init(_ text: String) throws {
    steps = try text.split(whereSeparator: \.isWhitespace).map { try Self.step(String($0)) }
    guard !steps.isEmpty else { throw Self.refusal(text) }
    if let place = steps.firstIndex(where: { if case .mixup = $0 { true } else { false } }),
      place != steps.count - 1
    {
      throw DistillationError("'\(text)': mixup comes last, because it mixes what the others made")
    }
  }

  private static func step(_ word: String) throws -> Step {
    if word == "flip" { return .flip }
    guard let open = word.firstIndex(of: "("), word.hasSuffix(")"),
      let number = Double(word[word.index(after: open)...].dropLast()), number > 0, number <= 16_384
    else { throw refusal(word) }
    let whole = Int(exactly: number)
    switch (String(word[..<open]), whole) {
    case ("shift", let pixels?): return .shift(pixels)
    case ("crop", let pixels?): return .crop(pixels)
    case ("cutout", let pixels?): return .cutout(pixels)
    case ("rotation", _) where number <= 180: return .rotation(number)
    case ("mixup", _) where number <= 1: return .mixup(number)
    default: throw refusal(word)
    }
  }

  private static func refusal(_ text: String) -> DistillationError {
    DistillationError(
      "'\(text)' is no change of images: write some of shift(pixels), flip, crop(side), "
        + "rotation(degrees, at most 180), cutout(side) and mixup(alpha, at most 1), with spaces between "
        + "them, such as \"shift(2) flip\""
    )
  }

  public var description: String {
    steps.map { step in
      switch step {
      case .shift(let pixels): "shift(\(pixels))"
      case .flip: "flip"
      case .crop(let side): "crop(\(side))"
      case .rotation(let degrees): "rotation(\(degrees.formatted))"
      case .cutout(let side): "cutout(\(side))"
      case .mixup(let alpha): "mixup(\(alpha.formatted))"
      }
    }.joined(separator: " ")
  }

  /// Whether images are mixed, so that no label is that of an image any more.
  public var mixes: Bool { if case .mixup = steps.last { true } else { false } }

  /// - Parameter shape: Of one input.
  /// - Throws: ``DistillationError`` when inputs are no images, or smaller than what is cut.
  public func check(for shape: [Int]) throws {
    guard shape.count == 3 else {
      throw DistillationError(
        "'\(self)' is for images, and an input of the data has \(shape.reduce(1, *)) numbers in a row"
      )
    }
    let side = min(shape[1], shape[2])
    for step in steps {
      switch step {
      case .shift(let pixels) where pixels >= side, .crop(let pixels) where pixels > side,
        .cutout(let pixels) where pixels > side:
        throw DistillationError(
          "'\(self)' is too much for images of \(shape[1]) × \(shape[2]): \(pixels) pixels are all of one"
        )
      default: break
      }
    }
  }
}

extension Double {
  /// Without ".0".
  fileprivate var formatted: String { self == rounded() ? "\(Int(self))" : "\(self)" }
}

/// Random numbers of one example in one epoch.
struct ExampleRandom {
  private let seed: UInt64
  private var count = 0

  init(_ seed: UInt64, epoch: Int, example: Int) {
    self.seed = mixed(mixed(seed, epoch), example)
  }

  /// From 0 to below 1.
  mutating func uniform() -> Double {
    defer { count += 1 }
    return Double(mixed(seed, count) >> 11) / 9_007_199_254_740_992
  }

  /// One of −limit … limit.
  mutating func integer(upTo limit: Int) -> Int {
    Int(uniform() * Double(2 * limit + 1)) - limit
  }

  /// Beta(α, α) for α of at most 1 (Jöhnk 1964).
  mutating func beta(_ alpha: Double) -> Double {
    // At least half of all pairs are taken.
    while true {
      let (x, y) = (pow(uniform(), 1 / alpha), pow(uniform(), 1 / alpha))
      if x + y > 0, x + y <= 1 { return x / (x + y) }
      // Both too small to be told from 0: it is one of the ends.
      if x + y == 0 { return uniform() < 0.5 ? 0 : 1 }
    }
  }
}

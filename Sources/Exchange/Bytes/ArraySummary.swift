import Foundation
import Tensors

/// What an array in a file is like: its type and shape, and its smallest and largest finite numbers.
///
/// It is gathered a piece at a time: a small file may stand for an array that fits in no memory.
public struct ArraySummary: Sendable {
  public let elementType: ElementType
  public let shape: [Int]
  /// Nil where no number is finite.
  public private(set) var minimum: Double?
  public private(set) var maximum: Double?
  public private(set) var notFinite = 0

  private static let piece = 1 << 20

  public init(of tensor: Tensor) {
    (elementType, shape) = (tensor.elementType, tensor.shape)
    let flat = tensor.reshaped(to: [-1])
    for start in stride(from: 0, to: flat.count, by: Self.piece) {
      add(flat[start..<min(start + Self.piece, flat.count)])
    }
  }

  /// - Parameters:
  ///   - bytesPerElement: In the file.
  ///   - read: Reads so many elements that follow.
  init(
    _ source: any ByteSource,
    _ elementType: ElementType,
    _ shape: [Int],
    bytesPerElement: Int,
    _ read: (_ count: Int) throws -> Tensor
  ) throws {
    (self.elementType, self.shape) = (elementType, shape)
    let count = try source.promised(shape, elementType) / elementType.byteCount
    guard count <= source.greatestRemaining / bytesPerElement else {
      throw source.promiseBroken(
        at: source.position,
        promised: count * bytesPerElement,
        "at most \(source.greatestRemaining) can follow"
      )
    }
    var done = 0
    while done < count {
      let part = try read(min(Self.piece, count - done))
      add(part)
      done += part.count
      source.bound.giveBack(Double(part.count * elementType.byteCount))
    }
    try source.requireEnd()
  }

  private mutating func add(_ part: Tensor) {
    var finite = part.elementType == .bool ? part.cast(to: .uint8) : part
    if part.elementType.isFloatingPoint, !part.isAllFinite {
      finite = part.elements(where: part.isFinite)
      notFinite += part.count - finite.count
    }
    guard finite.count > 0 else { return }
    let (least, most) = (finite.minimum().doubleValue, finite.maximum().doubleValue)
    minimum = Swift.min(minimum ?? least, least)
    maximum = Swift.max(maximum ?? most, most)
  }
}

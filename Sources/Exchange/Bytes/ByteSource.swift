import Foundation
import Tensors

/// Bytes that come one after another, from a file, a part of one, or what is packed inside.
protocol ByteSource: AnyObject {
  /// The file, for errors.
  var url: URL { get }
  /// What may be kept in memory of the whole file.
  var bound: MemoryBound { get }
  /// How many bytes have been handed out.
  var position: Int { get }
  /// More bytes than this cannot follow. Checked against what a header promises *before* memory is
  /// set aside, so that a hostile header costs nothing.
  var greatestRemaining: Int { get }
  /// Fills `buffer` from its start and returns how many bytes there were: fewer than asked for only
  /// at the end.
  func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int
}

extension ByteSource {
  /// Exactly `count` bytes of a header.
  func header(_ count: Int, _ what: String) throws -> [UInt8] {
    guard count <= greatestRemaining else { throw tooShort(for: what) }
    var bytes = [UInt8](repeating: 0, count: count)
    let got = try bytes.withUnsafeMutableBytes { try read(into: $0) }
    guard got == count else { throw tooShort(for: what) }
    return bytes
  }

  private func tooShort(for what: String) -> FileError {
    FileError(url, at: .byte(position), "the file ends inside \(what)", FileError.fetchAgain)
  }

  /// The elements that a header promises, read straight into a tensor's memory.
  ///
  /// - Parameter isBigEndian: whether the most significant byte of each element comes first.
  func elements(_ shape: [Int], _ type: ElementType, isBigEndian: Bool) throws -> Tensor {
    // Any other byte than 0 and 1 in a `bool` would be undefined behaviour.
    if type == .bool { return .!(try elements(shape, .uint8, isBigEndian: isBigEndian) .== 0) }
    let start = position
    let count = try promised(shape, type)
    guard count <= greatestRemaining else {
      throw promiseBroken(at: start, promised: count, "at most \(greatestRemaining) can follow")
    }
    try bound.take(Double(count), for: "its array of shape \(shape)")
    guard var tensor = try? withTorchErrors({ Tensor.uninitialized(shape, type) }) else {
      throw FileError(url, "its \(count) bytes do not fit in memory", "use a larger machine")
    }
    let got = count == 0 ? 0 : try tensor.withUnsafeMutableBytes { try read(into: $0) }
    guard got == count else {
      throw promiseBroken(at: start, promised: count, "only \(got) follow")
    }
    return isBigEndian == hostIsBigEndian ? tensor : tensor.withBytesSwapped
  }

  /// The bytes that a header's shape means.
  func promised(_ shape: [Int], _ type: ElementType) throws -> Int {
    guard let count = byteCount(shape, type) else {
      throw FileError(
        url,
        at: .byte(position),
        "the header promises the impossible shape \(shape)",
        "the file is damaged or of another kind"
      )
    }
    return count
  }

  func promiseBroken(at start: Int, promised: Int, _ truth: String) -> FileError {
    FileError(
      url,
      at: .byte(start),
      "the header promises \(promised) bytes but \(truth)",
      FileError.fetchAgain
    )
  }

  /// Makes sure that nothing follows.
  func requireEnd() throws {
    var extra: UInt8 = 0
    let got = try withUnsafeMutableBytes(of: &extra) { try read(into: $0) }
    guard got == 0 else {
      throw FileError(
        url,
        at: .byte(position - got),
        "the file goes on after the elements that its header promises",
        "the file is damaged or of another kind"
      )
    }
  }
}

let hostIsBigEndian = 1.bigEndian == 1

/// Bytes of a shape, or nil where a length is negative, the product is beyond the machine, or there
/// are more axes than NumPy and libtorch can hold.
func byteCount(_ shape: [Int], _ type: ElementType) -> Int? {
  // Empty axes must not hide a product of the others that overflows: libtorch multiplies them all.
  var product = type.byteCount
  guard shape.count <= 64 else { return nil }
  for length in shape {
    let (next, overflows) = product.multipliedReportingOverflow(by: max(length, 1))
    if length < 0 || overflows { return nil }
    product = next
  }
  return shape.contains(0) ? 0 : product
}

private enum Aten {
  static let empty = Operator("aten::empty", "memory_format")
}

extension Tensor {
  /// Memory to be filled. It is not touched here, so what a false header promises is never paid for.
  fileprivate static func uninitialized(_ shape: [Int], _ type: ElementType) -> Tensor {
    Aten.empty(.integers(shape), .type(type), .none, .device(.cpu))
  }

  /// Each element with its bytes in reverse order.
  var withBytesSwapped: Tensor {
    let size = elementType.byteCount
    if size == 1 || count == 0 { return self }
    let swapped = withUnsafeBytes {
      Tensor(copying: $0, shape: [count, size], elementType: .uint8)
    }.reversed(along: 1)
    return swapped.withUnsafeBytes {
      Tensor(copying: $0, shape: shape, elementType: elementType)
    }
  }
}

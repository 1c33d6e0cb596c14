import Exchange
import Foundation
import Tensors

/// A tensor of an ONNX model: where its numbers are, until they are read.
struct ONNXTensorProto {
  var name = ""
  private var shape: [Int] = []
  private var type = 0
  private var raw: WireMessage?
  /// Numbers as fields: as they are, one after another.
  private var reals: [Double] = []
  private var integers: [Int] = []
  private var external: [String: String] = [:]
  private var isExternal = false
  private let message: WireMessage

  init(_ message: WireMessage) throws {
    self.message = message
    try message.forEachField { number, value in
      switch (number, value) {
      case (1, .integer(let integer)): shape.append(Int(truncatingIfNeeded: integer))
      case (1, .bytes(let packed)):
        try packed.forEachInteger { shape.append(Int(truncatingIfNeeded: $0)) }
      case (2, .integer(let integer)): type = Int(truncatingIfNeeded: integer)
      case (4, .bits32(let bits)): reals.append(Double(Float(bitPattern: bits)))
      case (4, .bytes(let packed)):
        reals += try packed.numbers([packed.byteCount / 4], .float32).scalars(Float.self)
          .map(Double.init)
      case (5, .integer(let integer)), (7, .integer(let integer)), (11, .integer(let integer)):
        integers.append(Int(truncatingIfNeeded: integer))
      case (5, .bytes(let packed)), (7, .bytes(let packed)), (11, .bytes(let packed)):
        try packed.forEachInteger { integers.append(Int(truncatingIfNeeded: $0)) }
      case (8, .bytes(let text)): name = try text.text()
      case (9, .bytes(let bytes)): raw = bytes
      case (10, .bits64(let bits)): reals.append(Double(bitPattern: bits))
      case (10, .bytes(let packed)):
        reals += try packed.numbers([packed.byteCount / 8], .float64).scalars(Double.self)
      case (13, .bytes(let entry)):
        let (key, text) = try entry.pair()
        external[key] = text
      case (14, .integer(let place)): isExternal = place == 1
      default: break
      }
    }
  }

  /// The numbers.
  ///
  /// - Throws: `FileError` when they are fewer or more than the shape says, lie outside the model's
  ///   folder, or are of a type that is not known here.
  func tensor() throws -> Tensor {
    func refusal(_ problem: String) -> FileError {
      FileError(
        message.url,
        "the tensor '\(name.prefix(60))' \(problem)",
        "write the model again"
      )
    }
    guard let elementType = ElementType(onnx: type) else {
      throw refusal("is of ONNX's element type \(type), which is not known here")
    }
    var count = 1
    for length in shape {
      let (product, overflows) = count.multipliedReportingOverflow(by: max(length, 1))
      guard length >= 0, !overflows, shape.count <= 64 else {
        throw refusal("has the impossible shape \(shape)")
      }
      count = product
    }
    if shape.contains(0) { count = 0 }
    if isExternal { return try externalTensor(elementType, refusal) }
    if let raw {
      let (whole, rest) = raw.byteCount.quotientAndRemainder(dividingBy: elementType.byteCount)
      guard whole == count, rest == 0 else {
        throw refusal("has \(raw.byteCount) bytes, which are not those of shape \(shape)")
      }
      return try raw.numbers(shape, elementType)
    }
    let found = max(elementType.isFloatingPoint ? reals.count : 0, integers.count)
    guard found == count else {
      throw refusal("has \(found) numbers where its shape says \(count)")
    }
    if reals.count == count, elementType.isFloatingPoint {
      return Tensor(reals, shape: shape).cast(to: elementType)
    }
    switch elementType {
    case .float16, .bfloat16:
      // Kept as their bits.
      let bits = integers.map { UInt16(truncatingIfNeeded: $0) }
      return bits.withUnsafeBytes { Tensor(copying: $0, shape: shape, elementType: elementType) }
    default: return Tensor(integers, shape: shape).cast(to: elementType)
    }
  }

  private func externalTensor(
    _ type: ElementType,
    _ refusal: (String) -> FileError
  ) throws -> Tensor {
    guard let location = external["location"], !location.isEmpty, !location.hasPrefix("/"),
      !location.contains("\\"), !location.contains("\0"),
      location.split(separator: "/").allSatisfy({ $0 != ".." })
    else { throw refusal("names a file outside the model's folder") }
    let folder = message.url.deletingLastPathComponent()
    let file = folder.appendingPathComponent(location)
    let inside = folder.resolvingSymlinksInPath().path
    guard file.resolvingSymlinksInPath().path.hasPrefix(inside == "/" ? "/" : inside + "/") else {
      throw refusal("names a file outside the model's folder")
    }
    guard let offset = Int(external["offset"] ?? "0") else { throw refusal("has no place") }
    return try WireMessage.numbers(
      in: file,
      at: offset,
      length: external["length"].flatMap { Int($0) },
      shape,
      type
    )
  }
}

extension ElementType {
  /// The type of a number in ONNX.
  init?(onnx code: Int) {
    let types: [Int: ElementType] = [
      1: .float32, 2: .uint8, 3: .int8, 5: .int16, 6: .int32, 7: .int64, 9: .bool, 10: .float16,
      11: .float64, 16: .bfloat16,
    ]
    guard let type = types[code] else { return nil }
    self = type
  }
}

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
  private var texts: [String] = []
  private var external: [String: String] = [:]
  /// Whether its numbers are in another file.
  private(set) var isExternal = false
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
      case (6, .bytes(let text)): texts.append(try text.text())
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

  /// What the tensor holds.
  ///
  /// - Throws: `FileError` when the numbers are fewer or more than the shape says, lie outside the
  ///   model's folder, or are of a type that is not known here.
  func value() throws -> ModelValue {
    guard let number = ONNXNumber(type) else {
      guard type == ONNXNumber.textCode else {
        throw refusal("is of ONNX's element type \(type), which is not known here")
      }
      guard try count() == texts.count else { throw wrongCount(texts.count) }
      return .texts(texts, shape: shape)
    }
    switch number {
    case .own(let type): return .tensor(try tensor(type))
    case .foreign(let type): return .foreign(try tensor(type), type)
    }
  }

  /// The numbers of a type that libtorch has.
  ///
  /// - Throws: `FileError`, as ``value()`` does.
  func tensor() throws -> Tensor {
    guard case .tensor(let tensor) = try value() else {
      throw refusal("is of a type that is not known here")
    }
    return tensor
  }

  private func refusal(_ problem: String) -> FileError {
    FileError(message.url, "the tensor '\(name.prefix(60))' \(problem)", "write the model again")
  }

  private func wrongCount(_ found: Int) -> FileError {
    refusal("has \(found) numbers where its shape says \(shape.reduce(1, &*))")
  }

  /// How many numbers the shape says.
  private func count() throws -> Int {
    var count = 1
    for length in shape {
      let (product, overflows) = count.multipliedReportingOverflow(by: max(length, 1))
      guard length >= 0, !overflows, shape.count <= 64 else {
        throw refusal("has the impossible shape \(shape)")
      }
      count = product
    }
    return shape.contains(0) ? 0 : count
  }

  private func tensor(_ elementType: ElementType) throws -> Tensor {
    let count = try count()
    if isExternal { return try externalTensor(shape, elementType) }
    if let raw {
      let (whole, rest) = raw.byteCount.quotientAndRemainder(dividingBy: elementType.byteCount)
      guard whole == count, rest == 0 else {
        throw refusal("has \(raw.byteCount) bytes, which are not those of shape \(shape)")
      }
      return try raw.numbers(shape, elementType)
    }
    let found = max(elementType.isFloatingPoint ? reals.count : 0, integers.count)
    guard found == count else { throw wrongCount(found) }
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

  private func tensor(_ type: ForeignType) throws -> Tensor {
    let count = try count()
    let (bits, overflows) = count.multipliedReportingOverflow(by: type.bitCount)
    guard !overflows, bits < Int.max - 8 else { throw refusal("has the impossible shape \(shape)") }
    let byteCount = (bits + 7) / 8
    let bytes: [UInt8]
    if isExternal {
      bytes = try externalTensor([byteCount], .uint8).scalars(UInt8.self)
    } else if let raw {
      guard raw.byteCount == byteCount else {
        throw refusal("has \(raw.byteCount) bytes, which are not those of shape \(shape)")
      }
      bytes = try raw.numbers([byteCount], .uint8).scalars(UInt8.self)
    } else if type.bitCount > 8 {
      guard integers.count == count else { throw wrongCount(integers.count) }
      return Tensor(integers, shape: shape).cast(to: type.carrier)
    } else {
      guard integers.count == byteCount else { throw wrongCount(integers.count) }
      bytes = integers.map { UInt8(truncatingIfNeeded: $0) }
    }
    return type.unpacked(bytes, shape: shape, count: count)
  }

  private func externalTensor(_ shape: [Int], _ type: ElementType) throws -> Tensor {
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

/// A type of numbers in ONNX.
enum ONNXNumber: Equatable {
  case own(ElementType)
  case foreign(ForeignType)

  /// ONNX's number for texts.
  static let textCode = 8

  private static let own: [Int: ElementType] = [
    1: .float32, 2: .uint8, 3: .int8, 5: .int16, 6: .int32, 7: .int64, 9: .bool, 10: .float16,
    11: .float64, 16: .bfloat16,
  ]

  private static let foreign: [Int: ForeignType] = [
    4: .uint16, 12: .uint32, 13: .uint64, 17: .float8e4m3fn, 18: .float8e4m3fnuz, 19: .float8e5m2,
    20: .float8e5m2fnuz, 21: .uint4, 22: .int4, 23: .float4e2m1, 24: .float8e8m0, 25: .uint2,
    26: .int2,
  ]

  /// ONNX's number of a type that libtorch has.
  static func code(of type: ElementType) -> Int? { own.first { $0.value == type }?.key }

  /// - Parameter code: ONNX's number of the type.
  init?(_ code: Int) {
    if let type = Self.own[code] {
      self = .own(type)
    } else if let type = Self.foreign[code] {
      self = .foreign(type)
    } else {
      return nil
    }
  }

  /// The type of the tensor that carries the numbers.
  var carrier: ElementType {
    switch self {
    case .own(let type): type
    case .foreign(let type): type.carrier
    }
  }
}

extension ElementType {
  /// The type of a number in ONNX, where libtorch has it.
  init?(onnx code: Int) {
    guard case .own(let type) = ONNXNumber(code) else { return nil }
    self = type
  }
}

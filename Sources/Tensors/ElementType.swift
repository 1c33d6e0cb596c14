/// The type of a tensor's elements.
public enum ElementType: String, Sendable, CaseIterable, Codable {
  case uint8, int8, int16, int32, int64, float16, float32, float64, bfloat16, bool

  /// libtorch's number for the type.
  package var torch: Int32 {
    switch self {
    case .uint8: 0
    case .int8: 1
    case .int16: 2
    case .int32: 3
    case .int64: 4
    case .float16: 5
    case .float32: 6
    case .float64: 7
    case .bool: 11
    case .bfloat16: 15
    }
  }

  init(torch: Int32) {
    guard let type = Self.allCases.first(where: { $0.torch == torch }) else {
      preconditionFailure("libtorch's element type \(torch) is not supported")
    }
    self = type
  }

  /// Bytes per element.
  public var byteCount: Int {
    switch self {
    case .uint8, .int8, .bool: 1
    case .int16, .float16, .bfloat16: 2
    case .int32, .float32: 4
    case .int64, .float64: 8
    }
  }

  /// Whether the type holds real numbers, which alone can be differentiated.
  public var isFloatingPoint: Bool {
    switch self {
    case .float16, .float32, .float64, .bfloat16: true
    default: false
    }
  }
}

/// A Swift number type that tensors can be made of and read as.
public protocol TensorScalar: Sendable {
  static var elementType: ElementType { get }
  /// Any value, for filling buffers.
  static var zero: Self { get }
}

extension UInt8: TensorScalar { public static var elementType: ElementType { .uint8 } }
extension Int8: TensorScalar { public static var elementType: ElementType { .int8 } }
extension Int16: TensorScalar { public static var elementType: ElementType { .int16 } }
extension Int32: TensorScalar { public static var elementType: ElementType { .int32 } }
extension Int64: TensorScalar { public static var elementType: ElementType { .int64 } }
extension Int: TensorScalar { public static var elementType: ElementType { .int64 } }
extension Float: TensorScalar { public static var elementType: ElementType { .float32 } }
extension Double: TensorScalar { public static var elementType: ElementType { .float64 } }
#if !(os(macOS) && arch(x86_64))
  extension Float16: TensorScalar { public static var elementType: ElementType { .float16 } }
#endif
extension Bool: TensorScalar {
  public static var elementType: ElementType { .bool }
  public static var zero: Bool { false }
}

import CTorch

private enum Aten {
  static let full = Operator("aten::full")
  static let eye = Operator("aten::eye", "m")
  static let arange = Operator("aten::arange", "start_step")
  static let linspace = Operator("aten::linspace")
  static let to = Operator("aten::to", "device")
}

extension Tensor {
  /// A single number (shape `[]`).
  public init<Scalar: TensorScalar>(_ scalar: Scalar, on device: Device = .cpu) {
    self.init([scalar], shape: [], on: device)
  }

  /// A vector of the numbers given.
  public init<Scalar: TensorScalar>(_ scalars: [Scalar], on device: Device = .cpu) {
    self.init(scalars, shape: [scalars.count], on: device)
  }

  /// A matrix of rows of equal length.
  public init<Scalar: TensorScalar>(_ rows: [[Scalar]], on device: Device = .cpu) {
    let width = rows.first?.count ?? 0
    let scalars = rows.flatMap { $0 }
    guard holds(rows.allSatisfy { $0.count == width }, "Tensor: rows of different lengths") else {
      self.init(scalars, on: device)
      return
    }
    self.init(scalars, shape: [rows.count, width], on: device)
  }

  /// The numbers given, in row-major order, with a shape.
  public init<Scalar: TensorScalar>(_ scalars: [Scalar], shape: [Int], on device: Device = .cpu) {
    guard
      holds(
        scalars.count == elementCount(of: shape),
        "Tensor: \(scalars.count) scalars for \(shape)"
      )
    else {
      self.init(scalars, on: device)
      return
    }
    self = scalars.withUnsafeBytes {
      Tensor(copying: $0, shape: shape, elementType: Scalar.elementType)
    }
    if device != .cpu { self = moved(to: device) }
  }

  /// A copy of raw memory holding elements of a type in row-major order.
  public init(copying bytes: UnsafeRawBufferPointer, shape: [Int], elementType: ElementType) {
    guard
      holds(
        bytes.count == elementCount(of: shape + [elementType.byteCount]),
        "Tensor: \(bytes.count) bytes for \(elementType)\(shape)"
      )
    else {
      self.init(.nan as Double)
      return
    }
    let sizes = shape.map(Int64.init)
    let raw = dt_tensor_from_memory(
      bytes.baseAddress,
      sizes,
      Int32(sizes.count),
      elementType.torch
    )
    guard let raw else { fatalError("Tensor: \(String(cString: dt_last_error()))") }
    self.init(owning: raw)
  }

  /// A tensor whose elements are all `value`.
  public static func full(
    _ value: Double,
    _ shape: [Int],
    _ elementType: ElementType = .float32,
    on device: Device = .cpu
  ) -> Tensor {
    let fill: Argument
    if elementType.isFloatingPoint {
      fill = .real(value)
    } else {
      let whole = Int(exactly: value)
      _ = holds(whole != nil, "full of \(shape): \(value) is no \(elementType)")
      fill = .integer(whole ?? 0)
    }
    return Aten.full(
      .integers(shape),
      fill,
      .type(elementType),
      .none,
      .device(device)
    )
  }

  /// Zeros of a shape.
  public static func zeros(
    _ shape: [Int],
    _ elementType: ElementType = .float32,
    on device: Device = .cpu
  ) -> Tensor {
    full(0, shape, elementType, on: device)
  }

  /// Ones of a shape.
  public static func ones(
    _ shape: [Int],
    _ elementType: ElementType = .float32,
    on device: Device = .cpu
  ) -> Tensor {
    full(1, shape, elementType, on: device)
  }

  /// Zeros of this tensor's shape, type and device.
  public var zerosLike: Tensor { Tensor.zeros(shape, elementType, on: device) }

  /// Ones of this tensor's shape, type and device.
  public var onesLike: Tensor { Tensor.ones(shape, elementType, on: device) }

  /// The identity matrix (shape `[size, size]`).
  public static func identity(
    _ size: Int,
    _ elementType: ElementType = .float32,
    on device: Device = .cpu
  ) -> Tensor {
    Aten.eye(.integer(size), .integer(size), .type(elementType), .none, .device(device))
  }

  /// The integers of a range.
  public static func range(
    _ range: Range<Int>,
    by step: Int = 1,
    _ elementType: ElementType = .int64,
    on device: Device = .cpu
  ) -> Tensor {
    Aten.arange(
      .integer(range.lowerBound),
      .integer(range.upperBound),
      .integer(step),
      .type(elementType),
      .none,
      .device(device)
    )
  }

  /// `count` evenly spaced numbers from `start` to `end`, both included.
  public static func linearSpace(
    from start: Double,
    to end: Double,
    count: Int,
    _ elementType: ElementType = .float32,
    on device: Device = .cpu
  ) -> Tensor {
    Aten.linspace(
      .real(start),
      .real(end),
      .integer(count),
      .type(elementType),
      .none,
      .device(device)
    )
  }

  /// The same numbers as another type.
  public func cast(to type: ElementType) -> Tensor {
    type == elementType ? self : Aten.to(.tensor(self), .device(device), .type(type))
  }

  /// The same numbers on another device.
  public func moved(to device: Device) -> Tensor {
    device == self.device ? self : Aten.to(.tensor(self), .device(device), .type(elementType))
  }
}

/// The number of elements of a shape; nil when a length is negative or the product does not fit.
private func elementCount(of shape: [Int]) -> Int? {
  shape.reduce(1) { product, length in
    guard let product, length >= 0 else { return nil }
    let (result, overflow) = product.multipliedReportingOverflow(by: length)
    return overflow ? nil : result
  }
}

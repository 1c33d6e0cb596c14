import CTorch

private enum Aten {
  static let contiguous = Operator("aten::contiguous")
  static let clone = Operator("aten::clone")
}

extension Tensor {
  /// The elements in row-major order.
  ///
  /// Numbers are converted when the element type is another than asked for. Costs a copy.
  public func scalars<Scalar: TensorScalar>(_ type: Scalar.Type = Scalar.self) -> [Scalar] {
    let source = moved(to: .cpu).cast(to: Scalar.elementType)
    return source.withUnsafeBytes { Array($0.bindMemory(to: Scalar.self)) }
  }

  /// The one element of a tensor that has one.
  public func scalar<Scalar: TensorScalar>(_ type: Scalar.Type = Scalar.self) -> Scalar {
    guard holds(count == 1, "scalar of \(shape): needs exactly one element") else {
      return scalars(type).first ?? .zero
    }
    return scalars(type)[0]
  }

  /// The one element as a `Double`.
  public var doubleValue: Double { scalar(Double.self) }

  /// Runs `body` with the elements' memory in row-major order.
  ///
  /// No copy is made of a contiguous tensor on the CPU; others are copied first.
  public func withUnsafeBytes<Result>(
    _ body: (UnsafeRawBufferPointer) throws -> Result
  ) rethrows -> Result {
    let source = moved(to: .cpu).contiguous
    return try withExtendedLifetime(source) {
      try body(
        UnsafeRawBufferPointer(
          start: dt_tensor_data(source.raw),
          count: source.count * elementType.byteCount
        )
      )
    }
  }

  /// Runs `body` with the elements' memory, to be written by a kernel that makes this tensor.
  ///
  /// Only for tensors nobody else holds yet.
  package mutating func withUnsafeMutableBytes<Result>(
    _ body: (UnsafeMutableRawBufferPointer) throws -> Result
  ) rethrows -> Result {
    precondition(device == .cpu, "withUnsafeMutableBytes needs a tensor on the CPU, not \(device)")
    if !isUniquelyReferenced || !dt_tensor_is_contiguous(raw) { self = copied }
    return try body(
      UnsafeMutableRawBufferPointer(
        start: dt_tensor_data(raw),
        count: count * elementType.byteCount
      )
    )
  }

  /// The same elements laid out in row-major order; itself when they already are.
  public var contiguous: Tensor {
    dt_tensor_is_contiguous(raw) ? self : Aten.contiguous(.tensor(self))
  }

  /// A copy with memory of its own.
  package var copied: Tensor { Aten.clone(.tensor(self)).contiguous }
}

extension Tensor: CustomStringConvertible {
  /// The elements as nested lists, long axes shortened; for example `[[1, 2], [3, 4]]`.
  public var description: String {
    let shape = self.shape
    return switch elementType {
    case .bool: text(scalars(Bool.self)[...], shape[...])
    case .float16, .bfloat16, .float32: text(scalars(Float.self)[...], shape[...])
    case .float64: text(scalars(Double.self)[...], shape[...])
    default: text(scalars(Int.self)[...], shape[...])
    }
  }

  private func text<Scalar>(_ scalars: ArraySlice<Scalar>, _ shape: ArraySlice<Int>) -> String {
    guard let length = shape.first else {
      let text = "\(scalars[scalars.startIndex])"
      return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
    }
    let step = length == 0 ? 0 : scalars.count / length
    let shown = length <= 8 ? Array(0..<length) : Array(0..<4) + Array((length - 3)..<length)
    var parts = shown.map { index in
      let start = scalars.startIndex + index * step
      return text(scalars[start..<(start + step)], shape.dropFirst())
    }
    if length > 8 { parts.insert("…", at: 4) }
    return "[\(parts.joined(separator: ", "))]"
  }
}

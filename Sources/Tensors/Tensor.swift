import CTorch

/// An immutable array of numbers of one type, with a shape, on one device.
///
/// A tensor is a value: no operation changes it, so it can be kept, passed on and captured freely.
/// Operations that cannot be done (shapes that do not match, types that do not mix) trap with a
/// message that names the operation and the shapes; inside ``withTorchErrors(_:)`` they throw.
///
/// ```swift
/// let x = Tensor([[1, 2], [3, 4]] as [[Float]])
/// print(x.sum(along: 0))  // [4, 6]
/// ```
///
/// The numbers live in libtorch. A tensor is not `Sendable`: read it from one thread at a time, or
/// move it with `sending`.
public struct Tensor {
  var handle: TensorHandle

  init(owning raw: dt_tensor) {
    handle = TensorHandle(raw)
  }

  var raw: dt_tensor { handle.raw }

  /// The length of each axis; empty for a single number.
  public var shape: [Int] {
    let rank = self.rank
    if rank == 0 { return [] }
    return [Int](unsafeUninitializedCapacity: rank) { buffer, count in
      buffer.withMemoryRebound(to: Int64.self) { dt_tensor_shape(raw, $0.baseAddress) }
      count = rank
    }
  }

  /// The length of an axis, which may count from the end; reports when there is none.
  func length(of axis: Int, in operation: String) -> Int {
    let position = axis < 0 ? axis + rank : axis
    guard holds(0..<rank ~= position, "\(operation) of \(shape): there is no axis \(axis)") else {
      return 0
    }
    return shape[position]
  }

  /// The number of axes.
  public var rank: Int { Int(dt_tensor_rank(raw)) }

  /// The number of elements.
  public var count: Int { Int(dt_tensor_count(raw)) }

  /// The type of the elements.
  public var elementType: ElementType { ElementType(torch: dt_tensor_type(raw)) }

  /// Where the elements live.
  public var device: Device {
    Device(torchType: dt_tensor_device_type(raw), index: Int(dt_tensor_device_index(raw)))
  }

  /// Whether operations on this tensor are being recorded for differentiation.
  public var isTracked: Bool { dt_tensor_requires_gradient(raw) }

  /// Whether both are the very same tensor, not only equal.
  package func isIdentical(to other: Tensor) -> Bool { handle === other.handle }

  /// Whether nobody else can see this tensor's memory: no copy of this value, no view of it.
  ///
  /// Optimizers update in place only where this holds, and copy otherwise, so that a tensor taken
  /// from a parameter stays what it was.
  package var isUniquelyReferenced: Bool {
    mutating get { isKnownUniquelyReferenced(&handle) && dt_tensor_is_unshared(raw) }
  }
}

/// Owns one reference to a libtorch tensor.
final class TensorHandle {
  let raw: dt_tensor

  init(_ raw: dt_tensor) { self.raw = raw }

  deinit { dt_tensor_release(raw) }
}

import CTorch

/// The memory of dense tensors on the CPU, as kernels take it.
extension Tensor {
  var floats: UnsafeMutablePointer<Float> { pointer(.float32) }
  var doubles: UnsafeMutablePointer<Double> { pointer(.float64) }
  var integers: UnsafeMutablePointer<Int64> { pointer(.int64) }
  var bytes: UnsafeMutablePointer<UInt8> { pointer(.uint8) }

  private func pointer<Scalar>(_ type: ElementType) -> UnsafeMutablePointer<Scalar> {
    precondition(
      elementType == type && device == .cpu && dt_tensor_is_contiguous(raw),
      "a kernel needs dense \(type) memory on the CPU, not \(elementType) on \(device)"
    )
    return dt_tensor_data(raw).assumingMemoryBound(to: Scalar.self)
  }

  /// The same numbers dense, as Float32 on the CPU.
  var denseFloats: Tensor { moved(to: .cpu).cast(to: .float32).contiguous }

  /// The same binary states dense, as bytes on the CPU.
  var denseBytes: Tensor { moved(to: .cpu).cast(to: .uint8).contiguous }
}

import Foundation
import Tensors

/// Images of zeros and ones, as models of binary units want them, from any file of images.
///
/// ```swift
/// let images = try BinaryImages.read(from: url, array: "test")  // [10000, 784], uint8
/// ```
public enum BinaryImages {
  /// `[count, pixels]`, `uint8`, 0 and 1.
  ///
  /// A NumPy file (`.npy`, `.npz`) or IDX. Zeros and ones are taken as they are; bytes are 1 from
  /// 128 on, and numbers between 0 and 1 from a half on. Other whole numbers, such as counts from 0
  /// to 20, need a threshold.
  ///
  /// - Parameters:
  ///   - names: Arrays of an archive to look for, the first that is there.
  ///   - allowingOther: Whether the only array of an archive will do that is called otherwise.
  ///   - threshold: The smallest number that is 1; nil for what is said above.
  /// - Throws: ``FileError`` when the file cannot be read, does not hold such images, or holds
  ///   several arrays of other names.
  public static func read(
    from url: URL,
    array names: [String] = [],
    allowingOther: Bool = true,
    threshold: Double? = nil
  ) throws -> Tensor {
    let name = url.lastPathComponent.lowercased()
    if name.hasSuffix(".npz") {
      return try binary(chosen(from: url, names, allowingOther), threshold, url)
    }
    let array = try name.hasSuffix(".npy") ? NumPy.read(from: url) : IDX.read(from: url)
    return try binary(array, threshold, url)
  }

  private static func chosen(
    from url: URL,
    _ names: [String],
    _ allowsOther: Bool
  ) throws -> Tensor {
    let members = try NumPy.readMembers(from: url)
    if let member = names.lazy.compactMap({ members[$0] }).first { return try member.get() }
    guard allowsOther else {
      throw FileError(
        url,
        "there is no array named \(names.joined(separator: " or "))",
        members.isEmpty
          ? "there is none" : "choose from: " + members.keys.sorted().joined(separator: ", ")
      )
    }
    // Text beside the images is no other array of images.
    let arrays = members.compactMapValues { try? $0.get() }
    if arrays.isEmpty, let member = members.values.first { _ = try member.get() }
    guard arrays.count == 1, let only = arrays.first else {
      throw FileError(
        url,
        "which of the arrays holds the images is not clear: "
          + (arrays.isEmpty ? "there is none" : arrays.keys.sorted().joined(separator: ", ")),
        "name it"
      )
    }
    return only.value
  }

  private static func binary(_ tensor: Tensor, _ threshold: Double?, _ url: URL) throws -> Tensor {
    guard tensor.rank >= 2, tensor.count > 0 else {
      throw FileError(
        url,
        "an array of shape \(tensor.shape) holds no images",
        "give one of shape [count, pixels] or [count, height, width]"
      )
    }
    let flat = tensor.flattened(from: 1)
    if flat.elementType == .bool { return flat.cast(to: .uint8) }
    let numbers = flat.elementType.isFloatingPoint ? flat : flat.cast(to: .float32)
    guard numbers.isAllFinite else {
      throw FileError(url, "some pixels are not finite numbers", "write the file again")
    }
    if let threshold { return (numbers .>= threshold).cast(to: .uint8) }
    let (low, high) = (numbers.minimum().doubleValue, numbers.maximum().doubleValue)
    let limit = flat.elementType.isFloatingPoint ? 1.0 : 255
    guard low >= 0, high <= limit else {
      throw FileError(
        url,
        "pixels go from \(low) to \(high)",
        "give zeros and ones, bytes, or numbers between 0 and 1; or a --threshold to train with"
      )
    }
    if high <= 1 && !flat.elementType.isFloatingPoint { return flat.cast(to: .uint8) }
    guard flat.elementType.isFloatingPoint || high > 127 else {
      throw FileError(
        url,
        "pixels are whole numbers from \(Int(low)) to \(Int(high)), neither zeros and ones nor bytes",
        "say with --threshold from which number on a pixel is 1, or give zeros and ones"
      )
    }
    return (numbers .>= (flat.elementType.isFloatingPoint ? 0.5 : 128)).cast(to: .uint8)
  }
}

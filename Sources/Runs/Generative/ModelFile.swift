import Distill
import Foundation

/// A model of the generative commands, read from a file.
package enum ModelFile {
  case teacher(RBM)
  case student(any StoredModel)

  /// Whatever the file holds.
  ///
  /// - Throws: One sentence when it holds neither an RBM nor a student.
  package init(at path: String) throws {
    let content = try Self.content(of: path)
    self =
      content.isStudent
      ? .student(try Self.student(at: path)) : .teacher(try Self.rbm(content.tensors, path))
  }

  /// The RBM in a NumPy archive or a safetensors file, under the names `weights`, `visible_bias` and
  /// `hidden_bias`, or those of scikit-learn's `BernoulliRBM`.
  ///
  /// - Throws: One sentence that names the file when it holds none.
  package static func rbm(at path: String) throws -> RBM {
    let content = try content(of: path)
    guard !content.isStudent else {
      throw RunError("'\(path)' holds a student, not an RBM: name the file of its teacher")
    }
    return try rbm(content.tensors, path)
  }

  /// The student over binary states in a safetensors file, of any kind.
  ///
  /// - Throws: One sentence that names the file when it holds none.
  package static func student(at path: String) throws -> any StoredModel {
    let content = try content(of: path)
    guard content.isStudent else {
      throw RunError("'\(path)' holds no student: name the student.safetensors of a run")
    }
    let model = try readStudent(from: URL(fileURLWithPath: path))
    guard !(model is RNADE) else {
      throw RunError(
        "'\(path)' holds a student over real numbers: students of an RBM are over bits"
      )
    }
    return model
  }

  /// Writes an RBM as `.npz` or `.safetensors`, by the ending of the name.
  package static func write(_ rbm: RBM, to url: URL, metadata: [String: String] = [:]) throws {
    if url.pathExtension == "npz" {
      try NumPy.writeArchive(rbm.tensors, to: url)
    } else {
      try Safetensors.write(
        rbm.tensors,
        metadata: metadata.merging(["model": "rbm"]) { own, _ in own },
        to: url
      )
    }
  }

  private static func rbm(_ tensors: [String: Tensor], _ path: String) throws -> RBM {
    do {
      return try RBM(tensors)
    } catch {
      throw RunError("'\(path)' holds no RBM: \(sentence(for: error))")
    }
  }

  private struct Content {
    let tensors: [String: Tensor]
    /// What the file says that it holds.
    var model: String?

    /// Files of other programs say nothing; a NADE has weights that an RBM has not.
    var isStudent: Bool {
      model.flatMap(StudentKind.init(rawValue:)) != nil || tensors["output_weights"] != nil
    }
  }

  private static func content(of path: String) throws -> Content {
    let url = URL(fileURLWithPath: path)
    switch url.pathExtension.lowercased() {
    case "npz": return Content(tensors: try NumPy.readArchive(from: url))
    case "safetensors":
      let (tensors, metadata) = try Safetensors.read(from: url)
      return Content(tensors: tensors, model: metadata["model"])
    default:
      throw RunError(
        "'\(path)' is no file of a model: give a NumPy archive (.npz) or a .safetensors file"
      )
    }
  }
}

/// Binary images from a file.
///
/// - Parameters:
///   - path: IDX, `.npy` or `.npz`; an array of an archive can be named after a colon,
///     `digits.npz:test`.
///   - usual: Names of arrays to look for when none is named.
///   - width: How many pixels the images must have.
///   - threshold: The smallest number that is 1; nil for the usual one of the numbers' kind.
/// - Throws: One sentence that names the file.
package func binaryImages(
  at path: String,
  usual: [String],
  width: Int? = nil,
  threshold: Double? = nil
) throws -> Tensor {
  let (file, array) = imageFile(path)
  let images = try BinaryImages.read(
    from: URL(fileURLWithPath: file),
    array: array.map { [$0] } ?? usual,
    threshold: threshold
  )
  guard width == nil || images.shape[1] == width else {
    throw RunError(
      "the images in '\(file)' have \(images.shape[1]) pixels, and the model has \(width!) visible "
        + "units: give images of the kind it was trained on"
    )
  }
  return images
}

/// The file and the array that a path such as `digits.npz:test` names.
package func imageFile(_ path: String) -> (file: String, array: String?) {
  let parts = path.split(separator: ":", omittingEmptySubsequences: false)
  guard parts.count > 1, parts[parts.count - 2].lowercased().hasSuffix(".npz") else {
    return (path, nil)
  }
  return (parts.dropLast().joined(separator: ":"), String(parts.last!))
}

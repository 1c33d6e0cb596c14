import Distill
import Foundation

/// A model of the generative commands, read from a file.
package enum ModelFile {
  case teacher(RBM)
  case student(any StoredModel)

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

  /// The student of an RBM.
  ///
  /// - Throws: One sentence when there is none over as many units.
  package static func student(at path: String, of rbm: RBM) throws -> any StoredModel {
    let student = try student(at: path)
    guard student.inputs == rbm.inputs else {
      throw RunError(
        "the student in '\(path)' is over \(student.inputs) units and the RBM over \(rbm.inputs): "
          + "name a student of this RBM"
      )
    }
    return student
  }

  /// Samples, `[count, inputs]`: of a student exact ones, of an RBM the states of Gibbs chains.
  ///
  /// - Parameter burnIn: Steps of these chains from random bits; nil for 2,000.
  /// - Throws: ``RunError`` for a student, which has no chains, with a `burnIn`.
  package func samples(_ count: Int, burnIn: Int?, seed: UInt64, _ work: Work) throws -> Tensor {
    switch self {
    case .student(let student):
      guard burnIn == nil else {
        throw RunError("--burn-in has no effect on a student, which has no chains: leave it out")
      }
      return student.samples(count, seed: seed)
    case .teacher(let rbm):
      let burnIn = burnIn ?? 2_000
      var chains = Chains(count, inputs: rbm.inputs, seed: seed)
      work.begin("Gibbs chains", of: burnIn, "steps")
      while chains.step < burnIn {
        rbm.advance(&chains, steps: min(20, burnIn - chains.step))
        work.update(chains.step)
      }
      work.end()
      return chains.states
    }
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

  /// What models are made of, here and in scikit-learn.
  private static let arrays = [
    "weights", "visible_bias", "hidden_bias", "output_weights", "components_",
    "intercept_visible_", "intercept_hidden_",
  ]

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
    case "npz":
      let members = try NumPy.readMembers(from: url)
      for name in arrays { _ = try members[name]?.get() }
      // Others may be anything, such as text.
      return Content(tensors: members.compactMapValues { try? $0.get() })
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
    allowingOther: array == nil,
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

import Foundation
import Networks
import Tensors

/// What a safetensors file of a student holds: its parameters by their paths, and in the text beside
/// them what kind of model it is and the settings that parameters do not show.
struct StudentFile {
  let url: URL
  let kind: String
  let tensors: [String: Tensor]
  let metadata: [String: String]

  /// - Throws: `WeightsError` when the file cannot be read, ``GenerativeError`` when it holds
  ///   something else than a model of this kind.
  init(_ url: URL, of kind: String) throws {
    self.url = url
    self.kind = kind
    (tensors, metadata) = try Safetensors.read(from: url)
    guard metadata["model"] == kind else {
      throw refused("its model is \(metadata["model"] ?? "not named"), not \(kind)")
    }
  }

  func refused(_ reason: String) -> GenerativeError {
    GenerativeError("'\(url.path)' holds no \(kind): \(reason)")
  }

  /// The shape of a matrix.
  func matrix(_ name: String) throws -> (rows: Int, columns: Int) {
    guard let shape = tensors[name]?.shape, shape.count == 2, shape[0] > 0, shape[1] > 0 else {
      throw refused("'\(name)' is missing or no matrix")
    }
    return (shape[0], shape[1])
  }

  /// Of `prefix.0`, `prefix.1` and so on with a suffix, the names that there are.
  func series(_ prefix: String, _ suffix: String = "") -> [String] {
    let names = (0..<tensors.count).map { "\(prefix).\($0)\(suffix)" }
    return Array(names.prefix { tensors[$0] != nil })
  }

  /// A permutation of the inputs, written as text.
  func order(_ inputs: Int) throws -> [Int] {
    guard let text = metadata["order"] else { return Array(0..<inputs) }
    let order = text.split(separator: " ").compactMap { Int($0) }
    guard order.sorted() == Array(0..<inputs) else {
      throw refused("its order is no permutation of the \(inputs) inputs")
    }
    return order
  }

  func activation() throws -> Activation {
    guard let activation = metadata["activation"].flatMap(Activation.init(rawValue:)) else {
      throw refused("its activation is \(metadata["activation"] ?? "missing")")
    }
    return activation
  }

  /// Puts the file's numbers into a model that was made for them.
  func load(into model: some Module) throws {
    for (path, parameter) in model.namedParameters {
      guard let tensor = tensors[path], tensor.shape == parameter.shape, tensor.isAllFinite else {
        throw refused(
          "'\(path)' is missing, not finite, or of another shape than \(parameter.shape)"
        )
      }
      parameter.replace(with: tensor.cast(to: .float32))
    }
  }

  /// Writes a model, whole or not at all.
  static func write(
    _ model: some AutoregressiveModel,
    _ kind: String,
    _ metadata: [String: String],
    _ more: [String: Tensor] = [:],
    to url: URL
  ) throws {
    var metadata = metadata
    metadata["model"] = kind
    metadata["order"] = model.order.map(String.init).joined(separator: " ")
    let named = model.namedParameters.map { ($0.path, $0.parameter.value) }
    try Safetensors.write(
      more.merging(named) { _, parameter in parameter },
      metadata: metadata,
      to: url
    )
  }
}

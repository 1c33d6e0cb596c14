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

  /// The orders of a mixture, at most 1,000 permutations of the inputs.
  static func orders(in url: URL, _ inputs: Int) throws -> [[Int]] {
    let texts = try Safetensors.read(from: url).metadata["orders"]?.split(separator: ",") ?? []
    let orders = texts.map { $0.split(separator: " ").compactMap { Int($0) } }
    guard (1...1_000).contains(orders.count),
      orders.allSatisfy({ $0.sorted() == Array(0..<inputs) })
    else {
      throw GenerativeError(
        "'\(url.path)' holds no mixture over orders: its orders are not 1 to 1,000 permutations of "
          + "the \(inputs) inputs"
      )
    }
    return orders
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

  /// The shapes of weights `[outputs, inputs]`, each of which takes what the one before gives: a model
  /// is made only once they are known to be.
  func layers(_ names: [String], from below: Int? = nil) throws -> [(rows: Int, columns: Int)] {
    var below = below
    return try names.map { name in
      let layer = try matrix(name)
      guard below == nil || layer.columns == below else {
        throw refused("'\(name)' takes \(layer.columns) numbers where there are \(below!)")
      }
      below = layer.rows
      return layer
    }
  }

  /// The whole numbers of a tensor of some shape; nil in a shape is any size.
  func integers(_ name: String, _ shape: [Int?]) throws -> Tensor {
    guard let tensor = tensors[name], tensor.elementType == .int64,
      tensor.shape.count == shape.count, tensor.count > 0,
      zip(tensor.shape, shape).allSatisfy({ $1 == nil || $0 == $1 })
    else { throw refused("'\(name)' is missing, of another shape, or not of whole numbers") }
    return tensor
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
      guard let tensor = tensors[path], tensor.shape == parameter.shape,
        tensor.elementType.isFloatingPoint, tensor.absoluteSum < 1e9
      else {
        throw refused(
          "'\(path)' is missing, not finite, of another shape than \(parameter.shape), or adds up to "
            + "1e9 or more"
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

extension Tensor {
  /// The sum of magnitudes: infinite or no number where one of them is.
  var absoluteSum: Double { cast(to: .float64).magnitude.sum().doubleValue }
}

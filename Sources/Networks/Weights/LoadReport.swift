import Foundation
import Tensors

/// How the tensors of a file fit a network's parameters.
public struct LoadReport: Sendable, Equatable, CustomStringConvertible {
  /// A parameter that the file has in another shape.
  public struct Misshapen: Sendable, Equatable {
    public let path: String
    public let inFile: [Int]
    public let inNetwork: [Int]
  }

  /// Parameters that the file's values were put into, in the network's order.
  public internal(set) var matched: [String] = []
  /// Those among them whose element type was converted to the network's.
  public internal(set) var converted: [String] = []
  /// Parameters that the file does not have.
  public internal(set) var missing: [String] = []
  /// Tensors of the file that the network has no parameter for, in alphabetical order.
  public internal(set) var unexpected: [String] = []
  /// Parameters that the file has in another shape; they were left as they were.
  public internal(set) var misshapen: [Misshapen] = []

  /// Whether file and network hold exactly the same paths and shapes.
  public var isComplete: Bool { missing.isEmpty && unexpected.isEmpty && misshapen.isEmpty }

  /// One line, such as "4 matched; missing: 2.weight, 2.bias".
  public var description: String {
    var parts = ["\(matched.count) matched"]
    if !converted.isEmpty { parts.append("\(converted.count) of them converted") }
    return (parts + problems).joined(separator: "; ")
  }

  /// The differences, each with the first few names.
  var problems: [String] {
    func few(_ names: [String]) -> String {
      names.prefix(3).joined(separator: ", ")
        + (names.count > 3 ? " and \(names.count - 3) more" : "")
    }
    let misshapen = misshapen.map { "\($0.path) is \($0.inFile) instead of \($0.inNetwork)" }
    return [
      ("missing: ", missing), ("unexpected: ", unexpected), ("of another shape: ", misshapen),
    ]
    .filter { !$0.1.isEmpty }.map { $0.0 + few($0.1) }
  }
}

extension Module {
  /// Writes every parameter and buffer as safetensors, under the paths PyTorch would use.
  ///
  /// - Throws: ``WeightsError`` when the file cannot be written.
  public func save(to url: URL, metadata: [String: String] = [:]) throws {
    let named = namedParameters.map { ($0.path, $0.parameter.value) }
    let tensors = Dictionary(named) { _, _ in
      preconditionFailure("save: two parameters of one path in \(named.map(\.0))")
    }
    try Safetensors.write(tensors, metadata: metadata, to: url)
  }

  /// Puts a safetensors file's values into the parameters and buffers of the same paths.
  ///
  /// Values take the element type and device that the network has.
  ///
  /// - Parameter strict: Whether file and network must hold the same paths and shapes. The default
  ///   is yes; no loads what fits.
  /// - Returns: What fitted and what did not.
  /// - Throws: ``WeightsError`` when the file cannot be read, or does not fit under `strict`; the
  ///   network is then unchanged.
  @discardableResult
  public func load(from url: URL, strict: Bool = true) throws -> LoadReport {
    let tensors = try Safetensors.read(from: url).tensors
    let named = namedParameters
    var report = LoadReport()
    var fitting: [(Parameter, Tensor)] = []
    for (path, parameter) in named {
      guard let tensor = tensors[path] else {
        report.missing.append(path)
        continue
      }
      guard tensor.shape == parameter.shape else {
        report.misshapen.append(
          .init(path: path, inFile: tensor.shape, inNetwork: parameter.shape)
        )
        continue
      }
      report.matched.append(path)
      if tensor.elementType != parameter.value.elementType { report.converted.append(path) }
      fitting.append((parameter, tensor))
    }
    report.unexpected = Set(tensors.keys).subtracting(named.map(\.path)).sorted()
    guard !strict || report.isComplete else {
      throw WeightsError(
        "the weights in '\(url.path)' are of another network: "
          + report.problems.joined(separator: "; ")
      )
    }
    for (parameter, tensor) in fitting {
      parameter.replace(
        with: tensor.cast(to: parameter.value.elementType).moved(to: parameter.value.device)
      )
    }
    return report
  }
}

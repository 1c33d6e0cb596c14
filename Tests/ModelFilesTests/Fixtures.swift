import Foundation
import Tensors
import Testing

/// A module that PyTorch exported, with what it computes: `Fixtures/NAME.pt2` and `NAME.json`, made by
/// `Tools/reference/exported_programs.py`, or `script-NAME.pt`, made by `torch_scripts.py` beside it.
struct ProgramCase: Decodable {
  struct Packed: Decodable {
    let shape: [Int]
    let type: ElementType
    let values: [Double]

    var tensor: Tensor { Tensor(values, shape: shape).cast(to: type) }
  }

  let inputs: [Packed]
  let outputs: [Packed]
  /// Of Σ cos(i)·output_i with respect to the inputs that are real.
  let gradients: [Packed]?
  /// Of Σ gradient², where PyTorch has them.
  let second: [Packed]?

  init(_ name: String) throws {
    self = try JSONDecoder().decode(
      Self.self,
      from: Data(contentsOf: Fixtures.url("\(name).json"))
    )
  }
}

enum Fixtures {
  static let folder = Bundle.module.resourceURL!.appendingPathComponent("Fixtures")

  static func url(_ name: String) -> URL { folder.appendingPathComponent(name) }

  static func program(_ name: String) -> URL {
    url(name.hasPrefix("script-") ? "\(name).pt" : "\(name).pt2")
  }

  static let names = files(ending: ".pt2").filter { !$0.hasPrefix("refused-") }

  static let scripts = files(ending: ".pt").filter { $0.hasPrefix("script-") }

  static let networks = files(ending: ".onnx").filter {
    !$0.hasPrefix("tree-") && !$0.hasPrefix("quantised-")
  }

  static let refused = files(ending: ".pt2").filter { $0.hasPrefix("refused-") }

  private static func files(ending: String) -> [String] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    return names.filter { $0.hasSuffix(ending) }.map { String($0.dropLast(ending.count)) }.sorted()
  }
}

/// A folder that is removed when the test is over.
final class TemporaryFolder {
  let url = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)

  init() throws {
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: url) }

  func file(_ name: String, _ bytes: some Sequence<UInt8>) throws -> URL {
    let file = url.appendingPathComponent(name)
    try Data(bytes).write(to: file)
    return file
  }
}

/// The largest difference against the largest number of what is right.
func relativeError(_ found: Tensor, _ right: Tensor) -> Double {
  guard found.shape == right.shape, found.elementType == right.elementType else { return .infinity }
  guard found.count > 0 else { return 0 }
  let (found, right) = (found.cast(to: .float64), right.cast(to: .float64))
  let largest = right.magnitude.maximum().doubleValue
  return (found - right).magnitude.maximum().doubleValue / max(largest, 1e-30)
}

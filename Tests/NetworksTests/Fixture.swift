import Foundation
import Tensors

/// A tensor in a file of reference numbers.
struct ReferenceTensor: Decodable, Sendable {
  let shape: [Int]
  let values: [Double]

  /// Float64.
  var tensor: Tensor { Tensor(values, shape: shape) }
}

/// Files beside the tests, made by `Tools/reference/networks.py`.
enum Fixture {
  static func url(_ name: String) -> URL {
    Bundle.module.url(forResource: "Fixtures/\(name)", withExtension: nil)!
  }

  static func decode<Content: Decodable>(_ name: String) -> Content {
    try! JSONDecoder().decode(Content.self, from: Data(contentsOf: url(name)))
  }
}

/// A folder that is removed afterwards.
func withTemporaryFolder<Result>(_ body: (URL) throws -> Result) throws -> Result {
  let folder = FileManager.default.temporaryDirectory.appending(
    path: "distill-\(UUID().uuidString)"
  )
  try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(at: folder) }
  return try body(folder)
}

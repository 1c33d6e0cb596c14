import Foundation
import Testing

/// Reference values, as `Tools/reference` writes them.
enum Fixture {
  static func url(_ name: String) throws -> URL {
    try #require(
      Bundle.module.url(forResource: "Fixtures/\(name)", withExtension: nil),
      "there is no fixture \(name)"
    )
  }

  static func read<Value: Decodable>(_ name: String, as type: Value.Type) throws -> Value {
    try JSONDecoder().decode(type, from: Data(contentsOf: url(name)))
  }
}

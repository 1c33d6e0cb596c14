import Distill
import Foundation

/// The examples at which student and teacher differ most, as a page shows them.
enum WatchedExamples {
  private static let mostExamples = 60
  private static let mostBytes = 1 << 24
  private static let pngBegins = Data([0x89, 0x50, 0x4E, 0x47])

  /// - Returns: Nil where there are none; what a file of somebody else's should not hold is left out.
  static func read(_ file: URL) -> DifferingExamples? {
    guard let data = try? RegularFile.data(file, atMost: mostBytes),
      var found = try? JSONDecoder.ofAllNumbers.decode(DifferingExamples.self, from: data)
    else { return nil }
    found.sheet = nil
    found.examples = found.examples.prefix(mostExamples).map { example in
      var example = example
      if example.image?.starts(with: pngBegins) != true { example.image = nil }
      return example
    }
    return found
  }
}

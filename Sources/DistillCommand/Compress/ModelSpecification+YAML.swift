import Distill
import Foundation

extension ModelSpecification {
  /// Reads a file with a specification: its text, or a block.
  ///
  /// - Throws: ``CommandError`` when there is no such file or it holds something else.
  init(yaml file: URL) throws {
    let text = try RegularFile.text(file)
    do {
      self = try YAMLText.decode(ModelSpecification.self, from: text)
    } catch {
      // What Yams cannot decode it wraps twice; the reason is inside.
      var reason = error
      while case DecodingError.dataCorrupted(let context) = reason,
        let inner = context.underlyingError
      {
        reason = inner
      }
      throw CommandError("'\(file.path)' does not describe a network: \(sentence(for: reason))")
    }
  }
}

import Distill
import Foundation
import Yams

extension ModelSpecification {
  /// Reads a file with a specification: its text, or a block.
  ///
  /// - Throws: ``CommandError`` when there is no such file or it holds something else.
  init(yaml file: URL) throws {
    guard let text = try? String(contentsOf: file, encoding: .utf8) else {
      throw CommandError("there is no file '\(file.path)' with a network in it")
    }
    do {
      self = try YAMLDecoder().decode(ModelSpecification.self, from: text)
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

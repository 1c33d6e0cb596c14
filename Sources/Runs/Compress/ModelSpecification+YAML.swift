import Distill
import Foundation

extension ModelSpecification {
  /// Reads a file with a specification: its text, or a block.
  ///
  /// - Throws: ``RunError`` when there is no such file or it holds something else.
  package init(yaml file: URL) throws {
    let text = try RegularFile.text(file)
    do {
      self = try YAMLText.decode(ModelSpecification.self, from: text)
    } catch {
      throw RunError(
        "'\(file.path)' does not describe a network: \(sentence(for: innermost(error)))"
      )
    }
  }
}

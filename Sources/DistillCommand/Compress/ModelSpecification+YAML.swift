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
      throw CommandError(
        "'\(file.path)' does not describe a network: \(sentence(for: innermost(error)))"
      )
    }
  }
}

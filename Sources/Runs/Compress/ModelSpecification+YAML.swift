import Distill
import Foundation

extension ModelSpecification {
  /// Reads a file with a specification: its text, or a block.
  ///
  /// - Throws: `RunError` when there is no such file or it holds something else.
  package init(yaml file: URL) throws {
    let text = try RegularFile.text(file)
    do {
      self = try YAMLText.decode(ModelSpecification.self, from: text)
    } catch {
      throw RunError("'\(file.path)' does not describe a network: \(Self.reason(innermost(error)))")
    }
  }

  private static func reason(_ error: any Error) -> String {
    guard case DecodingError.typeMismatch(_, let context) = error, context.codingPath.isEmpty
    else { return sentence(for: error) }
    return "write its text, such as mlp:784-50-10, or a block of kind, input, layers, activation"
  }
}

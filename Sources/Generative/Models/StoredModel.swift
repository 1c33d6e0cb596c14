import Foundation
import Networks
import Tensors

/// A student that safetensors files keep: its parameters by their paths, and in the text beside them
/// what kind of model it is and the settings that parameters do not show.
public protocol StoredModel: NormalizedModel {
  /// Reads a model that ``write(to:metadata:)`` wrote.
  ///
  /// - Throws: `WeightsError` when the file cannot be read, ``GenerativeError`` when it holds
  ///   something else; one sentence that names the file.
  init(contentsOf url: URL) throws

  /// Writes the model, whole or not at all.
  ///
  /// - Parameter metadata: More text to keep beside the numbers.
  func write(to url: URL, metadata: [String: String]) throws
}

/// What the text `model` of a student's file says that it is.
public enum StudentKind: String, CaseIterable, Sendable {
  case nade, made
  case deepNADE = "deep-nade"
  case rnade
}

/// The student in a file, of whatever kind the file says: NADE, MADE, deep NADE, one of the last two
/// in several orders, or RNADE.
///
/// - Throws: `WeightsError` when the file cannot be read, ``GenerativeError`` when it holds something
///   else than a student; one sentence that names the file.
public func readStudent(from url: URL) throws -> any StoredModel {
  let metadata = try Safetensors.read(from: url).metadata
  let isMixture = metadata["orders"] != nil
  // A NADE made elsewhere says nothing.
  switch metadata["model"].map(StudentKind.init(rawValue:)) ?? .nade {
  case .nade: return try NADE(contentsOf: url)
  case .made where isMixture: return try OrderMixture<MADE>(contentsOf: url)
  case .made: return try MADE(contentsOf: url)
  case .deepNADE where isMixture: return try OrderMixture<DeepNADE>(contentsOf: url)
  case .deepNADE: return try DeepNADE(contentsOf: url)
  case .rnade: return try RNADE(contentsOf: url)
  case nil:
    throw GenerativeError(
      "'\(url.path)' holds no student: its model is '\(metadata["model"]!)', which is no kind of them"
    )
  }
}

import Foundation
import Networks

/// A format of files that hold a whole model, known by how their names end.
///
/// ```swift
/// var formats = ModelFormat.standard
/// formats.add(ModelFormat("net", "net of mine", graph: { try ONNXModel.read(from: converted($0)) }))
/// _ = try ModelFormat.$known.withValue(formats) { try options.run(at: folder) }
/// ```
public struct ModelFormat: Nameable {
  public static let kind = "format of models"

  @TaskLocal public static var known: Catalogue<ModelFormat> = standard

  /// What the names of its files end with, in small letters: `pt2`.
  public let name: String
  /// For people: `ONNX model`.
  public let title: String
  let content: Content

  enum Content: Sendable {
    case graph(@Sendable (URL) throws -> ModelGraph, isOne: @Sendable (URL) -> Bool)
    case trees(@Sendable (URL) throws -> TreeModel, isBegun: @Sendable (String) -> Bool)
  }

  /// A format of graphs of operators.
  ///
  /// - Parameter isOne: Whether a file is of the format, where others end so too.
  public init(
    _ ending: String,
    _ title: String,
    graph: @escaping @Sendable (URL) throws -> ModelGraph,
    isOne: @escaping @Sendable (URL) -> Bool = { _ in true }
  ) {
    (name, self.title, content) = (ending, title, .graph(graph, isOne: isOne))
  }

  /// A format of trees.
  ///
  /// - Parameter isBegun: Whether a file that begins with this text may be one, as other files end so
  ///   too.
  public init(
    _ ending: String,
    _ title: String,
    trees: @escaping @Sendable (URL) throws -> TreeModel,
    isBegun: @escaping @Sendable (String) -> Bool
  ) {
    (name, self.title, content) = (ending, title, .trees(trees, isBegun: isBegun))
  }

  var isOfGraphs: Bool { if case .graph = content { true } else { false } }

  /// The formats of this room: a new one joins in one line.
  public static let standard = {
    var formats = Catalogue<ModelFormat>()
    let all: [ModelFormat] =
      [.exportedProgram, .onnx] + ModelFormat.torchScript + [.xgboost, .binaryXGBoost, .lightGBM]
    for format in all { formats.add(format) }
    return formats
  }()
}

import Exchange
import Foundation
import Mathematics
import ModelFiles
import Networks
import Tensors

/// What a file of numbers holds.
struct Inspection: Codable, Equatable {
  /// An array: its name where the file has names, and its smallest and largest finite numbers.
  struct Array: Codable, Equatable {
    var name: String
    var elementType: String
    var shape: [Int]
    var minimum: Double?
    var maximum: Double?
    var notFinite: Int

    init(_ name: String, _ summary: ArraySummary) {
      self.name = name
      elementType = "\(summary.elementType)"
      shape = summary.shape
      (minimum, maximum) = (summary.minimum, summary.maximum)
      notFinite = summary.notFinite
    }
  }

  var event = "inspect"
  var file: String
  var format: String
  var arrays: [Array]
  /// Text that the file keeps beside its numbers.
  var notes: [String: String]
  /// What the model is, where the file holds one.
  var model: ModelSummary?

  /// - Parameter labels: The column of a table that holds classes.
  /// - Throws: One sentence when the file cannot be read, or is of no format known here.
  init(of url: URL, labels: String? = nil, header: CSV.Header = .automatic) throws {
    file = url.path
    notes = [:]
    guard FileManager.default.fileExists(atPath: url.path) else {
      throw CommandError("there is no file '\(url.path)': check the path")
    }
    let name = url.lastPathComponent.lowercased()
    let ending = (name.hasSuffix(".gz") ? String(name.dropLast(3)) : name) as NSString
    switch ending.pathExtension {
    case "npy":
      format = "NumPy array"
      arrays = [Array("array", try NumPy.summary(of: url))]
    case "npz":
      format = "NumPy archive"
      arrays = Self.sorted(try NumPy.summaries(of: url))
    case "safetensors":
      format = "safetensors"
      let content = try Safetensors.read(from: url)
      arrays = Self.sorted(content.tensors.mapValues { ArraySummary(of: $0) })
      notes = content.metadata
    case "pt", "pth":
      format = "PyTorch weights"
      arrays = try NamedWeights(contentsOf: url).entries.map {
        Array($0.name, ArraySummary(of: $0.tensor))
      }
    case let ending where ModelGraph.fileEndings.contains(ending):
      format = ending == "pt2" ? "exported PyTorch program" : "ONNX model"
      let graph = try ModelGraph(contentsOf: url)
      arrays = graph.namedWeights.map { Array($0.path, ArraySummary(of: $0.tensor)) }
      notes = graph.notes
      model = ModelSummary(graph)
    case "distill":
      format = "student for StudentRuntime"
      arrays = []
      notes = try Self.facts(ofStudent: url)
    case "csv", "tsv", "txt":
      format = "table"
      (arrays, notes) = try Self.table(url, labels: labels, header: header)
    default:
      guard ending.hasSuffix("ubyte") else {
        throw CommandError(
          "'\(url.path)' is of no format known here: give .npy, .npz, .safetensors, .pt, .pt2, .onnx, "
            + ".distill, .csv or IDX (…-ubyte)"
        )
      }
      format = "IDX"
      arrays = [Array("array", try IDX.summary(of: url))]
    }
  }

  private static func sorted(_ arrays: [String: ArraySummary]) -> [Array] {
    arrays.sorted { $0.key.localizedStandardCompare($1.key) == .orderedAscending }
      .map { Array($0.key, $0.value) }
  }

  /// One line for each array.
  var text: String {
    let count = arrays.reduce(0) { $0 + $1.shape.reduce(1, *) }
    let numbers = "\(grouped(count)) \(count == 1 ? "number" : "numbers")"
    let width = arrays.map(\.name.count).max() ?? 0
    let lines = arrays.map { array in
      var line = array.name + String(repeating: " ", count: width - array.name.count)
      line += "  \(array.elementType) \(array.shape)"
      if let minimum = array.minimum, let maximum = array.maximum {
        line += String(format: "  %.6g to %.6g", minimum, maximum)
      }
      return array.notFinite > 0 ? line + "  \(grouped(array.notFinite)) not finite" : line
    }
    let remarks = notes.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" }
    let heading = arrays.isEmpty ? format : "\(format), \(numbers)"
    return ([heading] + lines + remarks + (model?.lines ?? []))
      .joined(separator: "\n")
  }
}

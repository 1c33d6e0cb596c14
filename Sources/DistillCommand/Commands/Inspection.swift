import Compression
import Exchange
import Foundation
import Mathematics
import ModelFiles
import Networks
import StudentExport
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
  /// What the trees are, where the file holds some.
  var trees: TreeSummary?
  /// Which layers of a student may be compared with which of the model; nil where it was not asked.
  var taps: [TapPairs.Pair]?
  /// The loss that compares them all.
  var loss: String?

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
    case "pt",
      "pth" where !ModelGraph.isOne(url):
      format = "PyTorch weights"
      arrays = try NamedWeights(contentsOf: url).entries.map {
        Array($0.name, ArraySummary(of: $0.tensor))
      }
    case let ending where ModelGraph.isOne(url):
      format =
        switch ending {
        case "pt2": "exported PyTorch program"
        case "onnx": "ONNX model"
        default: "TorchScript program"
        }
      let graph = try ModelGraph(contentsOf: url)
      arrays = graph.namedWeights.map { Array($0.path, ArraySummary(of: $0.tensor)) }
      notes = graph.notes
      model = ModelSummary(graph)
      trees = graph.trees.map { TreeSummary($0) }
    case let ending where TreeModel.fileEndings.contains(ending) && TreeModel.isOne(url):
      let found = try TreeModel(contentsOf: url)
      format = "trees of \(found.source)"
      arrays = []
      trees = TreeSummary(found)
    case "distill":
      format = "student for StudentRuntime"
      arrays = []
      notes = try Self.facts(ofStudent: url)
    case "mlpackage":
      format = "Core ML package"
      arrays = []
      notes = try coreMLMetadata(of: url)
    case "csv", "tsv", "txt":
      do {
        (arrays, notes) = try Self.table(url, labels: labels, header: header)
        format = "table"
      } catch let error as FileError {
        // Samplers write comments, which other tables do not have.
        guard let found = try? Self.draws(url) else { throw error }
        (format, arrays, notes) = ("posterior draws", found.arrays, found.notes)
      }
    case "json", "nc", "nc4":
      format = "posterior draws"
      (arrays, notes) = try Self.draws(url)
    default:
      guard ending.hasSuffix("ubyte") else {
        throw CommandError(
          "'\(url.path)' is of no format known here: give .npy, .npz, .safetensors, .pt, .pt2, .onnx, "
            + ".distill, .mlpackage, .csv, draws in .json or .nc, IDX (…-ubyte), or trees of XGBoost (.json, "
            + ".ubj) or LightGBM (.txt)"
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
    return ([heading] + lines + remarks + (trees?.lines ?? []) + (model?.lines ?? []) + tapLines)
      .joined(separator: "\n")
  }
}

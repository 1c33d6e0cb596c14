import Compression
import Exchange
import Foundation
import Mathematics
import ModelFiles
import Networks
import StudentExport
import Tensors

/// What a file of numbers holds.
package struct Inspection: Codable, Equatable {
  /// An array: its name where the file has names, and its smallest and largest finite numbers.
  package struct Array: Codable, Equatable {
    package var name: String
    package var elementType: String
    package var shape: [Int]
    package var minimum: Double?
    package var maximum: Double?
    package var notFinite: Int

    init(_ name: String, _ summary: ArraySummary) {
      self.name = name
      elementType = "\(summary.elementType)"
      shape = summary.shape
      (minimum, maximum) = (summary.minimum, summary.maximum)
      notFinite = summary.notFinite
    }
  }

  package var event = "inspect"
  package var file: String
  package var format: String
  package var arrays: [Array]
  /// Text that the file keeps beside its numbers.
  package var notes: [String: String]
  /// What the model is, where the file holds one.
  package var model: ModelSummary?
  /// What the trees are, where the file holds some.
  package var trees: TreeSummary?
  /// Which layers of a student may be compared with which of the model; nil where it was not asked.
  package var taps: [TapPairs.Pair]?
  /// The loss that compares them all.
  package var loss: String?

  /// - Parameters:
  ///   - labels: The column of a table that holds classes.
  ///   - header: Of a table, whether its first line names its columns.
  /// - Throws: One sentence when the file cannot be read, or is of no format known here.
  package init(of url: URL, labels: String? = nil, header: CSV.Header = .automatic) throws {
    file = url.path
    notes = [:]
    for (option, isGiven) in [("--labels", labels != nil), ("--header", header != .automatic)]
    where isGiven && !Self.isTable(url) {
      throw RunError(
        "\(option) has no effect on '\(url.relativePath)', which is no table of text: leave it out"
      )
    }
    guard FileManager.default.fileExists(atPath: url.path) else {
      throw RunError("there is no file '\(url.path)': check the path")
    }
    let name = url.lastPathComponent.lowercased()
    let ending = (name.hasSuffix(".gz") ? String(name.dropLast(3)) : name) as NSString
    switch ending.pathExtension {
    case "npy":
      format = "NumPy array"
      arrays = [Array("array", try NumPy.summary(of: url))]
    case "npz":
      format = "NumPy archive"
      let members = try NumPy.summaries(of: url)
      arrays = Self.sorted(members.compactMapValues { try? $0.get() })
      notes = members.compactMapValues {
        if case .failure(let error) = $0 { "not read: \(error.problem)" } else { nil }
      }
    case "safetensors":
      format = "safetensors"
      let content = try Safetensors.read(from: url)
      arrays = Self.sorted(content.tensors.mapValues { ArraySummary(of: $0) })
      notes = content.metadata
    case "pt" where !ModelGraph.isOne(url), "pth" where !ModelGraph.isOne(url):
      format = "PyTorch weights"
      arrays = try NamedWeights(contentsOf: url).entries.map {
        Array($0.name, ArraySummary(of: $0.tensor))
      }
    case let ending where ModelGraph.isOne(url):
      format = ModelFormat.known[ending]?.title ?? ending
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
    case "c", "swift", "py":
      format = "student in a file of source"
      arrays = []
      notes = try Self.facts(ofSource: url)
    case "csv", "tsv", "txt":
      do {
        (arrays, notes) = try Self.table(url, labels: labels, header: header)
        format = "table"
      } catch let error as FileError {
        // Samplers write comments, which other tables do not have.
        guard let found = try? Self.draws(url) else { throw error }
        (format, arrays, notes) = ("posterior draws", found.arrays, found.notes)
      }
    case "json" where Self.isStudent(url):
      format = "student"
      arrays = []
      notes = try Self.facts(ofJSON: url)
    case "json", "nc", "nc4":
      format = "posterior draws"
      (arrays, notes) = try Self.draws(url)
    default:
      guard ending.hasSuffix("ubyte") else {
        throw RunError(
          "'\(url.path)' is of no format known here: give .npy, .npz, .safetensors, .pt, .pt2, .onnx, "
            + ".distill, .mlpackage, a student's .json, .c, .swift or .py, .csv, draws in .json or .nc, IDX "
            + "(…-ubyte), or trees of XGBoost (.json, .ubj) or LightGBM (.txt)"
        )
      }
      format = "IDX"
      arrays = [Array("array", try IDX.summary(of: url))]
    }
  }

  private static func isTable(_ url: URL) -> Bool {
    InputTable.isTable(url.lastPathComponent) && !TreeModel.isOne(url)
  }

  private static func sorted(_ arrays: [String: ArraySummary]) -> [Array] {
    arrays.sorted { $0.key.localizedStandardCompare($1.key) == .orderedAscending }
      .map { Array($0.key, $0.value) }
  }

  /// One line for each array.
  package var text: String {
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

import ArgumentParser
import Exchange
import Foundation
import Runs

/// Looks into a file of numbers.
struct InspectCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "inspect",
    abstract: "Show what a file holds: names, types, shapes and ranges.",
    discussion: """
      Reads NumPy arrays (.npy, .npz), weights (.safetensors), students (.distill, .mlpackage, .json, and the \
      .c, .swift or .py of distill export), models (.pt2 of PyTorch, .onnx: what goes in and out, operators, \
      and the layers that losses may name), trees (.json and .ubj of XGBoost, .txt of LightGBM, .onnx), images \
      and labels (IDX: …-ubyte, …-ubyte.gz), tables (.csv, .tsv, .txt, also with .gz), and posterior draws \
      (CmdStan's CSV, ArviZ's .json).

      Examples:
        distill inspect .data/fashion-mnist/t10k-labels-idx1-ubyte.gz
        distill inspect net.pt2 --taps cnn:16c3b-m2-32c3b-gap-10
      """
  )

  @Argument(help: "The file.", completion: .file())
  var file: String

  @Option(help: "The column of a table that holds the classes: its name, first or last.")
  var labels: String?

  @Option(help: "Whether the first line of a table names its columns: yes or no. (default: looks)")
  var header: TableHeader?

  @Option(
    help: """
      A student, such as mlp:784-50-30-10: also propose which of its layers to compare with which of the \
      model's (.pt2, .onnx, or weights that say of which network they are).
      """
  )
  var taps: String?

  @OptionGroup var output: OutputOptions

  func run() throws {
    var inspection = try Inspection(
      of: URL(fileURLWithPath: file),
      labels: labels,
      header: CSV.Header(header?.isThere)
    )
    if let taps { try inspection.propose(for: taps) }
    output.console.show(inspection.text, inspection)
  }
}

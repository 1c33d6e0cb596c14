import ArgumentParser
import Exchange
import Foundation

/// Looks into a file of numbers.
struct InspectCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "inspect",
    abstract: "Show what a file holds: names, types, shapes and ranges.",
    discussion: """
      Reads NumPy arrays (.npy, .npz), weights (.safetensors), students (.distill), models (.pt2 of PyTorch, \
      .onnx: what goes in and out, operators, and the layers that losses may name), images and labels (IDX: \
      …-ubyte, …-ubyte.gz) and tables (.csv, .tsv, .txt, also with .gz).

      Example:
        distill inspect .data/fashion-mnist/t10k-labels-idx1-ubyte.gz
      """
  )

  @Argument(help: "The file.", completion: .file())
  var file: String

  @Option(help: "The column of a table that holds the classes: its name, first or last.")
  var labels: String?

  @Option(help: "Whether the first line of a table names its columns: yes or no. (default: looks)")
  var header: TableHeader?

  @OptionGroup var output: OutputOptions

  func run() throws {
    let endings = [".csv", ".tsv", ".txt"]
    let isTable = endings.contains { file.lowercased().replacing(".gz", with: "").hasSuffix($0) }
    for (option, isGiven) in [("--labels", labels != nil), ("--header", header != nil)] {
      guard isGiven, !isTable else { continue }
      throw CommandError(
        "\(option) has no effect on '\(file)', which is no table of text: leave it out"
      )
    }
    let inspection = try Inspection(
      of: URL(fileURLWithPath: file),
      labels: labels,
      header: CSV.Header(header)
    )
    Console(output.verbosity).show(inspection.text, inspection)
  }
}

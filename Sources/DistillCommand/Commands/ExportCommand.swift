import ArgumentParser
import Distill
import Experiments
import Foundation
import Runs
import StudentExport

/// Writes a student in a form that runs without this program.
struct ExportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export",
    abstract: "Write a student so that it runs without libtorch.",
    discussion: """
      Scaling and the softmax are inside: inputs are what the training data were, answers are \
      probabilities, or the numbers of a regression; of distill predictive's numbers and counts the \
      weights of a mixture, then its means and deviations; of a model of data log q. The answers are \
      compared with the student's first, on the test examples of the run, rows of --data, or samples, \
      and a student that differs is not written.

      Examples:
        distill export runs/small --format runtime --out student.distill
        distill export runs/small --format c --out student.c
        distill export runs/small --format onnx --out student.onnx --card
        distill export runs/small --format coreml --out student.mlpackage
        distill export runs/small --format pytorch --out student.py
        distill export runs/risk/student.json --data new.csv --format c --out risk.c
      """
  )

  @ArgumentParser.Argument(
    help: """
      The folder of a finished run, a student.json, or the .safetensors of a model of data or of one of the \
      students of a run.
      """,
    completion: .file()
  )
  var student: String

  @Option(
    help: """
      runtime: for the library StudentRuntime; c, swift: one file of source; onnx; coreml: a model \
      package; pytorch: a module and its weights as safetensors; json: operations and numbers; wasm: a \
      module of WebAssembly with a script and a page.
      """
  )
  var format: ExportForm

  @Option(
    help: """
      The file to write; - is standard output, for forms of one file. (default: student.distill, .c, … in \
      the run)
      """
  )
  var out: String?

  @Option(
    help: "Rows to compare on. (default: the run's test examples, or samples)",
    completion: .file()
  )
  var data: String?

  @Flag(
    help: "Write a model card in Markdown beside the file: student.onnx.md beside student.onnx."
  )
  var card = false

  @OptionGroup var output: OutputOptions

  func validate() throws {
    if let out, format == .pytorch, out.wholeMatch(of: /(.*\/)?[A-Za-z_][A-Za-z0-9_]*\.py/) == nil {
      throw ValidationError(
        "--out \(out): Python imports a module by its name, which is letters, digits and _ before .py."
      )
    }
    guard out == "-" else { return }
    if card { throw ValidationError("--card goes beside a file, and --out - is none.") }
    if output.verbosity == .json {
      throw ValidationError("--json and --out - both write to standard output: leave one out.")
    }
    if format.files(at: URL(fileURLWithPath: "student")).count > 1 {
      throw ValidationError(
        "--format \(format.rawValue) is several files, and --out - is one: name a place."
      )
    }
  }

  func run() throws {
    let student = try ExportedStudent(self.student, data: data, among: experiments)
    let work = output.console.work()
    if out == "-" {
      return Output.standardOutput.write(try student.content(format, work))
    }
    try student.write(format, to: out, reading: [data], withCard: card, work)
  }
}

extension ExportForm: ExpressibleByArgument {}

import ArgumentParser
import Distill
import Foundation
import StudentExport

/// Writes a student in a form that runs without this program.
struct ExportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export",
    abstract: "Write a student so that it runs without libtorch.",
    discussion: """
      Scaling and the softmax are inside: inputs are what the training data were, answers are \
      probabilities. With the runtime's file the answers are compared with the network's on the test \
      examples of the run first, and a file that differs is not written.

      Examples:
        distill export runs/small --format runtime --out student.distill
        distill export runs/small --format c --out student.c
      """
  )

  enum Format: String, ExpressibleByArgument, CaseIterable {
    case runtime, c

    var name: String { self == .runtime ? "student.distill" : "student.c" }
  }

  @ArgumentParser.Argument(help: "The folder of a finished run of distill compress.")
  var student: String

  @Option(help: "runtime: for the library StudentRuntime; c: one C99 file.")
  var format: Format

  @Option(help: "The file to write. The default is student.distill or student.c in the run.")
  var out: String?

  @OptionGroup var output: OutputOptions

  func run() throws {
    let console = Console(output.verbosity)
    let student = try FinishedStudent(self.student)
    let graph = try student.graph()
    let url =
      out.map { URL(fileURLWithPath: $0) }
      ?? student.file.deletingLastPathComponent().appendingPathComponent(format.name)
    let inputs = try student.testInputs(atMost: 1000)
    switch format {
    case .runtime:
      let parity = try graph.writeRuntime(
        to: url,
        comparedWith: { student.network($0) },
        on: inputs
      )
      console.say("\(parity)")
    case .c:
      // Both are made of the same numbers and operations; the compiler is not asked here.
      let parity = try graph.parity(
        of: graph.runtimeFile(),
        with: { student.network($0) },
        on: inputs
      )
      try parity.require(of: url.path)
      console.say("\(parity)")
      do {
        try AtomicFile.write(to: url) { try $0.append(graph.cSource()) }
      } catch {
        throw CommandError("cannot write '\(url.path)': \(sentence(for: error))")
      }
    }
    console.say("the student is in \(url.path)")
  }
}

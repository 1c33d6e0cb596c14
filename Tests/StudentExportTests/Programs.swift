import Foundation
import Networks
import Tensors
import Testing

@testable import StudentExport

/// Runs a line of the shell in a folder; whether it went well.
func shell(_ line: String, in folder: URL) throws -> Bool {
  let shell = Process()
  shell.executableURL = URL(fileURLWithPath: "/bin/sh")
  shell.arguments = ["-c", "cd \"$0\" && \(line)", folder.path]
  try shell.run()
  shell.waitUntilExit()
  return shell.terminationStatus == 0
}

/// Whether the Python that tests use, `DISTILL_PYTHON` or else `python3`, has modules.
func pythonHas(_ modules: String) -> Bool {
  let folder = FileManager.default.temporaryDirectory
  return (try? shell("\(python) -c 'import \(modules)' 2> /dev/null", in: folder)) == true
}

let python = ProcessInfo.processInfo.environment["DISTILL_PYTHON"] ?? "python3"

private let codesLock = NSLock()
nonisolated(unsafe) private var codes: [[String]: Data] = [:]

/// The code that a page has for a student, which takes a while to compile: each only once, however many
/// tests ask for it.
func webCode(for graph: StudentGraph) throws -> Data {
  let flags = WebModule.flags(for: graph.kinds)
  return try codesLock.withLock {
    let code = try codes[flags] ?? WebModule.code(flags)
    codes[flags] = code
    return code
  }
}

/// The example of a page that begins so.
func documented(
  _ language: String,
  _ beginning: String,
  on page: String = "Export.md"
) throws -> String {
  let url = URL(fileURLWithPath: #filePath)
    .appendingPathComponent("../../../Documentation/\(page)").standardizedFileURL
  let blocks = try String(contentsOf: url, encoding: .utf8)
    .components(separatedBy: "```\(language)\n").dropFirst()
    .compactMap { $0.components(separatedBy: "```\n").first }
  return try #require(blocks.first { $0.hasPrefix(beginning) }, "\(beginning) on \(page)")
}

/// Gives inputs to a program that reads `inputs` and writes `answers`, both `float32`, and compares
/// with libtorch.
func parity(of line: String, in folder: URL, _ specimen: Specimen) throws -> Parity {
  try specimen.write(to: folder.appendingPathComponent("inputs"))
  guard try shell(line, in: folder) else {
    throw ExportError("'\(line)' failed")
  }
  return try specimen.parity(of: folder.appendingPathComponent("answers"))
}

/// Runs a program in Python that reads `inputs0`, … and writes `answers0`, …, and compares.
func comparePython(_ program: String, _ specimens: [Specimen], in folder: URL) throws {
  for (index, specimen) in specimens.enumerated() {
    try specimen.write(to: folder.appendingPathComponent("inputs\(index)"))
  }
  try Data(program.utf8).write(to: folder.appendingPathComponent("check.py"))
  try #require(try shell("\(python) check.py", in: folder))
  for (index, specimen) in specimens.enumerated() {
    let parity = try specimen.parity(of: folder.appendingPathComponent("answers\(index)"))
    #expect(parity.largestDifference < 5e-6, "\(specimen.graph.provenance): \(parity)")
  }
}

extension Specimen {
  /// Writes the inputs as `float32`.
  func write(to url: URL) throws {
    let numbers = inputs.cast(to: .float32).scalars(Float.self)
    try numbers.withUnsafeBytes { Data($0) }.write(to: url)
  }

  /// Compares answers that are `float32` in a file.
  func parity(of url: URL) throws -> Parity {
    let bytes = try Data(contentsOf: url)
    let answers = bytes.withUnsafeBytes { Array($0.bindMemory(to: Float.self)) }
    return Parity(answers, expected, inputs: inputs.shape[0])
  }
}

/// A network as text with scaling, a softmax and names in which everything is escaped.
func finishedGraph(_ text: String, _ network: any Module) throws -> StudentGraph {
  var graph = try graph(text, network)
  let channels = graph.inputShape[0]
  graph.mean = (0..<channels).map { Float($0) / 10 + 0.25 }
  graph.deviation = (0..<channels).map { 0.5 + Float($0) / 20 }
  graph.ending = graph.logitCount == 1 ? .sigmoidPair : .softmax
  graph.classes = (0..<graph.outputCount).map { "class\\\" ä ??/\u{7}\($0)" }
  graph.provenance = ["model": text, "seed": "1"]
  return graph
}

/// Students that together have every operation, layout, activation and ending.
let everyOperation =
  closedForms + [
    "mlp:9-13-8-5,gelu", "mlp:40-70-33-10", "mlp:3-4-1,silu", "mlp:7-5-3,tanh", "mlp:7-5-3,sigmoid",
    "mlp:7-5-3,leakyReLU", "mlp:7-5-3,hardSwish", "cnn:1x9x9-5c3-m2-7c3s2-gap-4,elu",
    "cnn:4x8x8-8c3g4b-8c1-9c3g1s2-d0.2-6-2,softplus", "cnn:2x8x8-12r3-20r3s2-a3s2-gap-3",
    "cnn:3x9x9-11c3-11c3g11b-11c5g11s2-gap-4",
  ]

/// The same with those of sequences and of the fields of use.
let everyStudent = everyOperation + sequenceStudents + transformers + fieldStudents

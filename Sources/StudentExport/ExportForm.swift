import Foundation
import Networks
import StudentRuntime
import Tensors

/// A form in which a student leaves.
public enum ExportForm: String, CaseIterable, Sendable {
  /// What `StudentRuntime` loads.
  case runtime
  /// One C99 file.
  case c
  /// One Swift file.
  case swift
  /// A model for ONNX Runtime and others.
  case onnx
  /// A model package for Core ML.
  case coreml
  /// A module of PyTorch, and its weights beside it as safetensors.
  case pytorch
  /// Operations and numbers as JSON.
  case json
  /// A module of WebAssembly, with the student, a script and a page that runs it beside it.
  case wasm

  /// The name of the file where nobody gives another.
  public var fileName: String {
    switch self {
    case .runtime: "student.distill"
    case .c: "student.c"
    case .swift: "student.swift"
    case .onnx: "student.onnx"
    case .coreml: "student.mlpackage"
    case .pytorch: "student.py"
    case .json: "operations.json"
    case .wasm: "student.wasm"
    }
  }

  /// All files that are written for the one that is named.
  public func files(at url: URL) -> [URL] {
    let stem = url.deletingPathExtension()
    switch self {
    case .pytorch:
      let name = stem.lastPathComponent + StudentGraph.pyTorchWeightsSuffix
      return [url, url.deletingLastPathComponent().appendingPathComponent(name)]
    case .coreml:
      let content = url.appendingPathComponent("Data/com.apple.CoreML")
      return [
        url, url.appendingPathComponent("Manifest.json"),
        content.appendingPathComponent("model.mlmodel"),
        content.appendingPathComponent("weights/\(MILWeights.fileName)"),
      ]
    case .wasm: return [url] + ["distill", "js", "html"].map(stem.appendingPathExtension)
    default: return [url]
    }
  }
}

extension StudentGraph {
  /// Compares the answers of what is exported with the network's, and writes it.
  ///
  /// The answers are those of the operations and numbers that every form is written from, as
  /// `StudentRuntime` computes them.
  ///
  /// - Parameters:
  ///   - network: The network that the graph was made of, from scaled inputs to logits.
  ///   - inputs: Real inputs, `[count, numbers]`, not scaled.
  /// - Throws: ``ExportError`` when the answers differ; nothing is then written.
  public func write(
    _ form: ExportForm,
    to url: URL,
    comparedWith network: (Tensor) -> Tensor,
    on inputs: Tensor
  ) throws -> Parity {
    try write(form, to: url, expecting: reference(network, inputs), of: inputs)
  }

  /// The same for students that are no network.
  ///
  /// - Parameter expected: What the student answers to the inputs, one after another.
  public func write(
    _ form: ExportForm,
    to url: URL,
    expecting expected: [Float],
    of inputs: Tensor
  ) throws -> Parity {
    try Self.requireApart(form.files(at: url))
    switch form {
    case .coreml, .pytorch, .wasm: break
    case .runtime, .c, .swift, .onnx, .json:
      let (content, parity) = try file(form, expecting: expected, of: inputs, named: url.path)
      try Self.write(content, to: url)
      return parity
    }
    let (runtime, parity) = try compared(expected, inputs, url.path)
    switch form {
    case .coreml: return try writeCoreMLPackage(to: url, expecting: expected, of: inputs)
    case .pytorch: try Self.write(pyTorchFile(at: url), to: url)
    default: try Self.write(webFiles(at: url, runtime), to: url)
    }
    return parity
  }

  /// The content of a form that is one file, after the same comparison.
  ///
  /// - Parameter name: What is refused when the answers differ.
  /// - Throws: ``ExportError`` when they do, or the form is several files.
  public func file(
    _ form: ExportForm,
    expecting expected: [Float],
    of inputs: Tensor,
    named name: String = "the student"
  ) throws -> (content: Data, parity: Parity) {
    let (runtime, parity) = try compared(expected, inputs, name)
    switch form {
    case .runtime: return (runtime, parity)
    case .c: return (Data(cSource().utf8), parity)
    case .swift: return (Data(swiftSource().utf8), parity)
    case .json: return (try jsonFile(), parity)
    case .onnx: return try comparedONNXFile(expected, inputs, name)
    case .coreml, .pytorch, .wasm:
      throw ExportError("\(form.rawValue) is several files, which cannot be one: name the place")
    }
  }

  /// The runtime's file, and how its answers compare.
  private func compared(
    _ expected: [Float],
    _ inputs: Tensor,
    _ name: String
  ) throws -> (file: Data, parity: Parity) {
    let runtime = try runtimeFile()
    let answers = try Self.answers(of: runtime, inputs)
    let parity = Parity(answers, expected, inputs: inputs.shape[0])
    try parity.require(of: name)
    return (runtime, parity)
  }

  /// Refuses files of which one would replace another.
  ///
  /// - Throws: ``ExportError`` that names it.
  public static func requireApart(_ files: [URL]) throws {
    var seen: Set<String> = []
    for file in files where !seen.insert(file.resolvingSymlinksInPath().path).inserted {
      throw ExportError(
        "'\(file.path)' would be two of the files that are written: name another place with --out"
      )
    }
  }

  private static func write(_ file: Data, to url: URL) throws {
    do {
      try AtomicFile.write(to: url) { destination in
        try file.withUnsafeBytes(destination.append)
      }
    } catch let error as POSIXError {
      throw ExportError(
        "cannot write '\(url.path)': \(error.reason); check the folder and its free space"
      )
    }
  }

  /// Writes student, script and page beside a module, and gives the module.
  private func webFiles(at url: URL, _ student: Data) throws -> Data {
    let code = try WebModule.code(WebModule.flags(for: kinds))
    let page = WebPage.html(code: code, file: student)
    let contents = [student, Data(WebScript.text.utf8), Data(page.utf8)]
    for (file, content) in zip(ExportForm.wasm.files(at: url).dropFirst(), contents) {
      try Self.write(content, to: file)
    }
    return code
  }

  /// Writes the weights beside a module, and gives the module.
  private func pyTorchFile(at url: URL) throws -> Data {
    let weights = ExportForm.pytorch.files(at: url)[1]
    try Safetensors.write(pyTorchWeights(), metadata: textualFacts(), to: weights)
    return Data(try pyTorchModule(weights: weights.lastPathComponent).utf8)
  }

  /// What a file in memory answers to each input.
  static func answers(of file: Data, _ inputs: Tensor) throws -> [Float] {
    try file.withUnsafeBytes { bytes in
      let network = try StudentNetwork(bytes)
      let workspace = UnsafeMutablePointer<Float>.allocate(capacity: network.workspaceCount)
      defer { workspace.deallocate() }
      let numbers = inputs.cast(to: .float32).scalars(Float.self)
      let count = inputs.shape[0]
      return [Float](unsafeUninitializedCapacity: count * network.outputCount) { buffer, size in
        numbers.withUnsafeBufferPointer { numbers in
          for row in 0..<count {
            network.predict(
              numbers.baseAddress! + row * network.inputCount,
              into: buffer.baseAddress! + row * network.outputCount,
              workspace: workspace
            )
          }
        }
        size = count * network.outputCount
      }
    }
  }
}

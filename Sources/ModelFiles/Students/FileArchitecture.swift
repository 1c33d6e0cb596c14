import Distillation
import Exchange
import Foundation
import Networks
import Tensors

/// A network of one's own as PyTorch exported it (`torch.export.save`), or as an ONNX model, which learns
/// like any other: its parameters are named as in PyTorch, or as the model's initializers, begin where the
/// file has them, and go back into a file of the same kind.
///
/// ```swift
/// let kind = try FileArchitecture(URL(fileURLWithPath: "net.pt2"), shape: [1, 28, 28])
/// let network = kind.module(using: RandomGenerator(seed: 1))
/// try distill(teacher, into: network, on: batches, minimizing: .softCrossEntropy(), using: Adam())
/// try kind.write(network, to: URL(fileURLWithPath: "student.pt2"))
/// ```
///
/// Where a run records it, it is `file:1x28x28-10,network.pt2#…`: the shape of an input, the number of
/// outputs, the file in the run's folder (`network.onnx` of a model), and its SHA-256; ``located(in:)``
/// finds that file.
public struct FileArchitecture: Architecture {
  public static let example = "file:784-10,network.pt2#SHA-256"
  /// It is named by its file.
  public static let notation: [(written: String, meaning: String)] = [
    ("net.pt2, net.onnx", "an exported network, from the weights in its file")
  ]
  /// What runs call their copy of the file, by its ending.
  public static let fileNames = ["network.pt2", "network.onnx"]

  public let shape: [Int]
  public let outputCount: Int
  public let sha256: String
  /// What runs call their copy of the file.
  public let fileName: String
  private let source: Source?

  private final class Source: @unchecked Sendable {
    let url: URL
    /// Its tensors are never changed: every network has copies where it learns.
    let graph: ModelGraph

    init(_ url: URL, _ graph: ModelGraph) { (self.url, self.graph) = (url, graph) }
  }

  /// Whether a text is the name of a file with a whole model, of which programs that PyTorch exported and
  /// ONNX models can be students.
  public static func isFile(_ text: String) -> Bool {
    ModelGraph.fileEndings.contains { text.lowercased().hasSuffix("." + $0) }
  }

  /// The network of a file.
  ///
  /// - Parameter shape: Of one input as the data have it, `[features]` or `[channels, height, width]`.
  /// - Throws: `FileError` in one sentence when the file cannot be read or run, and when its network
  ///   cannot learn: it takes other inputs, has no parameters, ends with softmax, or was exported in
  ///   training mode.
  public init(_ url: URL, shape: [Int]) throws {
    func refused(_ problem: String, _ advice: String) -> FileError {
      FileError(url, problem, advice)
    }
    let ending = url.pathExtension.lowercased()
    guard let name = Self.fileNames.first(where: { $0.hasSuffix("." + ending) }) else {
      throw refused(
        "a student's network is read from a program that PyTorch exported, or an ONNX model",
        "write one with torch.export.save as a .pt2 file, or as .onnx"
      )
    }
    fileName = name
    sha256 = try SHA256.hash(of: url)
    if ending == "pt2" { try ProgramArchive(url).requireWritable() }
    let graph = try ending == "onnx" ? Self.onnx(url) : ExportedProgram.read(from: url)
    guard graph.parameterCount > 0 else {
      throw refused("there are no parameters in it that could learn", "give another network")
    }
    if let written = graph.weights.first(where: { $0.isWritten || $0.foreignType != nil }) {
      throw refused(
        "it changes its own '\(written.path.prefix(80))' when it runs",
        "export it after model.eval()"
      )
    }
    do {
      let network = try ModelNetwork(graph, exampleShape: shape)
      guard network.meaning == .logits else {
        throw DistillationError(
          "it ends with \(network.meaning == .logProbabilities ? "log-softmax" : "softmax or a sigmoid")"
            + ", which losses have inside"
        )
      }
      let seen = try withTorchErrors {
        try network.evaluate(Tensor.zeros([2, shape.reduce(1, *)], .float32), Pass())
      }
      guard seen.rank == 2, seen.shape[1] > 0 else {
        throw DistillationError("it gives no numbers")
      }
      outputCount = seen.shape[1]
    } catch let error as DistillationError {
      throw refused("\(error)", "export a network of such inputs that gives logits or real numbers")
    } catch let error as TorchError {
      throw refused("it cannot be run (\(error))", "export it for inputs of \(text(of: shape))")
    }
    self.shape = shape
    source = Source(url, graph)
  }

  /// Reads what runs record; the file is looked for by ``located(in:)``.
  public init(_ text: ArchitectureText) throws {
    let refusal = text.refused("a network of a file is written as \(Self.example)")
    guard text.layers.count == 2, let suffix = text.suffix else { throw refusal }
    let parts = suffix.text.split(separator: "#", omittingEmptySubsequences: false)
    guard parts.count == 2, Self.fileNames.contains(String(parts[0])), parts[1].count == 64,
      parts[1].allSatisfy({ $0.isHexDigit && $0.isASCII })
    else { throw refusal }
    shape = try text.imageSize(text.layers[0]) ?? [text.width(text.layers[0])]
    outputCount = try text.width(text.layers[1])
    (fileName, sha256) = (String(parts[0]), String(parts[1]))
    source = nil
  }

  /// The same with its network, which is in a folder.
  ///
  /// - Throws: `FileError` when the file is not there, or is another.
  public func located(in folder: String) throws -> FileArchitecture {
    if source != nil { return self }
    let url = URL(fileURLWithPath: folder).appendingPathComponent(fileName)
    guard try SHA256.hash(of: url) == sha256 else {
      throw FileError(
        url,
        "it is not the network that the student began as (its SHA-256 differs)",
        "put the file back"
      )
    }
    let found = try FileArchitecture(url, shape: shape)
    guard found.outputCount == outputCount else {
      throw FileError(
        url,
        "it has \(found.outputCount) outputs and not \(outputCount)",
        "repeat the run"
      )
    }
    return found
  }

  /// Copies the file into the folder of a run.
  ///
  /// - Throws: `FileError` when it cannot be written.
  public func keep(in folder: URL) throws {
    let copy = folder.appendingPathComponent(fileName)
    let data = try RegularFile.data(known.url)
    try AtomicFile.write(to: copy) { file in try data.withUnsafeBytes(file.append) }
    guard try SHA256.hash(of: copy) == sha256 else {
      throw FileError(known.url, "it changed while it was read", "begin again")
    }
  }

  /// Writes a network of this kind as its file with other weights: a program that `torch.export.load`
  /// reads, or an ONNX model.
  ///
  /// - Parameter notes: Text to keep beside it, as `extra_files` and `metadata_props` do: see
  ///   `TeachersAsFiles.md`.
  /// - Throws: `FileError` when it cannot be written.
  public func write(_ network: some Module, notes: [String: String] = [:], to url: URL) throws {
    let values = network.namedParameters.map { ($0.path, $0.parameter.value) }
    let weights = Dictionary(uniqueKeysWithValues: values)
    if isONNX {
      // What does not learn stays in the form that it has.
      let learnt = Set(known.graph.weights.filter(\.isTrained).map(\.path))
      let changed = weights.filter { learnt.contains($0.key) }
      try ONNXModel.write(changed, notes: notes, like: known.url, to: url)
    } else {
      try ExportedProgram.write(weights, notes: notes, like: known.url, to: url)
    }
  }

  private var isONNX: Bool { fileName.hasSuffix(".onnx") }

  /// What a run calls the student that it writes.
  public var studentName: String { Self.studentName(of: fileName) }

  package static func studentName(of fileName: String) -> String {
    "student.\(fileName.split(separator: ".").last!)"
  }

  /// What reads that.
  package var reader: String { isONNX ? "ONNX Runtime reads it" : "torch.export.load reads it" }

  /// The graph of a model whose weights are all in its file, and can be written back.
  private static func onnx(_ url: URL) throws -> ModelGraph {
    let model = try ONNXModelProto(WireMessage(url))
    let initializers = model.graph?.initializers ?? []
    guard !initializers.contains(where: \.isExternal) else {
      throw FileError(
        url,
        "its weights lie in another file",
        "save it with them inside, onnx.save_model(onnx.load(path), other)"
      )
    }
    let graph = try ONNXModel.read(from: url)
    let names = Set(initializers.map(\.name))
    if let inner = graph.weights.first(where: { $0.isTrained && !names.contains($0.path) }) {
      throw FileError(
        url,
        "its weight '\(inner.path.prefix(80).description.printable)' is inside a branch or a loop",
        "export a network without control flow"
      )
    }
    return graph
  }

  private var known: Source {
    guard let source else { preconditionFailure("\(self): located(in:) comes first") }
    return source
  }

  public var inputShape: [Int]? { shape }

  public func module(using generator: RandomGenerator) -> any Module {
    guard let network = try? ModelNetwork(known.graph, exampleShape: shape, on: generator.device)
    else { preconditionFailure("\(self): the network was looked at before") }
    return network
  }

  public var description: String {
    "file:\(text(of: shape))-\(outputCount),\(fileName)#\(sha256)"
  }

  /// What recipes have, for people: a hash of 64 digits tells them nothing.
  package static func words(for text: String) -> String {
    guard text.hasPrefix("file:"), let comma = text.firstIndex(of: ","),
      let hash = text.lastIndex(of: "#"), comma < hash
    else { return text }
    return text[text.index(after: comma)..<hash] + " " + text[hash...].prefix(9)
  }

  public static func == (a: Self, b: Self) -> Bool { a.description == b.description }
  public func hash(into hasher: inout Hasher) { hasher.combine(description) }
}

private func text(of shape: [Int]) -> String { shape.map(String.init).joined(separator: "x") }

extension Catalogue<any Architecture.Type> {
  /// The kinds that plans of students may name: those that are known, and networks of files.
  package static var withFiles: Catalogue {
    var kinds = ModelSpecification.known
    if kinds["file"] == nil { kinds.add("file", FileArchitecture.self) }
    return kinds
  }
}

extension ModelSpecification {
  /// The same with what it keeps in a folder; nothing changes for networks that their text is all of.
  ///
  /// - Throws: `FileError` when the file is not there, or is another.
  package func located(in folder: String) throws -> ModelSpecification {
    guard let kind = architecture as? FileArchitecture else { return self }
    return ModelSpecification(try kind.located(in: folder))
  }
}

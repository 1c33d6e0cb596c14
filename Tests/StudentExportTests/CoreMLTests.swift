import Exchange
import Foundation
import Tensors
import Testing

@testable import StudentExport

/// Students that Core ML packages are written of.
private let written = everyStudent.filter { !$0.hasPrefix("recurrent") }

@Suite struct CoreMLTests {
  private static let script = URL(fileURLWithPath: #filePath)
    .appendingPathComponent("../../../Tools/reference/coreml.py").standardizedFileURL.path

  /// What is written, read back from its bytes and computed by libtorch.
  @Test(arguments: everyKind + written)
  func readAndCompared(text: String) throws {
    try withScratch { folder in
      let specimen = try Specimen(text)
      let package = folder.appendingPathComponent("student.mlpackage")
      let parity = try specimen.graph.write(
        .coreml,
        to: package,
        expecting: specimen.expected,
        of: specimen.inputs
      )
      #expect(parity.largestDifference < 5e-6 && parity.inputs == 4, "\(parity)")
      let metadata = try coreMLMetadata(of: package)
      #expect(metadata["model"] == specimen.graph.provenance["model"])
      #expect((metadata["classes"] == nil) == specimen.graph.classes.isEmpty)
      // Once more in its place.
      _ = try specimen.graph.write(
        .coreml,
        to: package,
        expecting: specimen.expected,
        of: specimen.inputs
      )
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).count == 1)
    }
  }

  /// coremltools reads program, shapes and weights, and NumPy has the same answers.
  @Test(.enabled(if: pythonHas("coremltools, numpy")))
  func readByCoreMLTools() throws {
    try withScratch { folder in
      let specimens = try written.map { try Specimen($0) }
      for (index, specimen) in specimens.enumerated() {
        _ = try specimen.graph.write(
          .coreml,
          to: folder.appendingPathComponent("student\(index).mlpackage"),
          expecting: specimen.expected,
          of: specimen.inputs
        )
        try specimen.write(to: folder.appendingPathComponent("inputs\(index)"))
      }
      let names = specimens.indices.map { "student\($0).mlpackage inputs\($0) answers\($0)" }
      let line = "\(python) '\(Self.script)' \(names.joined(separator: " "))"
      try #require(try shell(line, in: folder))
      for (index, specimen) in specimens.enumerated() {
        let parity = try specimen.parity(of: folder.appendingPathComponent("answers\(index)"))
        #expect(parity.largestDifference < 5e-6, "\(written[index]): \(parity)")
      }
    }
  }

  /// Nothing is written, or replaced, that answers otherwise or is something else.
  @Test func refusals() throws {
    try withScratch { folder in
      let specimen = try Specimen("mlp:7-5-3,tanh")
      let package = folder.appendingPathComponent("student.mlpackage")
      func write(_ expected: [Float], to url: URL) throws {
        _ = try specimen.graph.writeCoreMLPackage(to: url, expecting: expected, of: specimen.inputs)
      }
      let wrong = specimen.expected.map { $0 + 0.01 }
      #expect(throws: ExportError.self) { try write(wrong, to: package) }
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).isEmpty)
      try write(specimen.expected, to: package)
      #expect(throws: ExportError.self) { try write(wrong, to: package) }
      #expect(CoreMLEvaluation.isPackage(package))
      let other = folder.appendingPathComponent("notes")
      try FileManager.default.createDirectory(at: other, withIntermediateDirectories: true)
      #expect(throws: ExportError.self) { try write(specimen.expected, to: other) }
      #expect(throws: ExportError.self) { try coreMLMetadata(of: other) }
    }
  }

  /// A package takes the place of another, and what a killed process left goes, but not what another
  /// one is filling.
  @Test func packagesAreReplaced() throws {
    try withScratch { folder in
      let files = FileManager.default
      let package = folder.appendingPathComponent("student.mlpackage")
      for text in ["mlp:7-5-3,tanh", "mlp:7-4-3,tanh"] {
        let abandoned = folder.appendingPathComponent(".student.mlpackage.0123456789abc.tmp/Data")
        try files.createDirectory(at: abandoned, withIntermediateDirectories: true)
        let busy = try FolderDestination(package)
        let specimen = try Specimen(text)
        _ = try specimen.graph.writeCoreMLPackage(
          to: package,
          expecting: specimen.expected,
          of: specimen.inputs
        )
        let answers = try CoreMLEvaluation(package: package)(specimen.inputs).scalars(Float.self)
        #expect(Parity(answers, specimen.expected, inputs: 4).isGood, "\(text)")
        #expect(
          try Set(files.contentsOfDirectory(atPath: folder.path))
            == ["student.mlpackage", busy.url.lastPathComponent]
        )
      }
    }
    let other = FileManager.default.temporaryDirectory.appendingPathComponent("no such folder/a")
    #expect(throws: POSIXError(.ENOENT)) { try FolderDestination(other) }
  }

  /// A package is replaced wherever it is, also on another disk than temporary files, and only one that
  /// was written here.
  @Test func onlyOwnPackagesAreReplaced() throws {
    let build = URL(fileURLWithPath: #filePath).appendingPathComponent("../../../.build")
      .standardizedFileURL
    let folder = build.appendingPathComponent("package-\(UUID().uuidString)")
    let files = FileManager.default
    try files.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? files.removeItem(at: folder) }
    let package = folder.appendingPathComponent("student.mlpackage")
    func write(_ name: String) throws {
      let specimen = try Specimen(name)
      _ = try specimen.graph.writeCoreMLPackage(
        to: package,
        expecting: specimen.expected,
        of: specimen.inputs
      )
    }
    for name in ["mlp:7-5-3,tanh", "mlp:7-5-3,sigmoid"] {
      try write(name)
      #expect(try coreMLMetadata(of: package)["model"] == name)
      #expect(try files.contentsOfDirectory(atPath: folder.path) == ["student.mlpackage"])
    }
    // One with something of the user's, and one that somebody else made.
    let note = package.appendingPathComponent("notes.txt")
    try Data("mine".utf8).write(to: note)
    #expect(throws: ExportError.self) { try write("mlp:7-5-3,tanh") }
    #expect(try Data(contentsOf: note) == Data("mine".utf8))
    try files.removeItem(at: note)
    let model = package.appendingPathComponent("Data/com.apple.CoreML/model.mlmodel")
    var bytes = try Data(contentsOf: model)
    let own = try #require(bytes.range(of: Data("A student that distill made.".utf8)))
    bytes.replaceSubrange(own, with: Data("A student that someone made.".utf8))
    try bytes.write(to: model)
    #expect(throws: ExportError.self) { try write("mlp:7-5-3,tanh") }
    #expect(try Data(contentsOf: model) == bytes)
  }

  @Test func recurrentLayersAreRefused() throws {
    try withScratch { folder in
      let specimen = try Specimen("recurrent lstm")
      #expect(throws: ExportError.self) {
        try specimen.graph.write(
          .coreml,
          to: folder.appendingPathComponent("student.mlpackage"),
          expecting: specimen.expected,
          of: specimen.inputs
        )
      }
    }
  }

  /// A weight that was changed in the file changes what is computed from it.
  @Test func weightsAreThoseOfTheFile() throws {
    try withScratch { folder in
      let specimen = try Specimen("mlp:7-5-3,tanh")
      let package = folder.appendingPathComponent("student.mlpackage")
      _ = try specimen.graph.writeCoreMLPackage(
        to: package,
        expecting: specimen.expected,
        of: specimen.inputs
      )
      let file = package.appendingPathComponent("Data/com.apple.CoreML/weights/weight.bin")
      var bytes = try Data(contentsOf: file)
      bytes[128 + 3] ^= 0x40
      try bytes.write(to: file)
      let answers = try CoreMLEvaluation(package: package)(specimen.inputs).scalars(Float.self)
      #expect(!Parity(answers, specimen.expected, inputs: 4).isGood)
    }
  }
}

import Foundation
import Testing

@testable import StudentExport

@Suite struct SwiftSourceTests {
  private static let students = [
    "mlp:9-13-8-5,gelu", "mlp:3-4-1,silu", "cnn:2x8x8-12r3-20r3s2-a3s2-gap-3,softplus",
    "softmaxes", "probits", "normals", "poissons", "nade",
    "cnn:4x9x9-8c3g4b-m2-8c1-9c3g1s2-6-2,elu",
    "cnn:3x9x9-11c3-11c3g11b-11c5g11s2-gap-4", "causal attention", "attention of tokens",
    "recurrent gru", "recurrent tokens in both directions", "made with direct weights",
    "transformer:2x6x4-2p8-2h12-1h5-3,gelu", "recurrent acoustic network", "static sentences",
    "sentence transformer", "detector",
  ]

  /// The compiler of the toolchain and libtorch agree. All students are one program, because what takes
  /// the time is to compile the functions that they all have.
  @Test func compiledAndCompared() throws {
    try compare(Self.students, "-Onone")
  }

  /// So they do where it optimises, of students that together have every operation.
  @Test func optimisedAndCompared() throws {
    let chosen = [
      "cnn:4x9x9-8c3g4b-m2-8c1-9c3g1s2-6-2,elu", "nade", "recurrent tokens in both directions",
      "made with direct weights", "sentence transformer", "detector",
    ]
    try compare(chosen, "-O")
  }

  private func compare(_ names: [String], _ options: String) throws {
    try withScratch { folder in
      let specimens = try names.map { try Specimen($0) }
      var main = """
        #if canImport(Glibc)
          import Glibc
        #else
          import Darwin
        #endif

        func check(
          _ index: Int, _ counts: (inputs: Int, outputs: Int, workspace: Int),
          _ predict: ([Float]) -> [Float],
          _ into: (UnsafePointer<Float>, UnsafeMutablePointer<Float>, UnsafeMutablePointer<Float>) -> Void
        ) {
          let workspace = UnsafeMutablePointer<Float>.allocate(capacity: counts.workspace)
          let output = UnsafeMutablePointer<Float>.allocate(capacity: counts.outputs)
          var input = [Float](repeating: 0, count: counts.inputs)
          let (inputs, answers) = (fopen("inputs\\(index)", "rb")!, fopen("answers\\(index)", "wb")!)
          while fread(&input, 4, counts.inputs, inputs) == counts.inputs {
            into(input, output, workspace)
            precondition(Array(UnsafeBufferPointer(start: output, count: counts.outputs)) == predict(input))
            precondition(fwrite(output, 4, counts.outputs, answers) == counts.outputs)
          }
          precondition(fclose(inputs) == 0 && fclose(answers) == 0)
        }

        """
      for (index, specimen) in specimens.enumerated() {
        let name = "Student\(index)"
        let source = specimen.graph.swiftSource()
          .replacing("public enum Student {", with: "public enum \(name) {")
        try Data(source.utf8).write(to: folder.appendingPathComponent("\(name).swift"))
        try specimen.write(to: folder.appendingPathComponent("inputs\(index)"))
        main += """
          check(\(index), (\(name).inputCount, \(name).outputCount, \(name).workspaceCount), \(name).predict) {
            \(name).predict($0, into: $1, workspace: $2)
          }
          precondition(\(name).classes == (\(specimen.graph.classes) as [String]))

          """
      }
      try Data(main.utf8).write(to: folder.appendingPathComponent("main.swift"))
      let line = "swiftc -swift-version 6 -warnings-as-errors -wmo \(options) -o run *.swift"
      try #require(try shell(line + " && ./run", in: folder))
      for (index, specimen) in specimens.enumerated() {
        let parity = try specimen.parity(of: folder.appendingPathComponent("answers\(index)"))
        #expect(parity.largestDifference < 5e-6, "\(names[index]): \(parity)")
      }
    }
  }
}

import Foundation
import Testing

@testable import StudentExport

@Suite struct SwiftSourceTests {
  /// The compiler of the toolchain and libtorch agree.
  @Test(arguments: [
    "mlp:9-13-8-5,gelu", "mlp:3-4-1,silu", "cnn:2x8x8-12r3-20r3s2-a3s2-gap-3,softplus",
    "softmaxes", "probits", "normals", "poissons", "nade",
    "cnn:4x9x9-8c3g4b-m2-8c1-9c3g1s2-6-2,elu",
    "cnn:3x9x9-11c3-11c3g11b-11c5g11s2-gap-4", "causal attention", "attention of tokens",
    "recurrent gru", "recurrent tokens in both directions", "made with direct weights",
    "transformer:2x6x4-2p8-2h12-1h5-3,gelu", "recurrent acoustic network", "static sentences",
    "sentence transformer", "detector",
  ])
  func compiledAndCompared(text: String) throws {
    try withScratch { folder in
      let specimen = try Specimen(text)
      let main = """
        import Foundation

        let bytes = try Data(contentsOf: URL(fileURLWithPath: "inputs"))
        let inputs = bytes.withUnsafeBytes { Array($0.bindMemory(to: Float.self)) }
        let workspace = UnsafeMutablePointer<Float>.allocate(capacity: Student.workspaceCount)
        let output = UnsafeMutablePointer<Float>.allocate(capacity: Student.outputCount)
        var answers: [Float] = []
        for start in stride(from: 0, to: inputs.count, by: Student.inputCount) {
          let input = Array(inputs[start..<start + Student.inputCount])
          Student.predict(input, into: output, workspace: workspace)
          let answer = Array(UnsafeBufferPointer(start: output, count: Student.outputCount))
          precondition(answer == Student.predict(input))
          answers += answer
        }
        precondition(Student.classes == (\(specimen.graph.classes) as [String]))
        try answers.withUnsafeBytes { Data($0) }.write(to: URL(fileURLWithPath: "answers"))
        """
      for (text, name) in [(specimen.graph.swiftSource(), "Student.swift"), (main, "main.swift")] {
        try text.write(to: folder.appendingPathComponent(name), atomically: true, encoding: .utf8)
      }
      let parity = try parity(
        of:
          "swiftc -swift-version 6 -warnings-as-errors -O -o run main.swift Student.swift && ./run",
        in: folder,
        specimen
      )
      #expect(parity.largestDifference < 5e-6, "\(parity)")
    }
  }
}

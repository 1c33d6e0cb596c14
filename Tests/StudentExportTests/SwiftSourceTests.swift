import Foundation
import Networks
import Tensors
import Testing

@testable import StudentExport

@Suite struct SwiftSourceTests {
  /// The compiler of the toolchain and libtorch agree.
  @Test(arguments: [
    "mlp:9-13-8-5,gelu", "mlp:3-4-1,silu", "cnn:2x8x8-12r3-20r3s2-a3s2-gap-3,softplus",
    "cnn:4x9x9-8c3g4b-m2-8c1-9c3g1s2-6-2,elu",
  ])
  func compiledAndCompared(text: String) throws {
    try withScratch { folder in
      let network = try randomNetwork(text)
      let graph = try finishedGraph(text, network)
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
        precondition(Student.classes.first == "class\\\\\\" ä ??/\\u{7}0")
        try answers.withUnsafeBytes { Data($0) }.write(to: URL(fileURLWithPath: "answers"))
        """
      for (text, name) in [(graph.swiftSource(), "Student.swift"), (main, "main.swift")] {
        try text.write(to: folder.appendingPathComponent(name), atomically: true, encoding: .utf8)
      }
      let parity = try parity(
        of:
          "swiftc -swift-version 6 -warnings-as-errors -O -o run main.swift Student.swift && ./run",
        in: folder,
        graph,
        { network($0) },
        randomInputs(4, graph.inputShape)
      )
      #expect(parity.largestDifference < 5e-6, "\(parity)")
    }
  }
}

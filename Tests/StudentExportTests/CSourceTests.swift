import Foundation
import Networks
import StudentRuntime
import Tensors
import Testing

@testable import StudentExport

@Suite struct CSourceTests {
  /// The system's compiler and libtorch agree.
  @Test(arguments: [
    "mlp:9-13-8-5,gelu", "mlp:40-70-33-10", "cnn:1x9x9-5c3-m2-7c3s2-gap-4,elu",
    "cnn:4x8x8-8c3g4b-8c1-9c3g1s2-d0.2-6-2,softplus", "cnn:2x8x8-12r3-20r3s2-a3s2-gap-3",
  ])
  func compiledAndCompared(text: String) throws {
    try withScratch { folder in
      let network = try randomNetwork(text)
      var graph = try graph(text, network)
      graph.ending = .softmax
      graph.mean = [0.25]
      graph.deviation = [0.5]
      graph.classes = (0..<graph.logitCount).map { "\"class\\\" ä ??/\($0)" }
      let inputs = randomInputs(4, graph.inputShape)
      let count = inputs.shape[1]
      let main = """
        #include <stdio.h>
        #include "student.c"
        int main(void) {
          float input[STUDENT_INPUTS], output[STUDENT_OUTPUTS];
          while (fread(input, 4, STUDENT_INPUTS, stdin) == STUDENT_INPUTS) {
            predict(input, output);
            fwrite(output, 4, STUDENT_OUTPUTS, stdout);
          }
          return 0;
        }
        """
      func file(_ name: String) -> URL { folder.appendingPathComponent(name) }
      try graph.cSource().write(to: file("student.c"), atomically: true, encoding: .utf8)
      try main.write(to: file("main.c"), atomically: true, encoding: .utf8)
      let numbers = inputs.scalars(Float.self)
      try numbers.withUnsafeBytes { Data($0) }.write(to: file("inputs"))
      let shell = Process()
      shell.executableURL = URL(fileURLWithPath: "/bin/sh")
      shell.arguments = [
        "-c",
        "cd \"$0\" && cc -std=c99 -O2 -Wall -Werror -o student main.c -lm && ./student < inputs > answers",
        folder.path,
      ]
      try shell.run()
      shell.waitUntilExit()
      #expect(shell.terminationStatus == 0)
      let bytes = try Data(contentsOf: file("answers"))
      let answers = bytes.withUnsafeBytes { Array($0.bindMemory(to: Float.self)) }
      #expect(answers.count == 4 * graph.logitCount && numbers.count == 4 * count)
      let parity = Parity(answers, graph.reference({ network($0) }, inputs), inputs: 4)
      #expect(parity.largestDifference < 5e-6, "\(parity)")
    }
  }
}

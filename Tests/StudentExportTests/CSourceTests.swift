import Foundation
import Testing

@testable import StudentExport

@Suite struct CSourceTests {
  /// The system's compiler and libtorch agree.
  @Test(arguments: everyStudent)
  func compiledAndCompared(text: String) throws {
    // The smallest code compiles at once.
    try compareCompiled(text, "-O2 -DSTUDENT_LANES=1")
  }

  /// With the vectors of this processor and of others.
  @Test(arguments: [
    "", "-DSTUDENT_LANES=4", "'-D__builtin_cpu_supports(x)=0'",
    "'-D__builtin_cpu_supports(x)=(sizeof(x)<6&&__builtin_cpu_supports(x))'",
  ])
  func compiledForOthers(options: String) throws {
    // Compiling all vectors takes a while: one network has every shape of theirs.
    let everyTile = "cnn:3x9x13-11c3-11c3g11b-40c3g1s2-24c5-64c3-20c5g2-gap-40-4"
    for text in [everyTile] + (options.isEmpty ? ["recurrent gru"] : []) {
      try compareCompiled(text, "-O2 \(options)")
    }
  }

  private func compareCompiled(_ text: String, _ options: String) throws {
    try withScratch { folder in
      let specimen = try Specimen(text)
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
      func write(_ text: String, _ name: String) throws {
        try text.write(to: folder.appendingPathComponent(name), atomically: true, encoding: .utf8)
      }
      try write(specimen.graph.cSource(), "student.c")
      try write(main, "main.c")
      let parity = try parity(
        of:
          "cc -std=c99 \(options) -Wall -Wmissing-prototypes -Werror -o student main.c -lm && ./student < inputs > answers",
        in: folder,
        specimen
      )
      #expect(parity.largestDifference < 5e-6, "\(parity)")
    }
  }
}

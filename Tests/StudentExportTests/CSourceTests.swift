import Foundation
import Testing

@testable import StudentExport

@Suite struct CSourceTests {
  /// The system's compiler and libtorch agree, with the vectors of this processor.
  @Test(arguments: everyStudent)
  func compiledAndCompared(text: String) throws {
    try compareCompiled(text, "-O1")
  }

  /// With those of others, and without any, where the compiler optimises. What a processor does not
  /// have, or is not asked for, is not compiled.
  @Test(arguments: [
    "-DSTUDENT_LANES=1", "-DSTUDENT_LANES=4", "'-D__builtin_cpu_supports(x)=0'",
    "'-D__builtin_cpu_supports(x)=(sizeof(x)<6&&__builtin_cpu_supports(x))'",
  ])
  func compiledForOthers(options: String) throws {
    for text in [everyTile, "recurrent gru"] { try compareCompiled(text, "-O2 \(options)") }
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

/// A network that every tile of products is used by.
private let everyTile = "cnn:3x9x13-11c3-11c3g11b-40c3g1s2-24c5-64c3-20c5g2-gap-40-4"

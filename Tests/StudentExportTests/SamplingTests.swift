import Foundation
import Generative
import Tensors
import Testing

@testable import Networks
@testable import StudentExport

/// Samples of exported NADEs, against the model's own conditionals.
@Suite struct SamplingTests {
  private static let count = 200

  /// The samples that the same uniform numbers make, input after input, by the conditionals.
  private func expected(_ nade: NADE, _ uniform: [Double]) -> [Float] {
    let width = nade.inputs
    var states = [Float](repeating: 0, count: Self.count * width)
    for (step, place) in nade.order.enumerated() {
      let tensor = Tensor(states, shape: [Self.count, width])
      let probabilities = nade.conditionals(tensor).scalars(Double.self)
      for row in 0..<Self.count {
        let p = probabilities[row * width + place]
        states[row * width + place] = uniform[row * width + step] < p ? 1 : 0
      }
    }
    return states
  }

  private func nade() -> NADE {
    let generator = RandomGenerator(seed: 5)
    let nade = NADE(inputs: 9, hidden: 13, order: [3, 0, 8, 1, 2, 7, 4, 6, 5], using: generator)
    nade.weights.value = 2 * nade.weights.value
    nade.outputWeights.value = 3 * .normal(nade.outputWeights.value.shape, using: generator)
    return nade
  }

  private func compare(_ line: String, _ sources: [(name: String, text: String)], _ nade: NADE)
    throws
  {
    try withScratch { folder in
      let numbers = Tensor.uniform(
        [Self.count * nade.inputs],
        .float64,
        using: RandomGenerator(seed: 6)
      ).scalars(Double.self)
      try numbers.withUnsafeBytes { Data($0) }.write(to: folder.appendingPathComponent("uniform"))
      for (name, text) in sources {
        try text.write(to: folder.appendingPathComponent(name), atomically: true, encoding: .utf8)
      }
      try #require(try shell(line, in: folder))
      let bytes = try Data(contentsOf: folder.appendingPathComponent("samples"))
      let samples = bytes.withUnsafeBytes { Array($0.bindMemory(to: Float.self)) }
      #expect(samples == expected(nade, numbers))
      let ones = samples.count { $0 == 1 }
      #expect(ones > samples.count / 10 && ones < 9 * samples.count / 10)
    }
  }

  @Test func inC() throws {
    let nade = nade()
    let main = """
      #include <stdio.h>
      #include "student.c"
      static double next(void *file) {
        double number = 0;
        return fread(&number, 8, 1, file) == 1 ? number : 0;
      }
      int main(void) {
        FILE *uniform = fopen("uniform", "rb"), *samples = fopen("samples", "wb");
        float output[STUDENT_INPUTS];
        for (int i = 0; i < \(Self.count); i++) {
          sample(next, uniform, output);
          fwrite(output, 4, STUDENT_INPUTS, samples);
        }
        return fclose(samples);
      }
      """
    try compare(
      "cc -std=c99 -O2 -DSTUDENT_LANES=1 -Wall -Werror -o run main.c -lm && ./run",
      [("student.c", StudentGraph(nade).cSource()), ("main.c", main)],
      nade
    )
  }

  @Test func inSwift() throws {
    let nade = nade()
    let main = """
      import Foundation

      let bytes = try Data(contentsOf: URL(fileURLWithPath: "uniform"))
      var numbers = bytes.withUnsafeBytes { Array($0.bindMemory(to: Double.self)) }[...]
      let samples = (0..<\(Self.count)).flatMap { _ in Student.sample { numbers.removeFirst() } }
      try samples.withUnsafeBytes { Data($0) }.write(to: URL(fileURLWithPath: "samples"))
      """
    try compare(
      "swiftc -swift-version 5 -O -o run main.swift Student.swift && ./run",
      [("Student.swift", StudentGraph(nade).swiftSource()), ("main.swift", main)],
      nade
    )
  }
}

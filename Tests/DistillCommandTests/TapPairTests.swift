import Distill
import Foundation
import Testing

@testable import Compression
@testable import DistillCommand
@testable import Exchange
@testable import Experiments
@testable import Runs

/// Which layers of a student and a teacher are proposed to be compared.
@Suite struct TapPairTests {
  private func network(_ text: String) throws -> any Module {
    try ModelSpecification(text).module(using: RandomGenerator(seed: 1))
  }

  private func pairs(_ student: String, _ teacher: String, _ inputs: Int) throws -> [String] {
    try TapPairs(
      teacher: network(teacher),
      student: network(student),
      on: .zeros([2, inputs])
    ).pairs.map(\.loss)
  }

  /// Read off the networks by hand: positions as in `nn.Sequential`, activations counted.
  @Test func stagesOfOneSizeArePaired() throws {
    // The student's maps are 8×8 up to position 2, 4×4 up to 6, their mean is 7; the teacher's 8×8 up
    // to 3, 4×4 up to 7, their mean is 8.
    #expect(
      try pairs(
        "cnn:1x8x8-4c3b-m2-6c3b-gap-3",
        "cnn:1x8x8-8c3-8c3-m2-16c3b-gap-3",
        64
      ) == [
        "attentionTransfer(of: 2 -> 3)", "attentionTransfer(of: 6 -> 7)", "hints(of: 7 -> 8)",
      ]
    )
  }

  @Test func vectorsArePairedByDepth() throws {
    #expect(
      try pairs("mlp:9-5-4-3", "mlp:9-8-7-6-5-3", 9) == ["hints(of: 1 -> 3)", "hints(of: 3 -> 7)"]
    )
    // A student that is deeper has layers for itself.
    #expect(
      try pairs("mlp:9-7-6-5-3", "mlp:9-8-3", 9) == ["hints(of: 5 -> 1)"]
    )
    #expect(try pairs("mlp:9-5-3", "cnn:1x3x3-4c3-8-3", 9) == ["hints(of: 1 -> 4)"])
  }

  @Test func networksWithoutLayersAreRefused() throws {
    let text = refusal { try pairs("mlp:9-3", "mlp:9-5-3", 9) }
    #expect(text?.contains("the student has no layer before its outputs") == true)
  }

  /// What is proposed can be trained.
  @Test func theProposedLossIsTaken() throws {
    var inspection = try Inspection(of: ExportedTeacherTests.file)
    try inspection.propose(for: "cnn:8c3b-m2-8c3b-gap-10")
    let loss = try #require(inspection.loss)
    #expect(inspection.text.contains("--loss \"softCrossEntropy + "))
    #expect(throws: Never.self) { try Loss(parsing: loss) }
    try withCompressWorld { world in
      let data = world.folder.appendingPathComponent("images").path
      try FileManager.default.createDirectory(atPath: data, withIntermediateDirectories: true)
      try CompressWorld.write("train", 60, seed: 1, to: data, side: 28)
      try CompressWorld.write("t10k", 30, seed: 2, to: data, side: 28)
      var options = world.options()
      options.teacher = [ExportedTeacherTests.file.path]
      options.teacherModel = nil
      options.data = DataSource(data)
      options.student = "cnn:8c3b-m2-8c3b-gap-10"
      options.loss = loss
      options.budget = Budget(3, .steps)
      #expect(throws: Never.self) { try world.run(options) }
      // Weights that say of which network they are.
      var weights = try Inspection(
        of: world.folder.appendingPathComponent("run/student.safetensors")
      )
      try weights.propose(for: "mlp:784-50-10")
      #expect(weights.taps?.isEmpty == false)
      var bare = try Inspection(of: URL(fileURLWithPath: "\(world.teachers)/a.safetensors"))
      let text = refusal { try bare.propose(for: "mlp:16-5-3") }
      #expect(text?.contains("does not say of which network") == true)
    }
  }
}

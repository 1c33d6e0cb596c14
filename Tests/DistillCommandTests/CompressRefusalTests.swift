import Distill
import Foundation
import Testing

@testable import Compression
@testable import DistillCommand
@testable import Exchange
@testable import Experiments
@testable import Runs

/// What does not fit is refused in one sentence before any work is done.
@Suite struct CompressRefusalTests {
  /// The sentence with which changed options are refused; no run folder is left.
  func refusal(
    _ world: CompressWorld,
    _ change: (inout CompressOptions) -> Void
  ) throws -> String {
    var options = world.options()
    change(&options)
    let sentence = DistillCommandTests.refusal { try world.run(options) }
    #expect(!FileManager.default.fileExists(atPath: options.out!))
    #expect(sentence?.contains("\n") == false)
    return try #require(sentence)
  }

  @Test func optionsThatDoNotFit() throws {
    try withCompressWorld { world in
      for (part, change) in [
        ("there is no teacher '/nowhere'", { $0.teacher = ["/nowhere"] }),
        // Foundation's paths end the program at names of one letter.
        ("there is no teacher 'x'", { $0.teacher = ["x"] }),
        ("say of which network with --teacher-model", { $0.teacherModel = nil }),
        ("has 4 outputs and the teacher 3", { $0.student = "mlp:16-4-4" }),
        ("takes 9 numbers and an input of the data has 16 (1x4x4)", { $0.student = "mlp:9-4-3" }),
        ("character 5: '1O' is not a width", { $0.student = "mlp:1O-3" }),
        (
          "there is no loss 'softCrosEntropy': did you mean softCrossEntropy?",
          { $0.loss = "softCrosEntropy" }
        ),
        (
          "an ensemble has no features of its own but 'members': for a loss on features take one",
          { $0.loss = "hints(of: 1)" }
        ),
        (
          "the student has no tap '7': it has 0 (4), 1 (4), 2 (3)",
          { ($0.loss, $0.teacher) = ("hints(of: 7)", [world.teachers + "/a.safetensors"]) }
        ),
        (
          "the student's tap '1' (3×4) are not like those after the teacher's tap '1' (3×12)",
          { ($0.loss, $0.teacher) = ("reusedHead(of: 1)", [world.teachers + "/a.safetensors"]) }
        ),
        ("squaredError compares real numbers, not logits", { $0.loss = "squaredError" }),
        (
          "squaredError compares real numbers, not logits",
          { $0.loss = "squaredError + 0.1 * projectedDerivativeSquaredError" }
        ),
        ("has 1 output and the teacher 3", { $0.student = "mlp:16-4-1" }),
        ("write a share from 0 to 1, such as 0.89", { $0.teacherAccuracy = "89" }),
        ("write none, bytes, standard, or means", { $0.normalize = "0.5" }),
        ("there is no such file or folder", { $0.data.path = "/nowhere" }),
        (
          "a search of 30 steps leaves 1 for each of 9 candidates",
          { ($0.search, $0.loss) = (Budget(30, .steps), "softCrossEntropy") }
        ),
        ("cannot read '/nowhere.yaml': there is no such file", { $0.student = "/nowhere.yaml" }),
      ] as [(String, (inout CompressOptions) -> Void)] {
        let sentence = try refusal(world, change)
        #expect(sentence.contains(part), "\(sentence)")
      }
    }
  }

  /// The reason alone, without the names of what was trying to read it.
  @Test(arguments: [
    ("kind: foo\n", "does not describe a network: a network needs a kind and layers"),
    ("kind: mlp\nwidths: [16, 3]\n", "does not describe a network: a network has no 'widths'"),
    (": : [\n", "did not find expected key"),
  ])
  func blocksThatAreNoNetwork(text: String, part: String) throws {
    try withCompressWorld { world in
      let file = world.folder.appendingPathComponent("student.yaml")
      try text.write(to: file, atomically: true, encoding: .utf8)
      let sentence = try refusal(world) { $0.student = file.path }
      #expect(sentence.contains(part) && !sentence.contains("DecodingError"), "\(sentence)")
    }
  }

  @Test(arguments: ["mlp:16-16777216-16777216-3", "cnn:1x4x4-16777216c3-16777216c3-gap-3"])
  func networksBeyondTheMachine(_ student: String) throws {
    try withCompressWorld { world in
      let sentence = try refusal(world) { $0.student = student }
      #expect(sentence.hasPrefix("the student \(student) ") && sentence.contains("GB of memory"))
    }
  }

  /// A file of a few bytes makes no network of gigabytes.
  @Test func networksBeyondTheirFile() throws {
    try withCompressWorld { world in
      let big = "mlp:16-16777216-3"
      let sentence = try refusal(world) { $0.teacherModel = big }
      #expect(sentence.contains("\(big) has 335,544,323 parameters, and the file "), "\(sentence)")
      let options = world.options()
      try world.run(options)
      let recipe = URL(fileURLWithPath: options.out!).appendingPathComponent("recipe.yaml")
      let text = try String(contentsOf: recipe, encoding: .utf8)
      try text.replacing("student: mlp:16-4-3", with: "student: \(big)")
        .write(to: recipe, atomically: true, encoding: .utf8)
      let student = DistillCommandTests.refusal { try FinishedStudent(options.out!) }
      #expect(student?.contains("\(big) has 335,544,323 parameters") == true, "\(student ?? "")")
    }
  }

  /// Missing and extra names and other shapes are told.
  @Test func weightsOfAnotherNetwork() throws {
    try withCompressWorld { world in
      let deeper = try refusal(world) { $0.teacherModel = "mlp:16-12-5-3" }
      #expect(deeper.contains("missing: 4.weight, 4.bias"), "\(deeper)")
      #expect(deeper.contains("2.weight is [3, 12] instead of [5, 12]"), "\(deeper)")
      let shallow = try refusal(world) {
        ($0.teacherModel, $0.student) = ("mlp:16-3", "mlp:16-3")
      }
      #expect(shallow.contains("unexpected: 2.bias, 2.weight"), "\(shallow)")
    }
  }

  /// What came out of a training that went wrong, and what was saved by another function.
  @Test func weightsThatAreNone() throws {
    try withCompressWorld { world in
      let file = URL(fileURLWithPath: "\(world.teachers)/b.safetensors")
      let kept = try Data(contentsOf: file)
      var (tensors, _) = try Safetensors.read(from: file)
      tensors["2.bias"] = Tensor([0, .nan, 0] as [Float])
      try Safetensors.write(tensors, to: file)
      #expect(try refusal(world, { _ in }).contains("b.safetensors' are not all finite: 2.bias"))
      try (Data("PK\u{3}\u{4}".utf8) + kept).write(to: file)
      #expect(try refusal(world, { _ in }).contains("such as torch.save writes; save the weights"))
    }
  }

  /// A teacher whose classes are in another order.
  @Test func aTeacherThatDoesWorseThanStated() throws {
    try withCompressWorld { world in
      for name in ["a", "b"] {
        let file = URL(fileURLWithPath: "\(world.teachers)/\(name).safetensors")
        var (tensors, _) = try Safetensors.read(from: file)
        for path in ["2.weight", "2.bias"] {
          tensors[path] = tensors[path]!.rolled(by: 1, along: 0)
        }
        try Safetensors.write(tensors, to: file)
      }
      let sentence = try refusal(world) { $0.teacherAccuracy = "0.9" }
      let measured = try #require(
        sentence.firstMatch(of: /measured ([0-9.]+) on 120 test examples/)
      )
      #expect(try #require(Double(measured.output.1)) < 0.2)
      #expect(sentence.contains("check the order of the classes"))
    }
  }

  /// Half a unit of the last digit, and three standard errors √(p (1 − p) / n).
  @Test func theToleranceIsThatOfRoundingAndChance() throws {
    let tolerance = Preflight.tolerance(stated: 0.9, digits: 1, examples: 900)
    #expect(abs(tolerance - (0.05 + 3 * 0.01)) < 1e-12)
    func check(_ measured: Double) throws -> String {
      try Preflight.check(stated: 0.9, digits: 1, measured: measured, examples: 900, on: "test")
    }
    #expect(throws: RunError.self) { try check(0.819) }
    #expect(try check(0.821).contains("tolerance 0.0800"))
    #expect(throws: Never.self) { try check(1) }
  }

  @Test func changedFilesStopARun() throws {
    try withCompressWorld { world in
      let options = world.options()
      #expect(throws: Stopped.self) { try world.run(options, stoppingAt: "training mlp") }
      var resumed = CompressOptions()
      resumed.resume = .folder(options.out!)
      let teacher = "\(world.teachers)/b.safetensors"
      let kept = try Data(contentsOf: URL(fileURLWithPath: teacher))
      try FileManager.default.removeItem(atPath: teacher)
      #expect(
        DistillCommandTests.refusal { try world.run(resumed) }
          == "'\(teacher)' is not there any more, and the run needs it"
      )
      try kept.write(to: URL(fileURLWithPath: teacher))
      try CompressWorld.write("t10k", 120, seed: 3, to: world.data)
      #expect(
        DistillCommandTests.refusal { try world.run(resumed) }?
          .hasPrefix("'\(world.data)' is not what the run was started with") == true
      )
    }
  }
}

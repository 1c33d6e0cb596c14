import Distill
import Foundation
import Testing

@testable import Compression
@testable import DistillCommand
@testable import Exchange
@testable import Experiments
@testable import Runs

/// Teachers of which there are only the answers.
@Suite struct TeacherValuesTests {
  /// The logits of the first teacher for all examples, those of the test last.
  private func logits(_ world: CompressWorld) throws -> Tensor {
    let network = MLP([16, 12, 3], using: RandomGenerator(seed: 9))
    try network.load(from: URL(fileURLWithPath: "\(world.teachers)/a.safetensors"))
    let source = try LabelledSource(DataSource(world.data))
    return network(.concatenated([source.training.inputs, source.test!.inputs]))
  }

  private func options(_ world: CompressWorld, _ values: String, _ out: String) -> CompressOptions {
    var options = world.options(out: out)
    options.teacher = []
    options.teacherModel = nil
    options.teacherValues = values
    return options
  }

  /// The student of answers is that of the network that gave them, however they are written.
  @Test func studentsAreThoseOfTheNetwork() throws {
    try withCompressWorld { world in
      var live = world.options(out: "live")
      live.teacher = ["\(world.teachers)/a.safetensors"]
      live.loss = "softCrossEntropy"
      let right = try student(world.run(live).folder)
      let logits = try logits(world)
      let path = { (name: String) in world.folder.appendingPathComponent(name).path }
      let url = { (name: String) in URL(fileURLWithPath: path(name)) }
      try NumPy.write(logits, to: url("logits.npy"))
      let logs = logits - logits.logSumExp(along: 1, keepingAxes: true)
      try NumPy.writeArchive(["other": Tensor([1, 2]), "logs": logs], to: url("all.npz"))
      let rows = logs.exponential.cast(to: .float64)
      let lines = (0..<rows.shape[0]).map { row in
        rows[row].scalars(Double.self).map { "\($0)" }.joined(separator: ",")
      }
      try Data(("a,b,c\n" + lines.joined(separator: "\n") + "\n").utf8)
        .write(to: url("probabilities.csv"))
      for (index, (name, word)) in [
        ("logits.npy", "logits"), ("all.npz:logs", "logProbabilities"),
        ("probabilities.csv", "probabilities"),
      ].enumerated() {
        var asked = options(world, path(name), "answers-\(index)")
        asked.teacherAccuracy = "0.9"
        if index == 0 { asked.certifiedSeeds = 2 }
        let (folder, said) = try world.run(asked)
        #expect(said.text.contains("420 answers, taken as \(word)"), "\(said.text)")
        // The time to look an answer up is no teacher's.
        let table = try String(contentsOf: folder.file("table.txt"), encoding: .utf8)
        let times = table.split(separator: "\n").last { $0.hasPrefix("µs per example") }
        #expect(times?.hasSuffix("–") == true, "\(table)")
        #expect(try right.largestDifference(from: student(folder)) < 1e-3)
        #expect(try CompressionPlan.recorded(in: folder).teacher.answers?.meaning.rawValue == word)
      }
    }
  }

  /// `distill init` begins with answers as well.
  @Test func aRecipeOfAnswersRuns() throws {
    try withCompressWorld { world in
      let file = world.folder.appendingPathComponent("answers.npy")
      try NumPy.write(logits(world), to: file)
      let out = world.folder.appendingPathComponent("begun.yaml").path
      let words = ["--teacher-values", file.path, "--data", world.data, "--student", "mlp:16-4-3"]
      var command = try #require(
        try Program.parsed(["init"] + words + ["--out", out, "--quiet"])
          as? InitCommand
      )
      try command.run()
      // Again, as after one that was stopped; but what is another's stays.
      try command.run()
      let other = world.folder.appendingPathComponent("other.yaml")
      try Data("seed: 2\n".utf8).write(to: other)
      var refused = try #require(
        try Program.parsed(["init"] + words + ["--out", other.path, "--quiet"]) as? InitCommand
      )
      #expect(refusal { try refused.run() }?.contains("is there already") == true)
      #expect(try String(contentsOf: other, encoding: .utf8) == "seed: 2\n")
      let recipe = try String(contentsOfFile: out, encoding: .utf8)
      #expect(recipe.contains("\nteacherValues: \(file.path)\n"))
      let folder = world.folder.appendingPathComponent("by-recipe")
      try JobRecipe(yaml: recipe).run(at: folder)
      #expect(FileManager.default.fileExists(atPath: folder.path + "/student.safetensors"))
    }
  }

  private func student(_ folder: RunFolder) throws -> Tensor {
    let kept = try Safetensors.read(from: folder.file("student.safetensors")).tensors
    return .concatenated(kept.sorted { $0.key < $1.key }.map { $0.value.flattened() })
  }

  /// Logits of −∞ say that a class is ruled out: its probability is 0.
  @Test func classesMayBeRuledOut() throws {
    try withCompressWorld { world in
      let logits = try logits(world)
      let isLeast = logits .== logits.minimum(along: 1, keepingAxes: true)
      let masked = logits.replacing(
        with: .full(-.infinity, logits.shape),
        where: isLeast
      )
      let file = world.folder.appendingPathComponent("masked.npy")
      try NumPy.write(masked, to: file)
      let (folder, said) = try world.run(options(world, file.path, "masked"))
      #expect(said.text.contains("taken as logits") && !said.text.contains("nan"))
      #expect(try student(folder).isAllFinite)
    }
    // A label that was ruled out.
    let scores = Tensor([-.infinity, -0.1] as [Double])
    #expect(ModelScore.plusMinus(Estimate(of: scores)) == "−∞")
  }

  @Test func whatDoesNotFitIsRefused() throws {
    try withCompressWorld { world in
      let logits = try logits(world)
      func asked(_ name: String, loss: String? = nil) -> String {
        var options = options(world, world.folder.appendingPathComponent(name).path, "refused")
        options.loss = loss
        return refusal { try world.run(options) } ?? ""
      }
      let url = { (name: String) in world.folder.appendingPathComponent(name) }
      try NumPy.write(logits[0..<300], to: url("few.npy"))
      #expect(
        asked("few.npy").contains(
          "300 rows of answers, and the data have 300 and, for the test, 120"
        )
      )
      try NumPy.write(logits / 0, to: url("infinite.npy"))
      #expect(asked("infinite.npy").contains("NaN or infinity"))
      try NumPy.write(logits * 0 + log(0), to: url("impossible.npy"))
      #expect(asked("impossible.npy").contains("a row of −∞ alone"))
      try NumPy.write(logits.reshaped(to: [420, 3, 1]), to: url("cube.npy"))
      #expect(asked("cube.npy").contains("shape [420, 3, 1]"))
      try NumPy.writeArchive(["a": logits, "b": logits], to: url("two.npz"))
      #expect(asked("two.npz").contains("several arrays (a, b)"))
      #expect(asked("two.npz:c").contains("c"))
      #expect(asked("none.npy").contains("is not there"))
      try NumPy.write(logits, to: url("all.npy"))
      let derivative = asked("all.npy", loss: "softCrossEntropy + 0.1 * derivativeSquaredError")
      #expect(derivative.contains("gives only its answers"))
    }
  }

  /// Members of an ensemble may be different networks, the weights of one saved by a class of PyTorch.
  @Test func differentNetworksAreAnEnsemble() throws {
    try withCompressWorld { world in
      let other = world.folder.appendingPathComponent("other.safetensors")
      let small = MLP([16, 5, 3], using: RandomGenerator(seed: 3))
      let named = Dictionary(
        uniqueKeysWithValues: small.namedParameters.map { path, parameter in
          (
            path.replacing("0.", with: "module.fc1.").replacing("2.", with: "module.fc2."),
            parameter.value
          )
        }
      )
      try Safetensors.write(named, to: other)
      var asked = world.options()
      asked.teacher = ["\(world.teachers)/a.safetensors", other.path]
      asked.teacherModel = "mlp:16-12-3 + mlp:16-5-3"
      let (folder, said) = try world.run(asked)
      #expect(said.text.contains("an ensemble of mlp:16-12-3 + mlp:16-5-3"), "\(said.text)")
      #expect(said.text.contains("fc1 → 0, module.fc2 → 2"), "\(said.text)")
      let plan = try CompressionPlan.recorded(in: folder)
      #expect(plan.teacher.models?.count == 2)
      #expect(plan.teacher.network == "mlp:16-12-3 + mlp:16-5-3")
      asked.out! += "-b"
      asked.teacherModel = "mlp:16-12-3 + mlp:16-5-3 + mlp:16-3"
      #expect(refusal { try world.run(asked) }?.contains("names 3 networks") == true)
      asked.teacherModel = "mlp:16-12-3 + mlp:16-5-4"
      #expect(refusal { try world.run(asked) }?.contains("make no ensemble") == true)
    }
  }
}

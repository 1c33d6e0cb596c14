import Distill
import Foundation
import Testing

@testable import Compression
@testable import DistillCommand
@testable import Exchange
@testable import Experiments
@testable import Runs

/// Options of recipes that cannot be are refused in one sentence when the recipe is read: no file is
/// looked for, and nothing is trained.
@Suite struct GenerativeExperimentTests {
  struct Wrong: CustomTestStringConvertible, Sendable {
    let experiment: String
    let setting: String
    /// A part of the sentence.
    let says: String

    init(_ experiment: String, _ setting: String, _ says: String) {
      (self.experiment, self.setting, self.says) = (experiment, setting, says)
    }

    var testDescription: String { "\(experiment) \(setting)" }
  }

  static let wrong: [Wrong] = [
    Wrong("demo", "hidden=0", "hidden 0"), Wrong("demo", "hidden=-4", "hidden -4"),
    Wrong("demo", "hidden=4000000000000000000", "at most"),
    Wrong("demo", "epochs=0", "epochs 0"), Wrong("demo", "steps=0", "steps 0"),
    Wrong("demo", "steps=many", "'steps' is of another kind"),
    Wrong("train", "rbm={hidden: 0}", "hidden 0"), Wrong("train", "limit=-1", "limit -1"),
    Wrong("train", "rbm={learningRate: .nan}", "learning rate"),
    Wrong("train", "rbm={persistentChains: -1}", "persistent chains -1"),
    Wrong("train", "rbm={batch: 9000000000}", "batch 9000000000"),
    Wrong("widths", "widths=[]", "widths: generative-widths needs at least one"),
    Wrong("widths", "widths=[250, 0]", "'0' is no number of hidden units"),
    Wrong("widths", "widths=[-250]", "'nade:-250'"),
    Wrong("widths", "widths=[1000000]", "'1000000' is no number of hidden units"),
    Wrong("widths", "widths=[5, 5]", "name each once"),
    Wrong("widths", "losses=[]", "losses: generative-widths needs at least one"),
    Wrong("widths", "losses=[zzz]", "there is no loss 'zzz'"),
    Wrong("widths", "recipes=[]", "recipes: generative-widths needs at least one"),
    Wrong("widths", "recipes=[mine]", "there is no recipe 'mine'"),
    Wrong("widths", "steps=0", "steps 0"), Wrong("widths", "samples=0", "samples 0"),
    Wrong("widths", "samples=-10000", "samples -10000"),
    Wrong("partition", "width=0", "'0' is no number of hidden units"),
    Wrong("partition", "steps=-1", "steps -1"),
    Wrong("partition", "samples=0", "samples 0"),
    Wrong("partition", "samples=99000000000", "samples 99000000000"),
    Wrong("partition", "temperatures=[]", "at least one way of annealing"),
    Wrong("partition", "temperatures=[zzz]", "the temperatures 'zzz'"),
    Wrong("partition", "temperatures=['adaptive:0']", "the temperatures 'adaptive:0'"),
    Wrong("partition", "temperatures=['-5']", "the temperatures '-5'"),
    Wrong("partition", "temperatures=['99999999999']", "the temperatures '99999999999'"),
    Wrong("partition", "temperatures=['50', '50']", "each once"),
    Wrong("fit", "distillation={student: 'nade:0'}", "'0' is no number of hidden units"),
    Wrong(
      "fit",
      "distillation={student: zzz}",
      "'zzz', character 1: this is not a network: write nade:, made: or deep-nade:"
    ),
    Wrong("fit", "distillation={loss: zzz}", "'zzz' is no loss"),
    Wrong("fit", "distillation={steps: 0}", "steps 0"),
    Wrong("fit", "distillation={batch: 5000000}", "batch 5000000"),
    Wrong("fit", "distillation={chains: 0}", "chains 0"),
    Wrong("fit", "distillation={thinning: 0}", "thinning 0"),
    Wrong("fit", "distillation={burnIn: -1}", "burnIn -1"),
    Wrong("fit", "distillation={hiddenStates: 0}", "hiddenStates 0"),
    Wrong("fit", "distillation={learningRate: 0}", "learningRate 0.0"),
    Wrong("fit", "distillation={start: warm}", "distillation start' is of another kind"),
    Wrong("fit", "distillation={width: 5}", "has no option 'width'"),
    Wrong("fit", "partition={samples: 5}", "samples 5"),
    Wrong("fit", "partition={confidence: 1}", "confidence 1.0"),
    Wrong("fit", "partition={methods: [zzz]}", "is of another kind"),
  ]

  @Test(arguments: wrong) func isRefused(_ wrong: Wrong) {
    // A folder that is not there: a file would be missed if one were looked for.
    let place = ["demo", "widths", "partition"].contains(wrong.experiment) ? "data: /nowhere" : ""
    let said = refusal {
      try JobRecipe(
        yaml: "experiment: generative-\(wrong.experiment)\n\(place)\n",
        settings: [wrong.setting]
      )
    }
    #expect(said?.contains(wrong.says) == true, "\(said ?? "accepted")")
    #expect(said?.contains("\n") == false && said?.contains("/nowhere") == false)
  }

  /// The same refusal ends the program, with nothing written.
  @Test func theProgramSaysSo() throws {
    try withScratchFolder { folder in
      let recipe = folder.appendingPathComponent("widths.yaml")
      try Data("experiment: generative-widths\ndata: /nowhere\n".utf8).write(to: recipe)
      let out = folder.appendingPathComponent("run")
      let command = try Program.parseAsRoot([
        "run", recipe.path, "--set", "widths=[0]", "--out", out.path, "--quiet",
      ])
      let runnable = try #require(command as? RunCommand)
      let said = refusal { try runnable.run() }
      #expect(said?.contains("'0' is no number of hidden units") == true, "\(said ?? "accepted")")
      #expect(!FileManager.default.fileExists(atPath: out.path))
    }
  }

  /// Runs that cost 2 seconds to set up and, many or few, 5 ms each plus half a second: after the set-up
  /// of the time to fill they leave less than a twentieth of their number unused.
  @Test func annealingFillsTheTime() throws {
    func timed(_ runs: Int) throws -> PartitionResults.Timed {
      PartitionResults.Timed(
        estimate: try smallRBM().enumeratedLogPartition(),
        seconds: 2.5 + 0.005 * Double(runs),
        setUpSeconds: 2
      )
    }
    let (runs, result) = try GenerativePartition.filling(30, timed)
    let expected = try timed(runs).seconds
    #expect(abs(result.seconds - 30) < 1.5 && result.seconds == expected)
    // No time to fill: the fewest runs.
    #expect(try GenerativePartition.filling(1, timed).runs == 64)
  }
}

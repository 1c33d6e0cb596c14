import Distill
import Foundation
import Testing

@testable import Compression
@testable import DistillCommand
@testable import Exchange
@testable import Experiments
@testable import Runs

/// Nothing is written before everything that is asked is understood.
@Suite struct PredictiveFolderTests {
  private func data(_ folder: URL) throws -> String {
    try written("x,y\n1,0\n2,1\n3,0\n4,1\n5,1\n6,0\n", "data.csv", in: folder)
  }

  private let quick = ["--draws-count", "50", "--burn-in", "20", "--certify"]

  @Test(arguments: [
    ["--outcome", "z"],
    ["--outcome", "y", "--loss", "derivatives", "--online"],
    ["--outcome", "y", "--model", "linear", "--noise", "1", "--family", "network"],
    ["--outcome", "y", "--held-out", "/nowhere.csv"], ["--outcome", "y", "--draws", "data.csv"],
  ])
  func refusedRunsLeaveNoFolder(wrong: [String]) throws {
    try withScratchFolder { folder in
      let run = folder.appendingPathComponent("runs/mine")
      let common = ["--data", try data(folder)] + quick + ["--steps", "10"]
      #expect(refusal { try performPredictive(common + wrong, in: run) } != nil)
      #expect(!FileManager.default.fileExists(atPath: run.path))
      // The corrected line works.
      try performPredictive(common + ["--outcome", "y"], in: run)
    }
  }

  /// Draws that turn out to be damaged when they are read leave nothing either.
  @Test func damagedDraws() throws {
    try withScratchFolder { folder in
      let draws = try written("beta\n1\n2\nx\n", "beta.csv", in: folder)
      let run = folder.appendingPathComponent("run")
      let arguments = ["--draws", draws, "--inputs", "gaussian:1", "--steps", "5"]
      #expect(refusal { try performPredictive(arguments, in: run) }?.contains("line 4") == true)
      #expect(!FileManager.default.fileExists(atPath: run.path))
    }
  }

  @Test func heldOutRowsNeedACertificate() throws {
    try withScratchFolder { folder in
      let path = try data(folder)
      let arguments = ["--data", path, "--outcome", "y", "--held-out", path]
      let sentence = refusal { try performPredictive(arguments) }
      #expect(sentence?.contains("without --certify") == true)
    }
  }

  @Test func optionsBesideResume() throws {
    try withScratchFolder { folder in
      let run = folder.appendingPathComponent("run")
      let arguments =
        [
          "--data", try data(folder), "--outcome", "y", "--steps", "300", "--loss",
          "score-matching",
        ]
        + ["--draws-count", "50", "--burn-in", "20", "--free-weights"]
      #expect(throws: Stopped.self) {
        try performPredictive(arguments, in: run, stopping: 20)
      }
      for (said, words) in [
        (["--steps", "400"], "--steps 300 (not 400)"),
        // The default, said, is a wish too.
        (["--loss", "cross-entropy"], "--loss score-matching (not cross-entropy)"),
        (["--loss=cross-entropy"], "--loss score-matching (not cross-entropy)"),
        (["--online"], "no --online"), (["--prior", "3"], "--prior 10.0 (not 3.0)"),
        (["--seed", "2"], "--seed 1 (not 2)"),
        (["--family", "network"], "--family automatic (not network)"),
      ] {
        let (began, now) = (
          try PredictiveCommand.parse(arguments), try PredictiveCommand.parse(said)
        )
        let changes = changedOptions(
          from: (began.plan, began.common.seed),
          to: (now.plan, now.common.seed),
          said
        )
        #expect(changes == [words])
      }
      try performPredictive(["--steps", "300", "--free-weights"], in: run, resuming: true)
      _ = try predictiveStudent(run)
    }
  }
}

import Distill
import Foundation
import Testing

@testable import Compression
@testable import DistillCommand
@testable import Exchange
@testable import Runs

/// Chains of `distill predictive` that several processes sample.
@Suite struct SharedChainsTests {
  private var table: [String] {
    [
      "--data", PredictiveTests().table("tumours.csv"), "--outcome", "tumour", "--steps", "300",
      "--chains", "3", "--burn-in", "50",
    ]
  }

  private var tumours: [String] { table + ["--draws-count", "200"] }

  private func content(_ folder: URL, _ name: String) throws -> Data {
    try Data(contentsOf: folder.appendingPathComponent(name))
  }

  @Test func partsMakeTheStudentOfOneProcess() throws {
    try withScratchFolder { folder in
      let (whole, run) = (folder.appending(path: "whole"), folder.appending(path: "run"))
      try performPredictive(tumours, in: whole)
      // Of two machines, whose files are copied into one folder.
      let other = folder.appending(path: "other")
      try performPredictive(tumours + ["--shard", "2/2"], in: other)
      try performPredictive(tumours + ["--shard", "1/2"], in: run)
      let files = FileManager.default
      #expect(!files.fileExists(atPath: run.path) && !files.fileExists(atPath: other.path))
      for name in try files.contentsOfDirectory(atPath: other.path + ".chains") {
        try files.copyItem(
          atPath: "\(other.path).chains/\(name)",
          toPath: "\(run.path).chains/\(name)"
        )
      }
      #expect(try files.contentsOfDirectory(atPath: run.path + ".chains").count == 3)
      // What is there is not sampled again.
      let place = run.path + ".chains/chain-1.safetensors"
      let date = try files.attributesOfItem(atPath: place)[.modificationDate] as? Date
      try performPredictive(tumours + ["--shard", "1/1"], in: run)
      #expect(try files.attributesOfItem(atPath: place)[.modificationDate] as? Date == date)

      let said = try performPredictive(tumours, in: run)
      #expect(said.text.contains("3 of 3 chains are those in"))
      for name in [PredictiveRun.student, SampledDrawFiles.draws, SampledDrawFiles.parameters] {
        #expect(try content(run, name) == content(whole, name), "\(name)")
      }
    }
  }

  @Test func chainsOfOtherRunsAndDamagedOnesAreRefused() throws {
    try withScratchFolder { folder in
      let run = folder.appending(path: "run")
      try performPredictive(tumours + ["--shard", "1/3"], in: run)
      let chain = URL(fileURLWithPath: run.path + ".chains/chain-1.safetensors")
      for changed in [["--seed", "2"], ["--prior", "3"], ["--thinning", "2"]] {
        let said = refusal { try performPredictive(tumours + changed, in: run) }
        #expect(
          said?.contains("chain-1.safetensors is a chain of other data, another seed") == true
        )
        #expect(!FileManager.default.fileExists(atPath: run.path))
      }
      var bytes = try Data(contentsOf: chain)
      bytes[bytes.count - 3_000] ^= 1
      try bytes.write(to: chain)
      let said = refusal { try performPredictive(tumours, in: run) }
      #expect(said?.contains("chain-1.safetensors is damaged") == true, "\(said ?? "taken")")
    }
  }

  /// Also where somebody made its hash true again.
  @Test(arguments: ["narrow", "no number"])
  func chainsThatCannotBeSamplesAreRefused(_ kind: String) throws {
    try withScratchFolder { folder in
      let run = folder.appending(path: "run")
      try performPredictive(tumours + ["--shard", "1/3"], in: run)
      let chain = URL(fileURLWithPath: run.path + ".chains/chain-1.safetensors")
      var (tensors, metadata) = try Safetensors.read(from: chain)
      let draws = tensors["draws"]!
      tensors["draws"] =
        (kind == "narrow" ? draws.slicing(0..<1, along: 1) : draws * Double.nan).contiguous
      var hash = SHA256()
      for name in ["draws", "divergent"] {
        tensors[name]!.withUnsafeBytes { hash.update(Data($0)) }
      }
      metadata["sha256"] = hash.finalize()
      try Safetensors.write(tensors, metadata: metadata, to: chain)
      let said = refusal { try performPredictive(tumours, in: run) }
      #expect(said?.contains("chain-1.safetensors is damaged") == true, "\(said ?? "taken")")
    }
  }

  @Test func whatHasNoPartsIsRefused() throws {
    try withScratchFolder { folder in
      let run = folder.appending(path: "run")
      let nowhere = refusal { try performPredictive(tumours + ["--shard", "1/2"]) }
      #expect(nowhere?.contains("--out") == true)
      let endless = refusal {
        try performPredictive(table + ["--online", "--shard", "1/2"], in: run)
      }
      #expect(endless?.contains("--draws-count") == true, "\(endless ?? "taken")")
    }
  }
}

import Distill
import Foundation
import Testing

@testable import Compression
@testable import DistillCommand
@testable import Exchange
@testable import Experiments
@testable import Runs

/// A certificate whose networks several processes train.
@Suite struct ShardedCertificateTests {
  private func certify(_ folder: RunFolder, _ shard: String?, _ work: Work = .silent) throws {
    let options = CertifyOptions(
      run: folder.url.path,
      seeds: 2,
      shard: shard.map { Shard($0)! }
    )
    try Runs.certify(options, on: .cpu, program: CertifyTests.program, among: experiments, work)
  }

  private func networks(_ folder: RunFolder) throws -> [String: Data] {
    let place = folder.file("certificate")
    let names = try FileManager.default.contentsOfDirectory(atPath: place.path)
    return try names.filter { $0.hasSuffix("safetensors") }.reduce(into: [:]) {
      $0[$1] = try Data(contentsOf: place.appendingPathComponent($1))
    }
  }

  @Test func partsMakeTheSameNetworksAndTheLastOneTheCertificate() throws {
    try CertifyTests().withRun { world, folder in
      let copy = RunFolder(url: world.folder.appendingPathComponent("copy"), command: "compress")
      try FileManager.default.copyItem(at: folder.url, to: copy.url)
      try certify(copy, nil)

      try certify(folder, "2/3")
      #expect(try networks(folder).count < 4 && !folder.contains(CertificateFile.name))
      try certify(folder, "3/3")
      #expect(!folder.contains(CertificateFile.name))
      try certify(folder, "1/3")
      #expect(try networks(folder) == networks(copy))
      let (own, whole) = try (
        CertificateFile.read(folder.url.path), CertificateFile.read(copy.url.path)
      )
      #expect(own.settings == whole.settings && own.verdict == whole.verdict)
      let left = try FileManager.default.contentsOfDirectory(
        atPath: folder.file("certificate").path
      )
      #expect(!left.contains { $0.hasPrefix(".shard") })
    }
  }

  @Test func partsOfOtherProgramsAreRefusedAndKept() throws {
    try CertifyTests().withRun { _, folder in
      try certify(folder, "1/2")
      let before = try networks(folder)
      let other = Provenance.Content(name: "distill", bytes: 1, sha256: "cd34")
      let options = CertifyOptions(run: folder.url.path, seeds: 2, shard: Shard("2/2"))
      let said = refusal {
        try Runs.certify(options, on: .cpu, program: other, among: experiments, .silent)
      }
      #expect(said?.contains("another program") == true)
      #expect(try networks(folder) == before && !before.isEmpty)
    }
  }

  @Test(arguments: [
    (["RANK": "1", "WORLD_SIZE": "4"], "torchrun", "2/4"),
    (["SLURM_PROCID": "0", "SLURM_STEP_NUM_TASKS": "2", "SLURM_STEP_ID": "0"], "SLURM", "1/2"),
    (["OMPI_COMM_WORLD_RANK": "2", "OMPI_COMM_WORLD_SIZE": "3"], "Open MPI", "3/3"),
    (["PMI_RANK": "0", "PMI_SIZE": "2"], "PMI", "1/2"),
    (["JOB_COMPLETION_INDEX": "4", "JOB_COMPLETIONS": "5"], "Kubernetes", "5/5"),
  ])
  func ranksAreThoseOfTheStarter(_ variables: [String: String], _ name: String, _ part: String)
    throws
  {
    let ranks = try #require(try Ranks(variables))
    #expect(ranks.starter == name && ranks.shard.description == part)
  }

  @Test func aloneThereAreNoRanks() throws {
    for variables in [
      [:], ["RANK": "0"], ["RANK": "0", "WORLD_SIZE": "1"],
      // A batch script of SLURM outside of srun.
      ["SLURM_PROCID": "0", "SLURM_STEP_NUM_TASKS": "8"],
    ] { #expect(try Ranks(variables) == nil) }
    for (rank, count) in [("4", "4"), ("-1", "4"), ("a", "4"), ("0", "0"), ("0", "x")] {
      #expect(throws: RunError.self) { try Ranks(["RANK": rank, "WORLD_SIZE": count]) }
    }
  }
}

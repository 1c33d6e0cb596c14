import Compression
import Distill
import Foundation

extension PredictivePlan {
  /// Chains for a run that other processes sampled; nil where there are none.
  func keptChains(of run: String, seed: UInt64) throws -> KeptChains? {
    guard draws.files.isEmpty, FileManager.default.fileExists(atPath: run + ".chains") else {
      return nil
    }
    return try chains(besideRun: run, seed: seed)
  }

  fileprivate func chains(besideRun run: String, seed: UInt64) throws -> KeptChains {
    var maker = MachineFacts.current(device: .cpu).deciding
    maker["version"] = programVersion
    return try KeptChains(besideRun: run, self, seed: seed, by: maker)
  }
}

/// Samples a part of the chains of a run, each into a file beside the run's folder; those that are there
/// are not sampled again.
///
/// - Throws: One sentence where the chains cannot be parted, or a file there is of another run.
func samplePredictive(
  _ plan: PredictivePlan,
  seed: UInt64,
  _ shard: Shard,
  besideRun run: String?,
  _ work: Work
) throws {
  guard let run else {
    throw RunError("--shard puts chains beside the run's folder: name it by --out")
  }
  guard plan.draws.files.isEmpty else {
    throw RunError("--shard parts chains that are sampled here: leave out --draws, or --shard")
  }
  let prepared = try PredictivePreparation(plan, seed: seed, work)
  guard let source = prepared.source as? SampledDraws, let limit = source.drawsOfChain else {
    throw RunError(
      "chains without an end cannot be parted: say by --draws-count how many draws each has"
    )
  }
  let kept = try plan.chains(besideRun: run, seed: seed)
  let own = shard.share(of: source.chainCount)
  for index in own {
    let chain = source.chain(index)
    guard try kept.chain(index, limit: limit, width: chain.width) == nil else { continue }
    work.begin("chain \(index + 1) of \(source.chainCount)", of: limit, "draws")
    defer { work.end() }
    try kept.sample(index, chain, limit: limit, work)
  }
  work.note(
    "part \(shard) is done: \(own.count) of \(source.chainCount) chains are in '\(kept.folder.path)'; when all "
      + "are, the same command without --shard trains the student of them"
  )
}

import Exchange
import Foundation

/// Which of several processes this is, as the starter of a cluster says it in the environment.
public struct Ranks: Hashable, Sendable {
  /// Who says so, such as "SLURM".
  public let starter: String
  /// From 0.
  public let rank: Int
  public let count: Int

  private static let variables: [(starter: String, rank: String, count: String, also: String?)] = [
    ("torchrun", "RANK", "WORLD_SIZE", nil),
    // In a batch script itself these are there too, and nobody else works.
    ("SLURM", "SLURM_PROCID", "SLURM_STEP_NUM_TASKS", "SLURM_STEP_ID"),
    ("Open MPI", "OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE", nil),
    ("PMI", "PMI_RANK", "PMI_SIZE", nil),
    // Kubernetes says the index of a job's pod, and the manifest how many there are.
    ("Kubernetes", "JOB_COMPLETION_INDEX", "JOB_COMPLETIONS", nil),
  ]

  /// What the environment says; nil where this process works alone.
  ///
  /// - Throws: `RunError` where the variables contradict themselves.
  public init?(_ environment: [String: String] = ProcessInfo.processInfo.environment) throws {
    for (starter, rankName, countName, also) in Self.variables {
      guard also.map({ environment[$0] != nil }) ?? true, let rankText = environment[rankName],
        let countText = environment[countName]
      else { continue }
      guard let rank = Int(rankText), let count = Int(countText), count > 0,
        (0..<count).contains(rank), count <= 1_000_000
      else {
        throw RunError(
          "\(starter) says \(rankName)=\(rankText.printable) of \(countName)=\(countText.printable): a "
            + "rank must be below the number of ranks; unset both to work alone"
        )
      }
      guard count > 1 else { continue }
      (self.starter, self.rank, self.count) = (starter, rank, count)
      return
    }
    return nil
  }

  /// Its part of the work.
  public var shard: Shard { Shard("\(rank + 1)/\(count)")! }
}

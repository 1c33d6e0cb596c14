import Distill

/// What `distill demo` was asked to do; the recipe records it.
package struct DemoOptions: RecordedOptions {
  package var data = ".data/fashion-mnist"
  package var members = 5
  /// Nil: as many as the demo finds right.
  package var epochs: Int?
  /// Nil: all images.
  package var limit: Int?
  package var seed: UInt64 = 1
  /// Nil: as many as there are processors.
  package var threads: Int?
  package var device = "cpu"
  /// Nil: a new folder under `runs`.
  package var out: String?
  /// Nil: a new run.
  package var resume: ResumedRun?

  package init(
    data: String = ".data/fashion-mnist",
    members: Int = 5,
    epochs: Int? = nil,
    limit: Int? = nil,
    seed: UInt64 = 1,
    threads: Int? = nil,
    device: String = "cpu",
    out: String? = nil,
    resume: ResumedRun? = nil
  ) {
    self.data = data
    self.members = members
    self.epochs = epochs
    self.limit = limit
    self.seed = seed
    self.threads = threads
    self.device = device
    self.out = out
    self.resume = resume
  }

  package func check() throws {
    try requireCount("members", members)
    if let epochs { try requireCount("epochs", epochs) }
    if let limit { try requireCount("limit", limit, atMost: mostSteps) }
  }

  /// The arguments that ask for the same result again.
  package var arguments: [String] {
    var arguments = ["--data", data, "--members", "\(members)"]
    if let epochs { arguments += ["--epochs", "\(epochs)"] }
    if let limit { arguments += ["--limit", "\(limit)"] }
    arguments += ["--seed", "\(seed)"]
    if let threads { arguments += ["--threads", "\(threads)"] }
    return arguments + ["--device", device]
  }
}

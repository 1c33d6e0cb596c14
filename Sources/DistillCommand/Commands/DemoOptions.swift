/// What `distill demo` was asked to do; the recipe records it.
struct DemoOptions: RecordedOptions {
  var data = ".data/fashion-mnist"
  var members = 5
  /// Nil: as many as the demo finds right.
  var epochs: Int?
  /// Nil: all images.
  var limit: Int?
  var seed: UInt64 = 1
  /// Nil: as many as there are processors.
  var threads: Int?
  var device = "cpu"
  /// Nil: a new folder under `runs`.
  var out: String?
  /// Nil: a new run.
  var resume: ResumedRun?

  func check() throws {
    try requireCount("members", members)
    if let epochs { try requireCount("epochs", epochs) }
    if let limit { try requireCount("limit", limit, atMost: mostSteps) }
  }

  /// The arguments that ask for the same result again.
  var arguments: [String] {
    var arguments = ["--data", data, "--members", "\(members)"]
    if let epochs { arguments += ["--epochs", "\(epochs)"] }
    if let limit { arguments += ["--limit", "\(limit)"] }
    arguments += ["--seed", "\(seed)"]
    if let threads { arguments += ["--threads", "\(threads)"] }
    return arguments + ["--device", device]
  }
}

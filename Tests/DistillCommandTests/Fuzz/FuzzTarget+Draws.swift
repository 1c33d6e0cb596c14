import Distill
import Foundation

@testable import Compression
@testable import DistillCommand
@testable import Exchange
@testable import Experiments
@testable import Runs

/// Draws of samplers, and what is made of them.
extension FuzzTarget {
  static let draws =
    [
      read("CmdStan", ["draws.csv"]) {
        try stan().write(to: $0.appendingPathComponent("draws.csv"))
      },
      read("ArviZ", ["draws.json"]) {
        let text = #"{"posterior":{"beta":[[[1,2],[3,4],[5,6]]],"sigma":[[1,2,3]]}}"#
        try Data(text.utf8).write(to: $0.appendingPathComponent("draws.json"))
      },
      read("NumPy", ["draws.npz"]) {
        try NumPy.writeArchive(
          ["beta": .zeros([2, 3, 2]), "sigma": .zeros([2, 3])],
          to: $0.appendingPathComponent("draws.npz")
        )
      },
      read("coda", ["CODAchain1.txt"]) {
        try Data("beta[1] 1 3\nbeta[2] 4 6\n".utf8)
          .write(to: $0.appendingPathComponent("CODAindex.txt"))
        try Data("1 0.5\n2 0.25\n3 1\n1 2\n2 3\n3 4\n".utf8)
          .write(to: $0.appendingPathComponent("CODAchain1.txt"))
      },
      FuzzTarget(name: "draws of CmdStan", weight: 4 * slow) { folder in
        try stan().write(to: folder.appendingPathComponent("draws.csv"))
      } use: { folder in
        try predictive(folder, ["--out", folder.appendingPathComponent("run").path])
      },
      FuzzTarget(
        name: "predictive --resume",
        weight: 4 * slow,
        make: { folder in
          try stan().write(to: folder.appendingPathComponent("draws.csv"))
          let stop = untouched
          stop.arrive()
          do {
            try predictive(folder, ["--out", folder.appendingPathComponent("run").path], stop)
          } catch is Stopped {}
        },
        use: { try predictive($0, nil) },
        files: ["run"]
      ),
      problem("outcomes", "--model", "outcomes", "--draws", "FOLDER/outcomes.csv"),
      problem("classes", "--draws", "FOLDER/draws.csv", "--parameters", "beta"),
      problem(
        "linear",
        "--model",
        "linear",
        "--noise",
        "1",
        "--draws",
        "FOLDER/draws.csv",
        "--parameters",
        "beta"
      ),
      problem(
        "poisson",
        "--model",
        "poisson",
        "--draws",
        "FOLDER/draws.csv",
        "--parameters",
        "beta"
      ),
      mixture,
      problem(
        "draws of its own",
        "--sampler",
        "nuts",
        "--draws-count",
        "20",
        "--burn-in",
        "20",
        "--chains",
        "2"
      ),
    ]

  /// Groups in numbers without inputs.
  private static let mixture = FuzzTarget(
    name: "predictive: mixture",
    weight: 2 * slow,
    make: { folder in
      let rows = (0..<12).map { "\($0 % 2 == 0 ? sin(Double($0)) : 8 + cos(Double($0)))\n" }
      try Data(("y\n" + rows.joined()).utf8).write(to: folder.appendingPathComponent("data.csv"))
    },
    use: { folder in
      try predictive(
        [
          "--model", "mixture", "--data", "FOLDER/data.csv", "--outcome", "y", "--deviations",
          "1,1",
          "--draws-count", "20", "--burn-in", "20", "--chains", "2", "--out", "FOLDER/run",
        ],
        in: folder
      )
    },
    files: ["data.csv"],
    // Groups that lie close together take expectation maximisation all its iterations.
    patience: 20
  )

  private static func predictive(_ words: [String], in folder: URL) throws {
    let said = (["predictive"] + words).map { $0.replacing("FOLDER", with: folder.path) }
    guard let command = try Program.parsed(said) as? PredictiveCommand else { return }
    try command.perform(said: said, on: .cpu, program: program, silent.work(untouched))
  }

  /// Predictions at the rows of a table.
  private static func problem(_ name: String, _ words: String...) -> FuzzTarget {
    let draws = words.filter { $0.hasPrefix("FOLDER/") }.map { String($0.dropFirst(7)) }
    return FuzzTarget(
      name: "predictive: \(name)",
      weight: 2 * slow,
      make: { folder in
        let rows = (0..<6).map { "\(sin(Double($0))),\(cos(Double($0))),\(min($0 % 3, 1))\n" }
        try Data(("a,b,y\n" + rows.joined()).utf8).write(
          to: folder.appendingPathComponent("data.csv")
        )
        try stan().write(to: folder.appendingPathComponent("draws.csv"))
        let draws = (0..<50).map { draw in
          (0..<6).map { "\((draw * (7 + $0)) % 5)" }.joined(separator: ",") + "\n"
        }
        let header = (1...6).map { "y.\($0)" }.joined(separator: ",")
        try Data((header + "\n" + draws.joined()).utf8)
          .write(to: folder.appendingPathComponent("outcomes.csv"))
      },
      use: { folder in
        let common = ["--data", "FOLDER/data.csv", "--outcome", "y", "--steps", "10"]
        try predictive(words + common + ["--certify", "--out", "FOLDER/run"], in: folder)
      },
      files: ["data.csv"] + draws
    )
  }

  private static func stan() -> Data {
    var text = "# method = sample (Default)\n# num_samples = 60\n# num_warmup = 10\n# thin = 1\n"
    text += "# save_warmup = 0\nlp__,beta.1,beta.2\n"
    for draw in 0..<60 { text += "-1,\(sin(Double(draw))),\(cos(1.7 * Double(draw)))\n" }
    return Data(text.utf8)
  }

  private static func read(
    _ name: String,
    _ files: [String],
    _ make: @escaping @Sendable (URL) throws -> Void
  ) -> FuzzTarget {
    FuzzTarget(name: "draws as of \(name)", weight: quick, make: make) { folder in
      let file = try DrawFile(files.map { folder.appendingPathComponent($0).path })
      while try file.next() != nil {}
    }
  }

  /// A density fitted online; `place` is nil to resume the run in the folder.
  private static func predictive(
    _ folder: URL,
    _ place: [String]?,
    _ interruption: Interruption = untouched
  ) throws {
    let run = folder.appendingPathComponent("run").path
    let arguments = [
      "predictive", "--draws", folder.appendingPathComponent("draws.csv").path, "--model",
      "samples", "--parameters", "beta", "--components", "2", "--family", "gaussian-mixture",
      "--batch-size", "5", "--online",
    ]
    let words = place.map { arguments + $0 } ?? ["predictive", "--resume", run]
    guard let command = try Program.parsed(words) as? PredictiveCommand else { return }
    try command.perform(said: words, on: .cpu, silent.work(interruption))
  }
}

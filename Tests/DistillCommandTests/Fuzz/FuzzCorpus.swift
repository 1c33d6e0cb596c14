import Distill
import Foundation

@testable import Compression
@testable import DistillCommand
@testable import Exchange
@testable import Experiments
@testable import Runs

/// Inputs that once ended the program, took hours or gigabytes, or were believed: each is a sound
/// file of a target with one place changed.
struct FuzzCorpus: Sendable {
  let target: FuzzTarget
  let name: String
  /// Changes the files of a folder.
  let write: @Sendable (URL) throws -> Void

  init(
    _ target: String,
    _ name: String,
    _ write: @escaping @Sendable (URL) throws -> Void
  ) {
    self.target = FuzzTarget.all.first { $0.name == target }!
    self.name = "\(target): \(name)"
    self.write = write
  }

  static let all =
    arrays + notation + students + draws + densities + folders + checkpoints + chains + certificates

  /// A student of three components takes all iterations of expectation maximisation.
  private static let closeGroups =
    "-0.2794\n8.5403\n0.9093\n7.01\n-0.7568\n8.2837\n0\n8.7539\n0.9894\n7.0889\n-0.544\n8.0044"

  /// Writes a text.
  private static func text(_ target: String, _ file: String, _ text: String) -> FuzzCorpus {
    FuzzCorpus(target, "\(file): \(text.prefix(60))") {
      try Data(text.utf8).write(to: $0.appendingPathComponent(file))
    }
  }

  /// Replaces a part of a text.
  private static func part(
    _ target: String,
    _ file: String,
    _ old: String,
    _ new: String
  ) -> FuzzCorpus {
    FuzzCorpus(target, "\(file): \(new.prefix(60)) for \(old)") { folder in
      let url = folder.appendingPathComponent(file)
      let whole = try String(contentsOf: url, encoding: .utf8)
      precondition(whole.contains(old), "\(file) has no \(old)")
      try Data(whole.replacing(old, with: new).utf8).write(to: url)
    }
  }

  /// Changes tensors and words of a safetensors file.
  private static func tensors(
    _ target: String,
    _ name: String,
    _ change: @escaping @Sendable (inout [String: Tensor], inout [String: String]) -> Void
  ) -> FuzzCorpus {
    FuzzCorpus(target, name) { folder in
      let file = folder.appendingPathComponent("a.safetensors")
      var (tensors, words) = try Safetensors.read(from: file)
      change(&tensors, &words)
      try Safetensors.write(tensors, metadata: words, to: file)
    }
  }

  private static let arrays = [
    FuzzCorpus("labelled archive", "a test part of another width") {
      try NumPy.writeArchive(
        [
          "x_train": .zeros([4, 3]), "y_train": Tensor([0, 1, 0, 2]), "x_test": .zeros([2, 5]),
          "y_test": Tensor([0, 1]),
        ],
        to: $0.appendingPathComponent("data.npz")
      )
    },
    FuzzCorpus("labelled archive", "a label of 10⁸") {
      try NumPy.writeArchive(
        ["x": .zeros([2, 3]), "y": Tensor([0, 100_000_000])],
        to: $0.appendingPathComponent("data.npz")
      )
    },
    FuzzCorpus("folder of IDX", "a test part of another width") {
      try IDX.write(
        .zeros([3, 5, 5], .uint8),
        to: $0.appendingPathComponent("t10k-images-idx3-ubyte")
      )
    },
    FuzzCorpus("folder of IDX", "a class that is not in the training part") {
      try IDX.write(
        Tensor([0, 200, 1] as [UInt8]),
        to: $0.appendingPathComponent("t10k-labels-idx1-ubyte")
      )
    },
    FuzzCorpus("inspect a-ubyte.gz", "a file that stands for one a thousand times as large") {
      let folder = $0.appendingPathComponent("parts")
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      let part = folder.appendingPathComponent("part-ubyte.gz")
      try IDX.write(.zeros([1 << 26], .uint8), to: part)
      try FileManager.default.removeItem(at: $0.appendingPathComponent("a-ubyte.gz"))
      try FileManager.default.moveItem(at: part, to: $0.appendingPathComponent("a-ubyte.gz"))
    },
    FuzzCorpus("inspect a.safetensors", "names that steer a terminal") {
      try Safetensors.write(
        ["\u{1B}[2J": .zeros([1])],
        metadata: ["\u{9B}": "\u{7}"],
        to: $0.appendingPathComponent("a.safetensors")
      )
    },
  ]

  /// Each line stands for five of the one before.
  private static let aliases =
    "a: &a [1,1,1,1,1,1,1,1,1,1]\n"
    + zip("bcdefghi", "abcdefgh").map { name, last in
      "\(name): &\(name) [*\(last),*\(last),*\(last),*\(last),*\(last)]\n"
    }
    .joined()

  private static let notation = [
    text("notation", "networks.txt", "mlp:" + String(repeating: "9-", count: 50_000) + "9"),
    text("notation", "networks.txt", "mlp:16777216-16777216-16777216-2"),
    text("notation", "losses.txt", String(repeating: "(", count: 50_000)),
    text("notation", "losses.txt", String(repeating: "1*", count: 50_000) + "crossEntropy"),
    text("notation", "networks.txt", "mlp:4-16777216-3"),
    text("recipes", "demo.yaml", "experiment: demo\nmembers: 9223372036854775807\n"),
    text("recipes", "demo.yaml", "experiment: demo\nmembers: 0\n"),
    text("recipes", "demo.yaml", aliases + "experiment: demo\n"),
  ]

  private static let students = [
    part("predict mixture of Gaussians", "student.json", "[1,1]", "[1e308,1e308]"),
    part("predict mixture of Gaussians", "student.json", "[[0],[1]]", "[[1e308],[-1e308]]"),
    part("predict mixture of Student t", "student.json", #""scale":1"#, #""scale":1e308"#),
    part("predict mixture of regressions", "student.json", "[[1]]", "[[1e308]]"),
    part(
      "predict mixture of regressions",
      "student.json",
      #""deviations":[1]"#,
      #""deviations":[1e308]"#
    ),
    part("predict mixture of regressions", "student.json", #"["x0"]"#, "[]"),
    part(
      "predict mixture density network",
      "student.json",
      #""components":1"#,
      #""components":9223372036854775807"#
    ),
    text("predict mixture of regressions", "rows.csv", "x0\n1e308\n"),
    text("predict Poisson regressions", "rows.csv", "x0\n16\n"),
    text("predict Poisson regressions", "rows.csv", "x0\n1000\n"),
    text("predict Poisson regressions", "rows.csv", "x0\n1e308\n"),
    text(
      "predict mixture of regressions",
      "rows.csv",
      String(repeating: "x", count: 30_000) + "\n1\n"
    ),
  ]

  private static let draws = [
    part("draws of CmdStan", "draws.csv", "num_samples = 60", "num_samples = 9223372036854775807"),
    part("draws of CmdStan", "draws.csv", "thin = 1", "thin = 9223372036854775807"),
    part("draws of CmdStan", "draws.csv", "num_warmup = 10", "num_warmup = 9223372036854775807"),
    part(
      "draws of CmdStan",
      "draws.csv",
      "lp__,beta.1",
      "lp__,a[" + String(repeating: "1,", count: 12_000) + "beta.1"
    ),
    part("draws of CmdStan", "draws.csv", "-1,0.0,1.0", "-1,1e308,-1e308"),
    part("draws of CmdStan", "draws.csv", "-1,0.0,1.0", "-1,1e200,1"),
    part("predictive: classes", "draws.csv", "-1,0.0,1.0", "-1,1e308,-1e308"),
    part("predictive: linear", "draws.csv", "-1,0.0,1.0", "-1,1e200,-1e200"),
    part("predictive: linear", "draws.csv", "-1,0.0,1.0", "-1,1e308,-1e308"),
    part("predictive: poisson", "draws.csv", "-1,0.0,1.0", "-1,1e5,1e5"),
    text("predictive: mixture", "data.csv", "y\n1e308\n-1e308\n3\n"),
    text("predictive: mixture", "data.csv", "y\n\(closeGroups)\n"),
    text("draws as of ArviZ", "draws.json", #"{"beta":[[]]}"#),
    FuzzCorpus("draws as of NumPy", "draws of no numbers") {
      try NumPy.writeArchive(["beta": .zeros([1, 0])], to: $0.appendingPathComponent("draws.npz"))
    },
    FuzzCorpus("draws as of coda", "many variables that share their lines") {
      let lines = (0..<2_000).map { "\($0) 1\n" }
      try Data(lines.joined().utf8).write(to: $0.appendingPathComponent("CODAchain1.txt"))
      let names = (0..<40_000).map { "v[\($0)] 1 2000\n" }
      try Data(names.joined().utf8).write(to: $0.appendingPathComponent("CODAindex.txt"))
    },
  ]

  private static let densities = [
    FuzzCorpus("logz", "weights of 1e38") { folder in
      let file = folder.appendingPathComponent("rbm.safetensors")
      let (tensors, words) = try Safetensors.read(from: file)
      try Safetensors.write(
        tensors.mapValues { $0.onesLike * 1e38 },
        metadata: words,
        to: file
      )
    }
  ]

  /// What others may write into folders.
  private static let folders: [FuzzCorpus] = stores + metrics + watched

  private static let stores = [
    FuzzCorpus("store of observations, float32", "more examples than memory has bytes") { folder in
      let store = folder.appendingPathComponent("store")
      let file = store.appendingPathComponent("store.json")
      let whole = try String(contentsOf: file, encoding: .utf8)
      let many = whole.replacing(/"count" : [0-9]+/, with: "\"count\" : 1099511627776")
        .replacing(/"chunk" : [0-9]+/, with: "\"chunk\" : 1")
      try Data(many.utf8).write(to: file)
      for name in try FileManager.default.contentsOfDirectory(atPath: store.path)
      where name.hasPrefix("chunk-") {
        try FileManager.default.removeItem(at: store.appendingPathComponent(name))
      }
    },
    text("chains of a run", "run.chains/chain-1.safetensors", "nonsense"),
    text("cascade of a run", "cascade.json", #"{"threshold":{"confidence":2}}"#),
  ]

  private static let metrics = ["1e-320", "1e308", "1e400", "[[[]]]"].map { number in
    text(
      "runs and compare",
      "runs/a/metrics.jsonl",
      """
      {"name":"student","parameters":9223372036854775807,\
      "agreement":{"mean":0,"standardError":\(number)}}

      """
    )
  }

  private static let watched =
    [("-1e308", "1e308"), ("0", "5e-324"), ("1.7e308", "1.7e308")].map { low, high in
      text(
        "a run that is watched",
        "run/metrics.jsonl",
        """
        {"loss":\(low),"network":"a","step":9223372036854775807}
        {"loss":\(high),"network":"a","step":-9223372036854775808}

        """
      )
    }
    + ["1e-320", "1e308", "-1e308"].map { time in
      text(
        "a run that is watched",
        "run/curves/journal.jsonl",
        """
        {"kind":"began","at":0,"text":"a","total":9007199254740992,"done":0}
        {"kind":"reached","at":\(time),"done":4503599627370496}

        """
      )
    }

  private static let checkpoints =
    ["checkpoint of a network", "checkpoint of an RBM", "checkpoint of a NADE"].flatMap { target in
      ["-1", "9223372036854775807", "1e300", ""].map { number in
        tensors(target, "counts of \(number)") { _, words in
          for key in ["step", "updates", "lossStride", "lossPendingCount", "seconds"]
          where words[key] != nil { words[key] = number }
        }
      } + [
        tensors(target, "each tensor of zeros") { tensors, _ in
          tensors = tensors.mapValues(\.zerosLike)
        },
        tensors(target, "no optimizer") { tensors, _ in
          tensors = tensors.filter { !$0.key.contains("optimizer") && !$0.key.contains("State") }
        },
        tensors(target, "one more") { tensors, _ in tensors["optimizer.more"] = .zeros([2]) },
        tensors(target, "other shapes") { tensors, _ in
          tensors = tensors.mapValues { $0.insertingAxis(0) }
        },
        tensors(target, "positions beyond the chains") { tensors, _ in
          for key in tensors.keys where key.hasPrefix("inputs.") && tensors[key]!.count == 1 {
            tensors[key] = Tensor(Int.max)
          }
        },
      ]
    }

  /// Gives a field of JSON, reached by keys, another value.
  private static func field(_ target: String, _ keys: [String], _ value: Any) -> FuzzCorpus {
    // Sent as text: values of JSON are not known to be safe elsewhere.
    let written = try! JSONSerialization.data(withJSONObject: [value])
    return FuzzCorpus(target, "\(keys.joined(separator: ".")) is \(value)") { folder in
      let file = folder.appendingPathComponent("a.json")
      let whole = try JSONSerialization.jsonObject(with: Data(contentsOf: file))
      let value = (try JSONSerialization.jsonObject(with: written) as! [Any])[0]
      func changed(_ fields: Any, _ keys: ArraySlice<String>) -> Any {
        guard let key = keys.first else { return value }
        var fields = fields as! [String: Any]
        precondition(fields[key] != nil, "there is no \(key)")
        fields[key] = changed(fields[key]!, keys.dropFirst())
        return fields
      }
      try JSONSerialization.data(withJSONObject: changed(whole, keys[...])).write(to: file)
    }
  }

  private static let chains: [FuzzCorpus] = chainStates.map { field($0, $1, $2) }

  private static var chainStates: [(String, [String], Any)] {
    [
      ("chain of a slice sampler", ["state", "widths"], [0, 1, 1]),
      ("chain of a slice sampler", ["state", "widths"], [1e308, 1e308, 1e308]),
      ("chain of a slice sampler", ["state", "expansions"], [-1]),
      ("chain of a slice sampler", ["steps"], Int.max),
      ("chain of a random walk", ["state", "factor", "lower"], [1]),
      ("chain of a random walk", ["state", "noise"], [Double]()),
      ("chain of a Hamiltonian", ["state", "moving", "momentum"], [1]),
      ("chain of a Hamiltonian", ["state", "stepSize"], -1),
      ("chain of a no-U-turn sampler", ["state", "warmUp", "windowSize"], Int.max),
      ("chain of a no-U-turn sampler", ["state", "warmUp", "lastWindowEnd"], 0),
      ("chain of a no-U-turn sampler", ["state", "position"], [Double]()),
      ("stepwise EM", ["updates"], Int.max), ("stepwise EM", ["updates"], -1),
      ("stepwise EM", ["floor"], 0), ("stepwise EM", ["floor"], 1e300),
      ("stepwise EM", ["statistics", "counts"], [0.5]),
      ("stepwise EM", ["statistics", "counts"], [-1, 2]),
      ("stepwise EM", ["statistics", "sums"], [Double]()),
      ("stepwise EM", ["statistics", "sums"], [1e300, 0]),
      ("stepwise EM", ["statistics", "products"], [1, 2, 3]),
      ("stepwise EM", ["statistics", "dimension"], 2),
    ]
  }
}

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

  private init(
    _ target: String,
    _ name: String,
    _ write: @escaping @Sendable (URL) throws -> Void
  ) {
    self.target = FuzzTarget.all.first { $0.name == target }!
    self.name = "\(target): \(name)"
    self.write = write
  }

  static let all =
    arrays + notation + students + draws + checkpoints + chains + certificates

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

  private static let notation = [
    text("notation", "networks.txt", "mlp:" + String(repeating: "9-", count: 50_000) + "9"),
    text("notation", "networks.txt", "mlp:16777216-16777216-16777216-2"),
    text("notation", "losses.txt", String(repeating: "(", count: 50_000)),
    text("notation", "losses.txt", String(repeating: "1*", count: 50_000) + "crossEntropy"),
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
  ]

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

  /// Certificates with a true seal.
  private static func certificate(
    _ name: String,
    _ change: @escaping @Sendable (inout [String: Any]) -> Void
  ) -> FuzzCorpus {
    FuzzCorpus("replay", name) { folder in
      let file = folder.appendingPathComponent("run/certificate.json")
      var fields = try JSONSerialization.jsonObject(with: Data(contentsOf: file)) as! [String: Any]
      change(&fields)
      let data = try JSONSerialization.data(withJSONObject: fields)
      guard let certificate = try? Certificate(json: data) else { return try data.write(to: file) }
      try CertificateFile.sealed(certificate).json().write(to: file)
    }
  }

  /// The recipe inside is another one, and its hash too.
  private static func recipe(_ old: String, _ new: String) -> FuzzCorpus {
    certificate("the recipe has \(new.prefix(60)) for \(old)") { fields in
      var provenance = fields["provenance"] as! [String: Any]
      let whole = (provenance["recipe"] as! String).split(separator: "\n").map { line in
        line.contains(old) ? line.prefix { $0 == " " } + new : line
      }.joined(separator: "\n")
      (provenance["recipe"], provenance["recipeSHA256"]) = (whole, SHA256.hash(of: whole))
      fields["provenance"] = provenance
    }
  }

  private static let certificates: [FuzzCorpus] = recipes + settings + rules + differences

  private static let recipes: [FuzzCorpus] = [
    recipe("validation:", "validation: 1e300"), recipe("batchSize:", "batchSize: 0"),
    recipe("student:", "student: cnn:3c1-gap-3"),
    recipe("loss:", "loss: " + String(repeating: "(", count: 50_000)),
  ]

  private static let settings: [FuzzCorpus] = [
    certificate("no settings") { $0["settings"] = [Any]() },
    certificate("no calibrations") { $0["calibrations"] = [String: Any]() },
    certificate("recalls of fewer classes") { fields in
      var recalls = fields["recalls"] as! [String: [String: Any]]
      for model in recalls.keys { recalls[model]!["right"] = [Int]() }
      fields["recalls"] = recalls
    },
  ]

  private static let rules: [FuzzCorpus] = ["margins", "level", "primary"].map { key in
    certificate("a rule of other \(key)") { fields in
      var rule = fields["rule"] as! [String: Any]
      let values: [String: Any] = ["level": 2, "primary": [Any](), "margins": [String: Any]()]
      rule[key] = values[key]
      fields["rule"] = rule
    }
  }

  private static let differences: [FuzzCorpus] =
    ["interval", "equivalenceInterval", "seedInterval"].map { key in
      certificate("a difference without \(key)") { fields in
        var settings = fields["settings"] as! [[String: Any]]
        var differences = settings[0]["differences"] as! [[String: Any]]
        differences[0][key] = [Any]()
        settings[0]["differences"] = differences
        fields["settings"] = settings
      }
    }
}

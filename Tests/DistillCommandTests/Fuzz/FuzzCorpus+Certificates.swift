import Distill
import Foundation

@testable import Compression
@testable import DistillCommand
@testable import Exchange
@testable import Experiments
@testable import Runs

extension FuzzCorpus {
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

  static let certificates: [FuzzCorpus] = recipes + settings + rules + differences

  private static let recipes: [FuzzCorpus] = [
    recipe("validation:", "validation: 1e300"), recipe("batchSize:", "batchSize: 0"),
    recipe("student:", "student: cnn:3c1-gap-3"), recipe("- 4", "- 5"),
    recipe("loss:", "loss: " + String(repeating: "(", count: 50_000)),
  ]

  private static let settings: [FuzzCorpus] = [
    certificate("no settings") { $0["settings"] = [Any]() },
    certificate("errors below nought") { fields in
      var settings = fields["settings"] as! [[String: Any]]
      var student = settings[0]["student"] as! [String: Any]
      for measure in student.keys {
        guard var estimate = student[measure] as? [String: Any] else { continue }
        estimate["standardError"] = -1
        student[measure] = estimate
      }
      settings[0]["student"] = student
      fields["settings"] = settings
    },
    certificate("counts beyond numbers") { fields in
      var settings = fields["settings"] as! [[String: Any]]
      settings[0]["examples"] = 1e300
      fields["settings"] = settings
    },
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

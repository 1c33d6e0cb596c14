import Distill
import Foundation
import Testing

@testable import Compression
@testable import DistillCommand
@testable import Exchange
@testable import Experiments
@testable import Runs

/// `distill predictive` and `distill predict`, in this process, on the tables of the documentation.
@Suite struct PredictiveTests {
  static let tables = DocumentationTests.checkout.appendingPathComponent("Documentation/Data")

  func table(_ name: String) -> String { Self.tables.appendingPathComponent(name).path }

  var tumours: [String] {
    [
      "--draws", table("tumours.json"), "--parameters", "beta", "--intercept", "alpha", "--data",
      table("tumours.csv"), "--outcome", "tumour", "--steps", "300",
    ]
  }

  var diabetes: [String] {
    [
      "--draws", table("diabetes-1.csv.gz"), table("diabetes-2.csv.gz"), "--model", "linear",
      "--parameters", "beta", "--intercept", "alpha", "--noise", "sigma", "--data",
      table("diabetes.csv"), "--outcome", "progression", "--steps", "100",
    ]
  }

  @Test func classesComeNearTheirDraws() throws {
    try withScratchFolder { folder in
      let run = folder.appendingPathComponent("run")
      let transcript = try performPredictive(tumours + ["--certify"], in: run)
      let certificate = try predictiveCertificate(run)
      let forms = Dictionary(uniqueKeysWithValues: certificate.forms.map { ($0.name, $0) })
      let own = try #require(forms["student"]?.divergence?.mean)
      // A trained student is nearer than as many draws as it has components.
      #expect(own >= 0 && own < (forms["10 thinned draws"]?.divergence?.mean ?? 0))
      #expect(certificate.draws == 1_600 && certificate.sizeRatio == 9_600.0 / 60)
      let formula = try predictiveStudent(run).description
      #expect(formula.contains("radius") && formula.contains("0.1 σ("))
      #expect(transcript.text.contains(formula))
      for file in ["recipe.yaml", "report.html", "metrics.jsonl", "state.json"] {
        #expect(FileManager.default.fileExists(atPath: run.appendingPathComponent(file).path))
      }
      let again = try performPredictive([], in: run, resuming: true)
      #expect(again.text.contains("is finished: its student is \(run.path)/student.json"))
    }
  }

  /// The student that is written predicts what the draws predict, by the sum over draws itself.
  @Test func writtenStudentsPredictWhatDrawsPredict() throws {
    try withScratchFolder { folder in
      let run = folder.appendingPathComponent("run")
      try performPredictive(tumours, in: run)
      let draws = try DrawFile.read([table("tumours.json")], variables: ["beta", "alpha"])
      let predictions = try PredictionTable(
        predictiveStudent(run),
        table("tumours.csv"),
        quantiles: [0.5]
      )
      #expect(predictions.columns == ["P(benign)", "P(malignant)"])
      let rows = try CSV.read(
        from: URL(fileURLWithPath: table("tumours.csv")),
        labels: "tumour"
      ).values.rowsOfScalars
      for row in stride(from: 0, to: rows.count, by: 50) {
        var mean = 0.0
        for chain in 0..<2 {
          for draw in 0..<800 {
            let w = Array(draws[chain, draw])
            let eta = zip(w, rows[row] + [1]).reduce(0) { $0 + $1.0 * $1.1 }
            mean += 1 / (1 + exp(-eta)) / 1_600
          }
        }
        #expect(abs(predictions.rows[row][1] - mean) < 0.02)
      }
    }
  }

  /// Draws that predict the outcomes of the data worse than their frequencies do.
  @Test func drawsAtOddsWithTheDataAreSuspected() throws {
    try withScratchFolder { folder in
      let honest = try performPredictive(tumours, in: folder.appendingPathComponent("honest"))
      #expect(!honest.text.contains("worse than"))
      // The first column as if in other units.
      let url = URL(fileURLWithPath: table("tumours.csv"))
      let lines = try String(contentsOf: url, encoding: .utf8).split(separator: "\n")
      let changed = lines.enumerated().map { index, line in
        index == 0
          ? String(line)
          : line.split(separator: ",").map { Double($0).map { "\(-$0 * 20)" } ?? String($0) }
            .joined(separator: ",")
      }
      let file = folder.appendingPathComponent("changed.csv")
      try Data(changed.joined(separator: "\n").utf8).write(to: file)
      let arguments = tumours.map { $0.hasSuffix("tumours.csv") ? file.path : $0 }
      let said = try performPredictive(arguments, in: folder.appendingPathComponent("run")).text
      #expect(said.contains("predicts these labels worse than their frequencies do"), "\(said)")
      #expect(said.contains("the order of the classes, and the names and scaling of the inputs"))
    }
    let outcomes = (0..<50).map(Double.init)
    #expect(OutcomeCheck.warning(outcomes.map { $0 + 3 }, outcomes) == nil)
    #expect(OutcomeCheck.warning(outcomes.map { _ in 24.5 }, outcomes) == nil)
    let warning = OutcomeCheck.warning(outcomes.map { -$0 }, outcomes)
    #expect(warning?.contains("where the mean misses by 14.43") == true, "\(warning ?? "")")
  }

  @Test(arguments: [false, true])
  func interruptedRunsEndAtTheSameStudent(isOnline: Bool) throws {
    try withScratchFolder { folder in
      let whole = folder.appendingPathComponent("whole")
      let parted = folder.appendingPathComponent("parted")
      let arguments = (isOnline ? diabetes + ["--online"] : tumours)
      try performPredictive(arguments, in: whole)
      let stop = #expect(throws: Stopped.self) {
        try performPredictive(arguments, in: parted, stopping: isOnline ? 40 : 120)
      }
      #expect(stop?.description.contains("--resume \(parted.path)") == true)
      let early = try predictiveStudent(parted).description
      #expect(try early != predictiveStudent(whole).description)
      try performPredictive([], in: parted, resuming: true)
      let file = "student.json"
      #expect(
        try Data(contentsOf: whole.appendingPathComponent(file))
          == Data(contentsOf: parted.appendingPathComponent(file))
      )
    }
  }

  /// A disk that is full when the certificate is written ends a run that has no steps left.
  @Test(arguments: ["batch", "online", "density"])
  func certificatesDoNotDependOnInterruptions(kind: String) throws {
    try withScratchFolder { folder in
      let file = folder.appendingPathComponent("draws.csv")
      var random = RandomStream(seed: 3)
      let rows = (0..<2_000).map { _ in "\(random.normal()),\(2 + random.normal())" }
      try Data((["y_rep.1,y_rep.2"] + rows).joined(separator: "\n").utf8).write(to: file)
      let density = ["--draws", file.path, "--model", "samples", "--components", "2"]
      let arguments: [String] =
        switch kind {
        case "density": density + ["--batch-size", "100", "--online"]
        case "online": diabetes + ["--online"]
        default: tumours
        }
      let whole = folder.appendingPathComponent("whole")
      let parted = folder.appendingPathComponent("parted")
      try performPredictive(arguments + ["--certify"], in: whole)
      #expect(throws: Stopped.self) {
        try performPredictive(arguments + ["--certify"], in: parted, stopping: 14)
      }
      let obstacle = parted.appendingPathComponent("certificate.json")
      try FileManager.default.createDirectory(at: obstacle, withIntermediateDirectories: false)
      let reason = refusal { try performPredictive([], in: parted, resuming: true) }
      #expect(reason?.contains("cannot write '\(obstacle.path)'") == true)
      try FileManager.default.removeItem(at: obstacle)
      try performPredictive([], in: parted, resuming: true)
      let ofTheDay = ["microseconds", "latencyRatio", "\"date\"", "\"recipe", "\"seal\""]
      for name in ["student.json", "certificate.json"] {
        let texts = try [whole, parted].map { run in
          try String(contentsOf: run.appendingPathComponent(name), encoding: .utf8)
            .split(separator: "\n")
            .filter { line in !ofTheDay.contains(where: line.contains) }
        }
        #expect(texts[0] == texts[1], "\(name)")
      }
    }
  }

  @Test func lossesBiasedOnlineAreRefusedWithTheReason() throws {
    try withScratchFolder { folder in
      let arguments = tumours + ["--online", "--loss", "derivatives"]
      let reason = refusal {
        try performPredictive(arguments, in: folder.appendingPathComponent("a"))
      }
      #expect(reason?.contains("derivativeSquaredError is biased online") == true)
      #expect(reason?.contains("--accept-bias") == true)
      try performPredictive(arguments + ["--accept-bias"], in: folder.appendingPathComponent("b"))
    }
  }

  @Test(arguments: ["network", "dirichlet-network"])
  func networksAreWrittenAsWeightsToo(family: String) throws {
    try withScratchFolder { folder in
      let run = folder.appendingPathComponent("run")
      try performPredictive(tumours + ["--family", family, "--certify", "--hidden", "8"], in: run)
      let (tensors, _) = try Safetensors.read(
        from: run.appendingPathComponent("student.safetensors")
      )
      #expect(tensors["0.weight"]?.shape == [8, 5] && tensors["2.weight"]?.shape == [2, 8])
      #expect(try predictiveCertificate(run).coverage.isEmpty == (family == "network"))
    }
  }

  @Test func numbersHaveIntervals() throws {
    try withScratchFolder { folder in
      let run = folder.appendingPathComponent("run")
      let held = ["--held-out", table("diabetes-new.csv"), "--certify"]
      try performPredictive(diabetes + held, in: run)
      let certificate = try predictiveCertificate(run)
      #expect(certificate.outcomes?.count == 2)
      let ninety = try #require(certificate.coverage.first { $0.level == 0.9 })
      #expect(abs(ninety.share.mean - 0.9) < 0.05)
      let table = try PredictionTable(
        predictiveStudent(run),
        table("diabetes-new.csv"),
        quantiles: [0.05, 0.95]
      )
      #expect(table.columns == ["mean", "standard deviation", "5%", "95%"])
      #expect(table.rows.allSatisfy { $0[2] < $0[0] && $0[0] < $0[3] })
    }
  }

  @Test(arguments: ["slice", "hmc", "nuts"])
  func samplersNeedNoDraws(sampler: String) throws {
    try withScratchFolder { folder in
      let run = folder.appendingPathComponent("run")
      let transcript = try performPredictive(
        ["--data", table("tumours.csv"), "--outcome", "tumour", "--sampler", sampler]
          + ["--draws-count", "100", "--burn-in", "100", "--steps", "50", "--certify"],
        in: run
      )
      let names = try predictiveCertificate(run).forms.map(\.name)
      #expect(names.contains("Laplace") && names.contains("expectation propagation"))
      #expect(transcript.text.contains("400 draws in 4 chains"))
    }
  }

  @Test func densitiesOfSamplesAndMixtures() throws {
    try withScratchFolder { folder in
      let file = folder.appendingPathComponent("draws.csv")
      var random = RandomStream(seed: 1)
      let rows = (0..<10_000).map { _ in
        "\(-2 + 0.1 * random.normal()),\(3 + 0.1 * random.normal()),\(1 + 0.1 * random.uniform())"
      }
      try Data((["mu.1,mu.2,y_rep"] + rows).joined(separator: "\n").utf8).write(to: file)
      let runs: [(String, [String])] = [
        ("batch", []), ("online", ["--online"]), ("t", ["--family", "student-t-mixture"]),
      ]
      for (name, more) in runs {
        let run = folder.appendingPathComponent(name)
        try performPredictive(
          ["--draws", file.path, "--model", "mixture", "--parameters", "mu", "--components", "2"]
            + ["--deviations", "1,0.5", "--certify"] + more,
          in: run
        )
        // Each component is a normal of variance s² + 0.1²: exact but for what a t cannot be.
        let limit = name == "batch" ? 0.005 : 0.1
        #expect(try #require(predictiveCertificate(run).forms[0].divergence).mean < limit)
      }
      let run = folder.appendingPathComponent("samples")
      try performPredictive(
        ["--draws", file.path, "--model", "samples", "--components", "1", "--certify"],
        in: run
      )
      guard case .gaussians(let mixture) = try predictiveStudent(run).family else {
        Issue.record("the student is \(try predictiveStudent(run))")
        return
      }
      #expect(abs(mixture.mean[0] - 1.05) < 0.005)
    }
  }

  @Test func valuesAtRowsNeedNoModel() throws {
    try withScratchFolder { folder in
      let (draws, data) = (
        folder.appendingPathComponent("p.csv"), folder.appendingPathComponent("x.csv")
      )
      let x = (0..<40).map { Double($0) / 10 - 2 }
      try Data("x\n\(x.map { "\($0)" }.joined(separator: "\n"))\n".utf8).write(to: data)
      var random = RandomStream(seed: 2)
      let rows = (0..<200).map { _ -> String in
        let slope = 1 + 0.2 * random.normal()
        return x.map { "\(1 / (1 + exp(-slope * $0)))" }.joined(separator: ",")
      }
      let header = (1...40).map { "p[\($0)]" }.joined(separator: ",")
      try Data(([header] + rows).joined(separator: "\n").utf8).write(to: draws)
      let online = ["--online", "--family", "mixture-of-logistics", "--components", "2"]
      for more: [String] in [[], online] {
        let run = folder.appendingPathComponent(more.isEmpty ? "batch" : "online")
        try performPredictive(
          ["--draws", draws.path, "--model", "values", "--data", data.path, "--certify"]
            + ["--steps", "500"] + more,
          in: run
        )
        let limit = more.isEmpty ? 0.05 : 0.1
        #expect(try #require(predictiveCertificate(run).forms[0].largestDifference) < limit)
      }
    }
  }

  /// The commands of the tutorial, as they are written but for fewer steps and another folder.
  @Test func tutorialRunsAsWritten() throws {
    let blocks = try DocumentationTests.text("Documentation/Predictive.md")
      .components(separatedBy: "```sh\n").dropFirst()
      .compactMap { $0.components(separatedBy: "\n```").first }
    #expect(blocks.count == 5)
    try withScratchFolder { folder in
      for block in blocks {
        let words = block.split(separator: " ").map { word in
          String(word).replacing("Documentation/Data", with: Self.tables.path)
            .replacing("runs/", with: folder.path + "/")
        }
        let start = try #require(words.firstIndex(of: "distill"))
        let arguments = Array(words[(start + 1)...])
        switch try Program.parsed(arguments) {
        case let predict as PredictCommand: try predict.run()
        case let predictive as PredictiveCommand:
          #expect(predictive.draws.draws.first == "-" || start == 0)
          // Standard input is the tests' own.
          guard predictive.draws.draws.first != "-" else { continue }
          #expect(predictive.place.out != nil)
          try performPredictive(
            arguments.dropFirst() + ["--steps", "60"]
              + (predictive.draws.draws.isEmpty ? ["--draws-count", "200"] : [])
          )
        default: Issue.record("\(block) is no command of this page")
        }
      }
      #expect(
        FileManager.default.fileExists(atPath: folder.path + "/diabetes-predictions.csv")
      )
    }
  }
}

import Distill
import Foundation
import Testing

@testable import Compression
@testable import DistillCommand
@testable import Exchange
@testable import Experiments
@testable import Runs

/// Outcomes in files: refused before anything is trained or written, and given to the right class.
@Suite struct PredictiveOutcomeTests {
  private func archive(_ y: [Double], _ name: String, in folder: URL) throws -> String {
    let url = folder.appendingPathComponent(name)
    let x = Tensor(normals(y.count, seed: 3), shape: [y.count, 1])
    try NumPy.writeArchive(["x": x, "y": Tensor(y)], to: url)
    return url.path
  }

  private func expect(_ words: String, _ arguments: [String], _ folder: URL) {
    let run = folder.appendingPathComponent(UUID().uuidString)
    let sentence = refusal { try performPredictive(arguments, in: run) } ?? "nothing was refused"
    #expect(sentence.contains(words), "\(sentence)")
    #expect(!sentence.contains("\n") && !FileManager.default.fileExists(atPath: run.path))
  }

  private static let quick = ["--draws-count", "20", "--burn-in", "20", "--steps", "20"]

  @Test(arguments: [
    Double.infinity, -.infinity, .nan, 9.3e18, 1e19, 1e12, 1e9, -1, 0.5,
  ])
  func outcomesOfArchives(wrong: Double) throws {
    try withScratchFolder { folder in
      let y = [0, 1, 0, 1, 1, 0, wrong, 1]
      let bad = try archive(y, "bad.npz", in: folder)
      let good = try archive([0, 1, 0, 1, 1, 0, 0, 1], "good.npz", in: folder)
      for (model, words) in [("logistic", "no class"), ("softmax", "no class")] {
        let common = ["--outcome", "y", "--model", model] + Self.quick
        expect(words, ["--data", bad] + common, folder)
        expect(words, ["--data", good, "--held-out", bad, "--certify"] + common, folder)
      }
      if !(wrong >= 0 && wrong < 1e15 && wrong == wrong.rounded()) {
        let common = ["--outcome", "y", "--model", "poisson"] + Self.quick
        expect("must be a count", ["--data", bad] + common, folder)
        expect(
          "must be a count",
          ["--data", good, "--held-out", bad, "--certify"] + common,
          folder
        )
      }
      guard !wrong.isFinite else { return }
      let common = ["--outcome", "y", "--model", "linear", "--noise", "1"] + Self.quick
      expect("must be finite", ["--data", bad] + common, folder)
      expect("must be finite", ["--data", good, "--held-out", bad, "--certify"] + common, folder)
    }
  }

  private static var options: PredictiveDataOptions {
    var options = PredictiveDataOptions()
    options.outcome = "y"
    return options
  }

  /// As R and Stan count classes.
  @Test func labelsOfArchivesFromOne() throws {
    try withScratchFolder { folder in
      func read(_ y: [Double]) throws -> PredictiveData {
        try PredictiveData.read(
          archive(y, "y.npz", in: folder),
          Self.options,
          .classes(nil)
        )
      }
      let two = try read([1, 2, 2, 1])
      #expect(two.classes == ["1", "2"] && two.outcomes == [0, 1, 1, 0])
      #expect(try read([3, 1, 2]).classes == ["1", "2", "3"])
      // These may as well be of classes from 0, one of which is missing.
      #expect(try read([1, 3]).classes == ["0", "1", "2", "3"])
      #expect(try read([1, 1]).classes == ["0", "1"])
    }
  }

  @Test func oneInputMayBeAList() throws {
    try withScratchFolder { folder in
      let url = folder.appendingPathComponent("x.npz")
      try NumPy.writeArchive(["x": Tensor([1.0, 2, 3]), "y": Tensor([1.0, 0, 1])], to: url)
      let options = Self.options
      #expect(try PredictiveData.read(url.path, options, .classes(nil)).rows.shape == [3, 1])
      try NumPy.writeArchive(["x": .zeros([2, 3, 1]), "y": Tensor([1.0, 0])], to: url)
      let sentence = refusal { _ = try PredictiveData.read(url.path, options, .classes(nil)) }
      #expect(sentence?.contains("there are: x of [2, 3, 1], y of [2]") == true)
    }
  }

  @Test func heldOutOutcomesOfTables() throws {
    try withScratchFolder { folder in
      let data = try written("x,y\n1,a\n2,b\n3,a\n4,b\n", "data.csv", in: folder)
      let common = ["--data", data, "--outcome", "y", "--certify"] + Self.quick
      for (label, words) in [("c", "not one of the 2 classes"), ("nan", "no"), ("NA", "no")] {
        let held = try written("x,y\n1,a\n2,\(label)\n", "held.csv", in: folder)
        expect(words, common + ["--held-out", held], folder)
      }
      let missing = try written("x,y\n1,a\n2,NaN\n3,b\n", "missing.csv", in: folder)
      expect("row 2 has no outcome", ["--data", missing, "--outcome", "y"] + Self.quick, folder)
      let other = try written("z,y\n1,a\n2,b\n", "other.csv", in: folder)
      expect("other columns", common + ["--held-out", other], folder)
    }
  }

  @Test(arguments: ["logistic", "probit", "softmax"])
  func outcomesOfOneClass(model: String) throws {
    try withScratchFolder { folder in
      let data = try written("x,y\n1,a\n2,a\n3,a\n4,a\n", "data.csv", in: folder)
      let common = ["--outcome", "y", "--model", model] + Self.quick
      expect("every outcome is a", ["--data", data] + common, folder)
      // Known to be one of two, its posterior is proper.
      for more in [
        ["--data", data, "--classes", "a,b"],
        ["--data", try archive([0, 0, 0, 0], "z.npz", in: folder)],
      ] {
        let run = folder.appendingPathComponent(UUID().uuidString)
        try performPredictive(more + common, in: run)
        guard more.contains("--classes") else { continue }
        let table = try PredictionTable(predictiveStudent(run), data, quantiles: [0.5])
        #expect(table.rows.allSatisfy { $0[0] > 0.5 })
      }
    }
  }

  /// Draws of three classes' probabilities at 40 rows, the third growing with x.
  private func ordinal(_ folder: URL) throws -> (draws: String, data: String, p: [[Double]]) {
    let x = (0..<40).map { Double($0) / 10 - 2 }
    let p = x.map { x -> [Double] in
      let e = [exp(-x), 2, exp(x)]
      return e.map { $0 / e.reduce(0, +) }
    }
    let header = (1...40).flatMap { row in (1...3).map { "p[\(row),\($0)]" } }
    let rows = (0..<100).map { _ in p.flatMap { $0 } }
    let names = ["low", "mid", "high"]
    let labels = zip(x, p).map { x, p in "\(x),\(names[p.indices.max { p[$0] < p[$1] }!])" }
    return (
      try written(tableText(header, rows), "p.csv", in: folder),
      try written((["x,y"] + labels).joined(separator: "\n"), "x.csv", in: folder), p
    )
  }

  @Test func classesInTheOrderOfTheDraws() throws {
    try withScratchFolder { folder in
      let (draws, data, p) = try ordinal(folder)
      let common =
        ["--draws", draws, "--model", "values", "--data", data, "--outcome", "y"]
        + ["--steps", "400", "--certify"]
      expect("--classes high,low,mid", common, folder)
      expect("--classes names 4 classes", common + ["--classes", "low,mid,high,top"], folder)
      let run = folder.appendingPathComponent("run")
      expect("not one of the 3 classes", common + ["--classes", "low,mid,large"], folder)
      try performPredictive(common + ["--classes", "low,mid,high"], in: run)
      let table = try PredictionTable(predictiveStudent(run), data, quantiles: [0.5])
      #expect(table.columns == ["P(low)", "P(mid)", "P(high)"])
      for row in [0, 20, 39] {
        #expect(zip(table.rows[row], p[row]).allSatisfy { abs($0 - $1) < 0.06 })
      }
      let certificate = try predictiveCertificate(run)
      let score = try #require(certificate.outcomes?.first)
      // Outcomes are the most probable class of each row.
      let expected = p.map { log($0.max()!) }.reduce(0, +) / 40
      #expect(score.of == "the data's own outcomes")
      #expect(abs(score.logProbability.mean - expected) < 1e-9)
      #expect(certificate.doubts == [])
      let turned = folder.appendingPathComponent("turned")
      let transcript = try performPredictive(
        common + ["--classes", "high,mid,low"],
        in: turned,
        .quiet
      )
      #expect(transcript.text.contains("worse than their frequencies do"))
    }
  }

  /// Numbers that no row has, and names with two classes.
  @Test func classesThatAreGuessedAreSaid() throws {
    try withScratchFolder { folder in
      let (draws, _, _) = try ordinal(folder)
      func data(_ names: [String]) throws -> String {
        let rows = (0..<40).map { "\($0),\(names[$0 % names.count])" }
        return try written((["x,y"] + rows).joined(separator: "\n"), "\(UUID()).csv", in: folder)
      }
      func arguments(_ path: String) -> [String] {
        ["--draws", draws, "--model", "values", "--data", path, "--outcome", "y", "--steps", "5"]
      }
      for (labels, names) in [(["0", "2"], ["0", "1", "2"]), (["1", "3"], ["1", "2", "3"])] {
        let run = folder.appendingPathComponent(UUID().uuidString)
        try performPredictive(arguments(try data(labels)), in: run)
        #expect(try predictiveStudent(run).classes == names)
      }
      expect("name all of them", arguments(try data(["1", "2"])), folder)
      let weights = try written("beta\n1\n2\n1.5\n", "beta.csv", in: folder)
      let run = folder.appendingPathComponent("two")
      let transcript = try performPredictive(
        ["--draws", weights, "--data", try data(["no", "yes"]), "--outcome", "y", "--steps", "5"],
        in: run
      )
      #expect(transcript.text.contains("taken for those of yes"))
    }
  }
}

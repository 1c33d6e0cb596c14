import Foundation
import Networks
import Tensors
import Testing

@testable import Compression
@testable import DistillCommand
@testable import Exchange
@testable import Experiments
@testable import Runs

/// Runs that a former version began are resumed, and its certificates are replayed.
///
/// The fixtures are made by `Tools/golden/fixtures.py` with that version's program, once.
@Suite struct FormerVersionTests {
  static let version = "0.1.0"

  static func withFixtures<Result>(_ body: (URL) throws -> Result) throws -> Result {
    let fixtures = DocumentationTests.checkout
      .appendingPathComponent("Tests/DistillCommandTests/Fixtures/\(version)")
    return try withScratchFolder { scratch in
      let folder = scratch.appendingPathComponent(version)
      try FileManager.default.copyItem(at: fixtures, to: folder)
      return try body(folder)
    }
  }

  /// All weights of a run's folder by file and name; a compact student's numbers by position.
  static func numbers(in folder: URL) throws -> [String: [Double]] {
    var found: [String: [Double]] = [:]
    for file in try FileManager.default.contentsOfDirectory(atPath: folder.path) {
      let url = folder.appendingPathComponent(file)
      if file.hasSuffix(".safetensors") {
        for (name, tensor) in try Safetensors.read(from: url).tensors {
          found["\(file) \(name)"] = tensor.scalars(Double.self)
        }
      } else if file == "student.json" {
        let text = try String(contentsOf: url, encoding: .utf8)
        found[file] = text.matches(of: /-?\d+\.\d+(e-?\d+)?/).compactMap { Double($0.output.0) }
      }
    }
    return found
  }

  /// Learning from given numbers comes out nearly equal on every processor.
  @Test(arguments: [
    ("compress", "table"), ("compress", "derivatives"), ("predictive", "logistic"),
    ("predictive", "online"), ("run", "compression"),
  ])
  func aStoppedRunIsResumed(command: String, name: String) throws {
    try Self.withFixtures { folder in
      try Self.resume("\(command)", name, in: folder)
      let expected = try Self.numbers(in: folder.appendingPathComponent("finished/\(name)"))
      let found = try Self.numbers(in: folder.appendingPathComponent("stopped/\(name)"))
      #expect(!expected.isEmpty && Set(found.keys) == Set(expected.keys))
      for (key, values) in expected {
        let others = try #require(found[key])
        #expect(others.count == values.count)
        for (value, other) in zip(values, others) {
          #expect(abs(value - other) <= 0.01 * (1 + abs(value)), "\(name) \(key)")
        }
      }
    }
  }

  /// Chains of samples part after the first rounding that differs, so only sizes are compared.
  @Test(arguments: [("train", "rbm"), ("fit", "nade"), ("fit", "made")])
  func aStoppedGenerativeRunIsResumed(command: String, name: String) throws {
    try Self.withFixtures { folder in
      try Self.resume("generative \(command)", name, in: folder)
      let expected = try Self.numbers(in: folder.appendingPathComponent("finished/\(name)"))
      let found = try Self.numbers(in: folder.appendingPathComponent("stopped/\(name)"))
      #expect(!expected.isEmpty && Set(found.keys) == Set(expected.keys))
      for (key, values) in expected {
        let others = try #require(found[key])
        #expect(others.count == values.count && others.allSatisfy(\.isFinite), "\(name) \(key)")
        let size = values.map { $0 * $0 }.reduce(0, +)
        let other = others.map { $0 * $0 }.reduce(0, +)
        #expect(abs(size - other) <= 0.5 * size + 0.1, "\(name) \(key): \(size), \(other)")
      }
    }
  }

  /// Its networks are too large to be kept here: it was stopped as it began, and the losses are
  /// compared.
  @Test func aDemoIsResumed() throws {
    try Self.withFixtures { folder in
      try Self.resume("demo", "demo", in: folder)
      func losses(_ part: String) throws -> [String: Double] {
        let place = folder.appendingPathComponent("\(part)/demo")
        let lines = try RunFolder(url: place, command: "demo").metrics(TrainingMetric.self)
        return Dictionary(lines.map { ($0.network, $0.loss) }) { $1 }
      }
      let (expected, found) = (try losses("finished"), try losses("stopped"))
      #expect(expected.count == 5)
      for (network, loss) in expected {
        #expect(abs((found[network] ?? .nan) - loss) <= 0.01 * loss, "\(network)")
      }
    }
  }

  static func resume(_ command: String, _ name: String, in folder: URL) throws {
    _ = try TutorialTests.output(
      of: "distill \(command) --resume stopped/\(name) --threads 1",
      in: folder
    )
    let state = folder.appendingPathComponent("stopped/\(name)/state.json")
    #expect(try String(contentsOf: state, encoding: .utf8).contains("\"isFinished\":true"))
  }

  @Test func aCertificateIsReplayed() throws {
    try Self.withFixtures { folder in
      let said = try TutorialTests.output(
        of: "distill replay certified/table/certificate.json --out replayed --threads 1",
        in: folder
      )
      #expect(said.contains("stand"))
    }
  }

  @Test func aRecipeIsPerformedAgain() throws {
    try Self.withFixtures { folder in
      _ = try TutorialTests.output(
        of: "distill run finished/compression/recipe.yaml --out again --threads 1",
        in: folder
      )
      let expected = try Self.numbers(in: folder.appendingPathComponent("finished/compression"))
      let found = try Self.numbers(in: folder.appendingPathComponent("again"))
      #expect(Set(found.keys) == Set(expected.keys))
    }
  }
}

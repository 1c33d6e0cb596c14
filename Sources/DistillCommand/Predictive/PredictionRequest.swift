import Distill
import Experiments
import Foundation

/// What is asked about an outcome that is a number or a count.
struct PredictionRequest {
  /// Probabilities of quantiles.
  var quantiles = [0.05, 0.5, 0.95]
  /// Values y whose P(outcome ≤ y) is asked for.
  var cumulative: [Double] = []
  /// Outcomes drawn at each row.
  var samples = 0
  var seed: UInt64 = 1
  /// The column of outcomes whose log-probability is asked for; of densities in several dimensions
  /// their columns.
  var outcomes: [String] = []

  func columns() -> [String] {
    ["mean", "standard deviation"] + quantiles.map { "\(Uncertain.short(100 * $0))%" }
      + cumulative.map { "P(y ≤ \(Uncertain.short($0)))" } + logColumns
      + (0..<samples).map { "sample \($0 + 1)" }
  }

  var logColumns: [String] { outcomes.isEmpty ? [] : ["log-probability"] }

  /// The row of one distribution.
  ///
  /// - Parameters:
  ///   - number: Of the row, for random numbers of its own.
  ///   - outcome: Its outcome, where log-probabilities are asked for.
  func row(_ line: some PredictedLine, _ number: Int, _ outcome: Double?) -> [Double] {
    var random = RandomStream(seed: seed).split(UInt64(number))
    return [line.mean, line.deviation] + quantiles.map(line.quantile)
      + cumulative.map(line.cumulative) + (outcome.map { [line.logProbability(of: $0)] } ?? [])
      + (0..<samples).map { _ in line.sample(using: &random) }
  }

  /// The outcomes of a table, `[rows][columns]`; nil where none are asked for.
  func outcomes(of path: String?) throws -> [[Double]]? {
    guard !outcomes.isEmpty else { return nil }
    guard let path else {
      throw CommandError("--log-probability names a column of outcomes: give the table by --data")
    }
    return try PredictionTable.columns(outcomes, of: path).rowsOfScalars
  }
}

/// A distribution on the real line that a student predicts.
protocol PredictedLine: LineDistribution {
  var mean: Double { get }
  var deviation: Double { get }
  func logProbability(of value: Double) -> Double
  func sample(using random: inout RandomStream) -> Double
}

extension PredictedOutcome: PredictedLine {}

extension StudentTMixture: PredictedLine {
  var deviation: Double { variance.squareRoot() }
}

/// A table that may come from standard input.
enum InputTable {
  /// Hands over the path of a file: standard input, which is `-`, is kept in one for so long.
  static func with<Result>(_ path: String?, _ body: (String?) throws -> Result) throws -> Result {
    guard path == "-" else { return try body(path) }
    let data: Data
    do {
      data = try FileHandle.standardInput.readToEnd() ?? Data()
    } catch {
      throw CommandError("standard input cannot be read: \(sentence(for: error))")
    }
    guard !data.isEmpty else {
      throw CommandError("--data - is standard input, in which there is nothing")
    }
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("distill-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    // An archive of NumPy is a zip file.
    let isArchive = data.starts(with: [0x50, 0x4B, 0x03, 0x04])
    let file = folder.appendingPathComponent("standard input.\(isArchive ? "npz" : "csv")")
    try data.write(to: file)
    return try body(file.path)
  }
}

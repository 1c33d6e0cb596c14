import Distill
import Foundation
import Testing

@testable import Compression
@testable import DistillCommand
@testable import Exchange
@testable import Experiments
@testable import Runs

/// Runs `distill predictive`; stops it at the `stopping`-th look at the clock, which every step
/// takes.
@discardableResult
func performPredictive(
  _ arguments: [String],
  in folder: URL? = nil,
  resuming: Bool = false,
  stopping: Int? = nil,
  _ verbosity: Verbosity = .json,
  interruption: Interruption = Interruption(write: { _ in }, quit: {})
) throws -> Transcript {
  let transcript = Transcript()
  let place = folder.map { [resuming ? "--resume" : "--out", $0.path] } ?? []
  let command = try #require(
    Program.parsed(["predictive"] + arguments + place) as? PredictiveCommand
  )
  var looks = 0
  let console = Console(
    verbosity,
    results: transcript.output(),
    remarks: transcript.output(),
    clock: {
      looks += 1
      if looks == stopping { interruption.arrive() }
      return Double(looks) * 1e-3
    }
  )
  try command.perform(
    said: arguments,
    on: .cpu,
    program: Provenance.Content(name: "distill", bytes: 1, sha256: "tests"),
    console.work(interruption)
  )
  return transcript
}

func predictiveStudent(_ folder: URL) throws -> CompactStudent {
  try CompactStudent.read(from: folder.appendingPathComponent("student.json"))
}

func predictiveCertificate(_ folder: URL) throws -> PredictiveCertificate {
  let data = try Data(contentsOf: folder.appendingPathComponent("certificate.json"))
  let decoder = JSONDecoder()
  decoder.nonConformingFloatDecodingStrategy = .convertFromString(
    positiveInfinity: "inf",
    negativeInfinity: "-inf",
    nan: "nan"
  )
  return try decoder.decode(PredictiveCertificate.self, from: data)
}

/// Writes a file and gives its path.
func written(_ text: String, _ name: String, in folder: URL) throws -> String {
  let url = folder.appendingPathComponent(name)
  try Data(text.utf8).write(to: url)
  return url.path
}

/// A table as text.
func tableText(_ columns: [String], _ rows: [[Double]]) -> String {
  ([columns.joined(separator: ",")] + rows.map { $0.map { "\($0)" }.joined(separator: ",") })
    .joined(separator: "\n") + "\n"
}

/// Normal numbers.
func normals(_ count: Int, seed: UInt64) -> [Double] {
  var random = RandomStream(seed: seed)
  return (0..<count).map { _ in random.normal() }
}

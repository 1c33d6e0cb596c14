import Distill
import Foundation
import Testing

@testable import DistillCommand
@testable import Exchange
@testable import Runs

/// `distill runs` and `distill compare`.
@Suite struct RunListTests {
  /// A folder with a run of `distill compress`, written by hand.
  @discardableResult
  private func write(
    _ name: String,
    in folder: URL,
    started: String = "2026-01-02T03:04:05Z",
    isFinished: Bool = true,
    student: String = "mlp:4-3-2",
    agreement: Double? = 0.9,
    lock: String? = nil
  ) throws -> URL {
    let run = folder.appendingPathComponent(name)
    try FileManager.default.createDirectory(at: run, withIntermediateDirectories: true)
    func put(_ text: String, _ file: String) throws {
      try Data(text.utf8).write(to: run.appendingPathComponent(file))
    }
    try put(
      """
      program: 0.1.0
      command: compress
      seed: 1
      options:
        teacher:
          model: mlp:4-9-2
        student: \(student)
      startedAt: \(started)

      """,
      "recipe.yaml"
    )
    try put(
      #"{"command":"compress","isFinished":\#(isFinished),"program":"0.1.0"}"#,
      "state.json"
    )
    if let agreement {
      try put(
        """
        {"loss":1,"network":"student","step":1}
        {"name":"student","parameters":23,"agreement":{"mean":\(agreement),"standardError":0.05}}
        {"name":"control, on the labels","parameters":23,"agreement":{"mean":0.1,"standardError":0.01}}

        """,
        "metrics.jsonl"
      )
    }
    if let lock { try put(lock, RunLock.name) }
    return run
  }

  @Test func runsAreListedWithWhatTheyAreAndHowWellTheyDo() throws {
    try withScratchFolder { folder in
      try write("old", in: folder, started: "2025-01-02T03:04:05Z", agreement: 0.7)
      let recent = try write("deep/er/new", in: folder)
      let summary = try #require(RunSummary(recent, path: "new"))
      #expect(jsonLine(summary).contains(#""started":"2026-01-02T03:04:05Z""#))
      try write(
        "stopped",
        in: folder,
        started: "2024-01-01T00:00:00Z",
        isFinished: false,
        agreement: nil
      )
      try write(
        "running",
        in: folder,
        started: "2023-01-01T00:00:00Z",
        isFinished: false,
        agreement: nil,
        lock: "\(getpid())\n"
      )
      let list = try RunList(in: folder.path)
      #expect(
        list.runs.map { URL(fileURLWithPath: $0.path).lastPathComponent }
          == ["new", "old", "stopped", "running"]
      )
      #expect(list.runs.map(\.state) == [.finished, .finished, .stopped, .running])
      let new = try #require(list.runs.first)
      #expect(new.kind == "compress" && new.teacher == "mlp:4-9-2" && new.student == "mlp:4-3-2")
      #expect(new.parameters == 23 && new.problem == nil && new.verdict == nil)
      // The control's line is not the student's.
      #expect(new.results.first?.text == "agreement 0.90 ± 0.10")
      #expect(new.started == (try Date("2026-01-02T03:04:05Z", strategy: .iso8601)))
    }
  }

  @Test func runsAreFilteredSortedAndCut() throws {
    try withScratchFolder { folder in
      try write("a", in: folder, student: "mlp:4-3-2", agreement: 0.5)
      try write("b", in: folder, started: "2026-02-02T03:04:05Z", student: "cnn:1", agreement: 0.8)
      try write("c", in: folder, isFinished: false, agreement: nil)
      func names(_ list: RunList) -> [String] {
        list.runs.map { URL(fileURLWithPath: $0.path).lastPathComponent }
      }
      #expect(try names(RunList(in: folder.path, by: .result)) == ["b", "a", "c"])
      #expect(try names(RunList(in: folder.path, by: .path)) == ["a", "b", "c"])
      #expect(try names(RunList(in: folder.path, .init(word: "CNN"))) == ["b"])
      #expect(try names(RunList(in: folder.path, .init(state: .stopped))) == ["c"])
      let cut = try RunList(in: folder.path, atMost: 1)
      #expect(names(cut) == ["b"] && cut.count == 3)
      #expect(throws: RunError.self) { try RunList(in: folder.path, .init(kind: "compres")) }
      #expect(throws: RunError.self) { try RunList(in: folder.path + "/none") }
    }
  }

  @Test func aDamagedRunIsListedAsOneAndHarmsNoOther() throws {
    try withScratchFolder { folder in
      try write("good", in: folder)
      let bad = try write("bad", in: folder)
      try Data("{".utf8).write(to: bad.appendingPathComponent("state.json"))
      let broken = try write("broken", in: folder, started: "2020-01-01T00:00:00Z")
      try Data("a: [".utf8).write(to: broken.appendingPathComponent("recipe.yaml"))
      let list = try RunList(in: folder.path, by: .path)
      #expect(list.runs.map(\.state) == [.unreadable, .finished, .finished])
      #expect(list.runs.map { $0.problem != nil } == [true, true, false])
      #expect(list.table.text().contains("damaged"))
    }
  }

  @Test func aCertificateThatWasChangedIsNoVerdict() throws {
    try withScratchFolder { folder in
      let run = try write("run", in: folder)
      try Data(#"{"provenance":{},"verdict":"BETTER"}"#.utf8)
        .write(to: run.appendingPathComponent("certificate.json"))
      let list = try RunList(in: folder.path)
      #expect(list.runs[0].verdict == nil)
      #expect(list.runs[0].problem != nil)
    }
  }

  @Test func linksAreNotFollowed() throws {
    try withScratchFolder { folder in
      try write("run", in: folder)
      try FileManager.default.createSymbolicLink(
        at: folder.appendingPathComponent("around"),
        withDestinationURL: folder
      )
      #expect(try RunList(in: folder.path).count == 1)
    }
  }

  @Test func recipesAndResultsAreCompared() throws {
    try withScratchFolder { folder in
      let paths = try [
        write("a", in: folder), write("b", in: folder, student: "mlp:4-2-2", agreement: 0.3),
        write("c", in: folder, started: "2020-01-01T00:00:00Z"),
      ].map(\.path)
      let comparison = try RunComparison(paths)
      #expect(comparison.recipes == [["options.student: mlp:4-3-2 → mlp:4-2-2"], []])
      let seen = try #require(comparison.differences.first)
      // √2 · 0.05, by hand; p = erfc(8.485 / √2).
      #expect(abs(seen.value + 0.6) < 1e-12 && abs(seen.standardError - 0.0707106781) < 1e-9)
      #expect(seen.pairedExamples == nil && seen.isSeen)
      #expect(comparison.differences.last?.isSeen == false)
      #expect(comparison.text.contains("is the same."))
    }
  }

  @Test func studentsOfTheSameTestAreComparedExampleByExample() throws {
    try withScratchFolder { folder in
      let world = try CompressWorld(in: folder)
      let runs = try ["mlp:16-4-3", "mlp:16-2-3"].map { student in
        var options = world.options(out: student)
        options.student = student
        return try world.run(options).folder.url.path
      }
      let comparison = try RunComparison(runs)
      let accuracy = try #require(comparison.differences.first { $0.measure == "accuracy" })
      let students = try runs.map { try FinishedStudent($0) }
      let test = try students[0].examples(from: nil, labels: nil)
      let right: [[Double]] = try students.map { student in
        guard case .classes(let logs) = try student.predictions(at: test.inputs) else { return [] }
        let choices: [Int] = logs.indexOfMaximum(along: 1).scalars()
        let labels: [Int] = test.labels.scalars()
        return zip(choices, labels).map { $0 == $1 ? 1 : 0 }
      }
      let differences = zip(right[1], right[0]).map { $0 - $1 }
      let mean = differences.reduce(0, +) / Double(differences.count)
      let squares = differences.map { ($0 - mean) * ($0 - mean) }.reduce(0, +)
      let count = Double(differences.count)
      #expect(accuracy.pairedExamples == differences.count && !differences.isEmpty)
      #expect(abs(accuracy.value - mean) < 1e-12)
      #expect(abs(accuracy.standardError - (squares / (count - 1) / count).squareRoot()) < 1e-12)
    }
  }

  @Test func theCommandsRefuseWhatTheyCannotDo() {
    #expect(throws: (any Error).self) { try Program.parsed(["compare", "one"]) }
    #expect(throws: (any Error).self) { try Program.parsed(["runs", "--count", "0"]) }
    #expect(throws: (any Error).self) { try Program.parsed(["runs", "--state", "odd"]) }
  }
}

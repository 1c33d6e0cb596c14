import Distillation
import Exchange
import Foundation
import Tensors
import Testing

@testable import ModelFiles

/// Programs that teach through pipes.
@Suite struct ProgramTeacherTests {
  static let script = Fixtures.folder.appendingPathComponent("programs/teacher.py").path
  private static var inputs: Tensor { .uniform([23, 2, 3], using: RandomGenerator(seed: 4)) }

  private func teacher(
    _ conduct: String,
    _ file: String = "",
    workers: Int = 1,
    batchSize: Int = 5,
    timeout: Double = 300
  ) throws -> ProgramTeacher {
    let settings = ProgramTeacher.Settings(
      workers: workers,
      batchSize: batchSize,
      timeout: timeout
    )
    return try ProgramTeacher("python3 '\(Self.script)' \(conduct) '\(file)'", settings: settings)
  }

  /// Sum, sum of squares and first number of every example.
  private var right: Tensor {
    let rows = Self.inputs.reshaped(to: [23, 6])
    return .stacked(
      [rows.sum(along: 1), rows.squared.sum(along: 1), rows.selecting(0, along: 1)],
      along: 1
    )
  }

  @Test(arguments: [(1, 5), (2, 5), (4, 1), (3, 100)])
  func answersAreTheProgramsInTheOrderOfTheExamples(_ workers: Int, _ batchSize: Int) throws {
    let teacher = try teacher("slow", workers: workers, batchSize: batchSize)
    var done: [Int] = []
    let work = Work { if case .reached(let count, _) = $0 { done.append(count) } }
    let values = try teacher.answers(to: Self.inputs, work)
    #expect(values.elementType == .float32 && values.shape == [23, 3])
    #expect(values.largestDifference(from: right) <= 1e-5)
    #expect(done.count == (23 + batchSize - 1) / batchSize && done.last == 23)
    // Once more, with the programs that are there.
    let seen = try teacher.observe(Self.inputs[3..<9])
    #expect(seen.meaning == .logits && seen.values.largestDifference(from: right[3..<9]) <= 1e-5)
  }

  @Test func anyNumberOfWorkersGivesTheSameBits() throws {
    let one = try teacher("deciding-not").answers(to: Self.inputs, .silent)
    for workers in 2...4 {
      let many = try teacher("slow", workers: workers).answers(to: Self.inputs, .silent)
      #expect(many.scalars(Float.self) == one.scalars(Float.self))
    }
  }

  @Test func oneNumberForAnExampleNeedsNoSecondAxis() throws {
    let values = try teacher("single").answers(to: Self.inputs, .silent)
    #expect(values.shape == [23, 1])
    #expect(values.largestDifference(from: right.slicing(0..<1, along: 1)) <= 1e-5)
    let numbers = try teacher("worker", workers: 3, batchSize: 1)
      .answers(to: Self.inputs, .silent).scalars(Float.self)
    #expect(Set(numbers).isSubset(of: [0, 1, 2]) && numbers.contains(0))
  }

  /// The last batch, of three examples, ends the program twice before it is answered.
  @Test func programsThatEndAreStartedAgain() throws {
    try withScratchFolder { folder in
      let file = folder.appendingPathComponent("attempts").path
      let values = try teacher("deciding", file).answers(to: Self.inputs, .silent)
      #expect(values.largestDifference(from: right) <= 1e-5)
      #expect(try Data(contentsOf: URL(fileURLWithPath: file)).count == 3)
    }
  }

  @Test(arguments: [
    (
      "loading-fails",
      "it ended with code 1, and its last words were: there is no model / so nothing"
    ),
    ("ending", "examples 21 to 23: it was ended by signal 9"),
    ("ending", "last words were: no memory left; that happened 3 times"),
    ("printing", "wrote 'loading the model·"), ("printing-later", "wrote '2 of 5 done"),
    ("few", "examples 6 to 10 with 4 rows, and it was asked about 5"),
    ("wide", "with 4 numbers each, and before it gave 3"), ("nan", "with NaN or infinity"),
    ("cube", "of shape [5, 3, 1]"), ("torn", "no answer within 3 s"),
    ("long", "to its standard output, which is for its answers alone"),
    ("short-header", "with what is no array: the header"),
  ])
  func whatGoesWrongIsOneSentence(_ conduct: String, _ words: String) throws {
    let timeout = conduct == "torn" ? 3.0 : 300
    do {
      _ = try teacher(conduct, timeout: timeout).answers(to: Self.inputs, .silent)
      Issue.record("'\(conduct)' was accepted")
    } catch {
      let sentence = sentence(for: error)
      let plain = sentence.replacing("·", with: "").replacing("…", with: "")
      #expect(plain.contains(words.replacing("·", with: "")), "\(sentence)")
      #expect(sentence.hasPrefix("the teacher 'python3 "))
    }
  }

  @Test func programsThatAreNotThereAreNamed() throws {
    let teacher = try ProgramTeacher("no-such-program --fast")
    #expect {
      try teacher.observe(Self.inputs)
    } throws: {
      sentence(for: $0).contains("cannot be started: there is no program 'no-such-program'")
    }
    let folder = try ProgramTeacher("/tmp")
    #expect {
      try folder.observe(Self.inputs)
    } throws: {
      sentence(for: $0).contains("permission denied")
    }
    let derivatives = try self.teacher("slow")
    #expect {
      try derivatives.observe(Self.inputs, Request(derivatives: .all))
    } throws: {
      sentence(for: $0).contains("gives values alone")
    }
  }

  /// The numbers that a program wrote of itself and of those it started.
  private func processes(_ file: String) throws -> [pid_t] {
    let text = try String(contentsOfFile: file, encoding: .utf8)
    return text.split(separator: " ").compactMap { pid_t($0) }
  }

  /// Whether none is there within ten seconds. What was killed may wait for its parent to notice.
  private func areGone(_ processes: [pid_t]) -> Bool {
    for _ in 0..<1_000 {
      if processes.allSatisfy({ kill($0, 0) != 0 || isZombie($0) }) { return true }
      usleep(10_000)
    }
    return false
  }

  private func isZombie(_ process: pid_t) -> Bool {
    let text = try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8)
    return text?.contains(") Z ") == true
  }

  @Test func silentProgramsAreEndedAfterTheirTime() throws {
    try withScratchFolder { folder in
      let file = folder.appendingPathComponent("number").path
      #expect {
        try teacher("silent", file, timeout: 1.5).observe(Self.inputs)
      } throws: {
        let words = "gave no answer within 1.5 s (it wrote nothing to standard error)"
        return sentence(for: $0).contains(words)
      }
      // A busy machine may not have come to it.
      if let numbers = try? processes(file) { #expect(areGone(numbers)) }
    }
  }

  @Test func cancellingEndsThemAtOnce() throws {
    try withScratchFolder { folder in
      let file = folder.appendingPathComponent("number").path
      var cancelled: Date?
      let work = Work(isCancelled: {
        guard (try? processes(file))?.isEmpty == false else { return false }
        cancelled = cancelled ?? Date()
        return true
      })
      #expect(throws: Stopped.self) {
        _ = try teacher("stubborn", file).answers(to: Self.inputs, work)
      }
      let moment = try #require(cancelled)
      #expect(Date().timeIntervalSince(moment) < 5)
      let numbers = try processes(file)
      #expect(areGone(numbers))
    }
  }

  /// What a program started ends with it, when nobody needs it any more.
  @Test func familiesAreEnded() throws {
    try withScratchFolder { folder in
      let file = folder.appendingPathComponent("numbers").path
      var teacher: ProgramTeacher? = try teacher("family", file)
      _ = try teacher!.observe(Self.inputs)
      let numbers = try processes(file)
      #expect(numbers.count == 2 && numbers.allSatisfy { kill($0, 0) == 0 })
      teacher = nil
      #expect(areGone(numbers))
    }
  }

  @Test func commandsArePartedAsByAShell() throws {
    #expect(try CommandWords.split("python3 teacher.py") == ["python3", "teacher.py"])
    #expect(try CommandWords.split("  a\t'b c'd  \"e \\\"f\\x\" ") == ["a", "b cd", "e \"f\\x"])
    #expect(try CommandWords.split("a\\ b '' $HOME *") == ["a b", "", "$HOME", "*"])
    #expect(try CommandWords.split("sh -c 'a | b'") == ["sh", "-c", "a | b"])
    #expect(try CommandWords.split("grep '|' \\;") == ["grep", "|", ";"])
    for (text, words) in [
      ("a | b", "'|' for a shell"), ("a > b", "'>' for a shell"), ("a 'b", "opens a quote '"),
      ("a \\", "ends with a backslash"), ("  ", "names no program"), ("'' a", "names no program"),
      ("a \0", "character 0"),
    ] {
      #expect {
        try CommandWords.split(text)
      } throws: {
        sentence(for: $0).contains(words)
      }
    }
  }
}

/// Runs `body` with an empty folder that is deleted afterwards.
private func withScratchFolder<Result>(_ body: (URL) throws -> Result) throws -> Result {
  let url = FileManager.default.temporaryDirectory
    .appendingPathComponent("distill-\(UUID().uuidString)")
  try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(at: url) }
  return try body(url)
}

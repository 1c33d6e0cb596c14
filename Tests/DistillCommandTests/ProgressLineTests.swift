import Foundation
import Mathematics
import Testing

@testable import Compression
@testable import DistillCommand
@testable import Exchange
@testable import Experiments
@testable import Runs

@Suite struct ProgressLineTests {
  let clock = FixedClock()
  let transcript = Transcript()

  func progress(
    _ verbosity: Verbosity = .normal,
    isTerminal: Bool = false,
    columns: Int = 80
  ) -> ProgressLine {
    let clock = clock
    return ProgressLine(
      verbosity,
      to: transcript.output(isTerminal: isTerminal, columns: columns),
      clock: { clock.now }
    )
  }

  @Test func terminalShowsBarRateTimeLeftAndLoss() {
    let line = progress(isTerminal: true)
    line.begin("member 1 of 5", of: 60_000)
    clock.now += 4
    line.update(30_000, loss: 0.31249)
    let drawn = transcript.text.components(separatedBy: "\r").last!
    let bar = String(repeating: "━", count: 10) + String(repeating: "─", count: 10)
    let expected = "member 1 of 5  \(bar)   50%  7,500 steps/s  4 s left  loss 0.3125"
    #expect(drawn == expected + "\u{1B}[K")
    #expect(!transcript.text.contains("\n"))
  }

  @Test(arguments: [20, 40, 60, 80, 200])
  func terminalLineNeverFillsTheWidth(columns: Int) {
    let line = progress(isTerminal: true, columns: columns)
    line.begin("soft targets and derivatives", of: 60_000)
    clock.now += 1
    line.update(123, loss: 2.25)
    for drawn in transcript.text.components(separatedBy: "\r") {
      #expect(drawn.replacing("\u{1B}[K", with: "").count < columns)
    }
  }

  @Test func terminalIsRedrawnAtMostTenTimesASecond() {
    let line = progress(isTerminal: true)
    line.begin("work", of: 10_000)
    for step in 1...10_000 {
      clock.now += 0.001
      line.update(step)
    }
    let drawings = transcript.text.components(separatedBy: "\r").count - 1
    // Ten seconds and the first drawing; sums of thousandths round.
    #expect((95...101).contains(drawings))
  }

  @Test func pipeGetsALineForEveryTenthThatTakesLongEnough() {
    let line = progress()
    line.begin("work", of: 1_000)
    for step in 1...1_000 {
      clock.now += 1.0 / 16
      line.update(step, loss: 1)
    }
    line.end()
    // 6.25 s for each tenth; the end has nothing to add to the last.
    #expect(transcript.lines.count == 10)
    #expect(transcript.lines[0] == "work   10%  16 steps/s  56 s left  loss 1")
    #expect(transcript.lines[9] == "work  100%  16 steps/s  took 1 min 03 s  loss 1")
    #expect(!transcript.text.contains("\r") && !transcript.text.contains("\u{1B}"))
  }

  @Test func pipeGetsOneLineForFastWork() {
    let line = progress()
    line.begin("work", of: 1_000)
    for step in 1...1_000 {
      clock.now += 1.0 / 1_024
      line.update(step)
    }
    line.end()
    #expect(transcript.lines == ["work  100%  1,024 steps/s  took 1 s"])
  }

  /// Work that reports few, long parts: the last one is due by itself, and is not said again.
  @Test(arguments: [false, true]) func theEndIsSaidOnce(isTerminal: Bool) {
    for verbosity in [Verbosity.normal, .json] {
      let line = progress(verbosity, isTerminal: isTerminal)
      line.begin("ensemble observed", of: 6_000, "inputs")
      for done in [2_000, 4_000, 6_000] {
        clock.now += 5
        line.update(done)
      }
      line.end()
      let whole = verbosity == .json ? "\"done\":6000" : "100%"
      #expect(transcript.text.components(separatedBy: whole).count == 2, "\(transcript.text)")
      #expect(transcript.text.hasSuffix("\n"))
      transcript.clear()
    }
  }

  /// What came after the last line is said at the end.
  @Test func theEndSaysWhatIsNew() {
    let line = progress()
    line.begin("work", of: 100)
    clock.now += 5
    line.update(50, loss: 2)
    line.update(60, loss: 1)
    line.end()
    #expect(transcript.lines.count == 2 && transcript.lines[1].contains(" 60%"))
  }

  @Test func pipeGetsALineEveryHalfMinuteOfSlowWork() {
    let line = progress()
    line.begin("work", of: 1_000_000)
    for second in 1...90 {
      clock.now += 1
      line.update(second)
    }
    #expect(transcript.lines.count == 3)
  }

  @Test func resumedWorkCountsOnlyItsOwnSteps() {
    let line = progress()
    line.begin("work", of: 1_000, done: 900)
    clock.now += 10
    line.update(950)
    line.end()
    #expect(transcript.lines == ["work   95%  5 steps/s  10 s left"])
  }

  /// How much an earlier run did may be known only when its checkpoint was read.
  @Test func workThatIsTakenUpCountsOnlyItsOwnSteps() {
    let line = progress()
    line.begin("work", of: 1_000)
    line.resume(after: 900)
    clock.now += 10
    line.update(950)
    line.end()
    #expect(transcript.lines == ["work   95%  5 steps/s  10 s left"])
  }

  @Test func workOfUnknownLengthHasNoTimeLeft() {
    let line = progress()
    line.begin("reading", of: nil, "images")
    clock.now += 40
    line.update(12_345)
    #expect(transcript.lines == ["reading  12,345 images  309 images/s"])
  }

  @Test func quietPrintsNothing() {
    let line = progress(.quiet, isTerminal: true)
    line.begin("work", of: 10)
    clock.now += 100
    line.update(10, loss: 1)
    line.end()
    #expect(transcript.text.isEmpty)
  }

  @Test func jsonIsOneObjectALineOnceASecond() throws {
    let line = progress(.json, isTerminal: true)
    line.begin("work", of: 100)
    for step in 1...100 {
      clock.now += 0.25
      line.update(step, loss: step == 100 ? .nan : 0.5)
    }
    line.end()
    // 25 seconds; the last update says all that the end would.
    #expect(transcript.lines.count == 25)
    #expect(
      transcript.lines[0]
        == #"{"done":4,"event":"progress","loss":0.5,"rate":4,"secondsLeft":24,"#
        + #""task":"work","total":100,"unit":"steps"}"#
    )
    #expect(transcript.lines[24].contains(#""loss":"nan""#))
  }

  @Test func remarksMakeRoomForThemselves() {
    let clock = clock
    let console = Console(
      .normal,
      results: transcript.output(),
      remarks: transcript.output(isTerminal: true),
      clock: { clock.now }
    )
    console.progress.begin("work", of: 10)
    console.say("a remark")
    #expect(transcript.text.contains("\r\u{1B}[Ka remark\n\rwork"))
    console.progress.end()
    console.say("another")
    #expect(transcript.text.hasSuffix("\nanother\n"))
  }

  @Test func resultsAreTextOrJson() {
    struct Answer: Encodable { let value = 42 }
    for (verbosity, expected) in [
      (Verbosity.normal, "remark\nforty-two\n"), (.quiet, "forty-two\n"),
      (.json, #"{"event":"remark","text":"remark"}"# + "\n{\"value\":42}\n"),
    ] {
      let transcript = Transcript()
      let console = Console(verbosity, results: transcript.output(), remarks: transcript.output())
      console.say("remark")
      console.show("forty-two", Answer())
      #expect(transcript.text == expected)
    }
  }

  @Test func factsAreOneObject() {
    let console = Console(.json, results: transcript.output(), remarks: transcript.output())
    console.show("two", event: "result", ["b": 2, "a": ["x"]])
    #expect(transcript.text == #"{"a":["x"],"b":2,"event":"result"}"# + "\n")
    transcript.clear()
    Console(.quiet, results: transcript.output(), remarks: transcript.output())
      .show("two", event: "result", ["b": 2])
    #expect(transcript.text == "two\n")
  }

  @Test(arguments: [
    (0.0, "0 s"), (59.6, "1 min 00 s"), (4.4, "4 s"), (125, "2 min 05 s"), (12_000, "3 h 20 min"),
    (.infinity, "a long time"),
  ])
  func durationsReadLikeSpeech(seconds: Double, text: String) {
    #expect(duration(seconds) == text)
  }

  @Test(arguments: [(0, "0"), (999, "999"), (1_000, "1,000"), (-1_234_567, "-1,234,567")])
  func thousandsAreGrouped(number: Int, text: String) {
    #expect(grouped(number) == text)
  }

  /// What is in files goes to the terminal as text only, on every way there.
  @Test(arguments: [Verbosity.normal, .json]) func nobodyElseSteersTheTerminal(_ kind: Verbosity) {
    let transcript = Transcript()
    let output = transcript.output(isTerminal: true)
    let console = Console(kind, results: output, remarks: output)
    let hostile = "\u{1B}]0;title\u{7}\u{9B}2J\r"
    console.say(hostile)
    console.warn(hostile)
    console.show(hostile, [hostile: hostile])
    #expect(!transcript.text.isEmpty)
    for control in ["\u{1B}", "\u{7}", "\u{9B}", "\r"] {
      #expect(!transcript.text.contains(control))
    }
    console.progress.begin(hostile, of: 3)
    console.progress.end()
    #expect(!transcript.text.contains("\u{9B}") && !transcript.text.contains("\u{1B}]"))
  }
}

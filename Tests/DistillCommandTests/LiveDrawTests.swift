import Distill
import Foundation
import Testing

@testable import Compression
@testable import DistillCommand
@testable import Exchange
@testable import Experiments
@testable import Runs

/// Draws from a pipe whose sampler fails, stalls or never begins: what came is not lost, and waiting
/// for more does not block stopping.
@Suite struct LiveDrawTests {
  /// A named pipe that gets `text`, and then stays open until the body has ended where the sampler
  /// stalls.
  ///
  /// - Parameter whenRead: Is called a second after all of `text` was read.
  private func withPipe<Result>(
    _ text: String?,
    stalling: Bool,
    whenRead: @escaping @Sendable () -> Void = {},
    _ body: (_ pipe: String, _ run: URL) throws -> Result
  ) throws -> Result {
    try withScratchFolder { folder in
      let path = folder.appendingPathComponent("pipe").path
      try #require(mkfifo(path, 0o600) == 0)
      let isDone = DispatchSemaphore(value: 0)
      let hasEnded = DispatchSemaphore(value: 0)
      Thread.detachNewThread {
        defer { hasEnded.signal() }
        guard let text else {
          sleep(1)
          return whenRead()
        }
        let pipe = open(path, O_WRONLY)
        _ = text.withCString { write(pipe, $0, strlen($0)) }
        var unread: CInt = 1
        while ioctl(pipe, UInt(FIONREAD), &unread) == 0, unread > 0 { usleep(10_000) }
        sleep(1)
        whenRead()
        if stalling { isDone.wait() }
        close(pipe)
      }
      defer {
        isDone.signal()
        hasEnded.wait()
      }
      return try body(path, folder.appendingPathComponent("run"))
    }
  }

  private func draws(_ count: Int) -> String {
    tableText(["beta"], normals(count, seed: 12).map { [1 + 0.1 * $0] })
  }

  private func arguments(_ pipe: String, _ more: [String]) -> [String] {
    ["--draws", pipe, "--inputs", "gaussian:1"] + more
  }

  private let interruption = Interruption(write: { _ in }, quit: { Issue.record("blocked") })

  /// A sampler that stalls after `text`, and a run that is asked to stop a moment later.
  private func withStalledPipe<Result>(
    _ text: String?,
    _ body: (_ pipe: String, _ run: URL) throws -> Result
  ) throws -> Result {
    let interruption = interruption
    return try withPipe(text, stalling: true, whenRead: { interruption.arrive() }, body)
  }

  @Test(
    arguments: [["--online", "--reuse", "20"], ["--steps", "100"]],
    ["x\n", "1,2\n", "nan\n"]
  )
  func damagedLines(more: [String], line: String) throws {
    try withPipe(draws(400) + line + "1\n", stalling: false) { pipe, run in
      let sentence = refusal {
        try performPredictive(arguments(pipe, more), in: run)
      }
      #expect(sentence?.contains("line 402") == true, "\(sentence ?? "nothing was refused")")
      #expect(sentence?.contains("the student of the 400 draws before is in") == true)
      let table = try written("x1\n3\n", "x.csv", in: run)
      let p = try PredictionTable(predictiveStudent(run), table, quantiles: [0.5]).rows[0][1]
      // σ(3 β) for β near 1.
      #expect(abs(p - 0.95) < 0.03)
    }
  }

  @Test func fewerDrawsThanPromised() throws {
    let text = "# num_samples = 1000\n# save_warmup = 0\n" + draws(300) + "1.0"
    try withPipe(text, stalling: false) { pipe, run in
      let sentence = refusal {
        try performPredictive(arguments(pipe, ["--online", "--reuse", "20"]), in: run)
      }
      #expect(sentence?.contains("has 300 draws where its comments promise 1000") == true)
      _ = try predictiveStudent(run)
    }
  }

  @Test func aStalledSamplerOnline() throws {
    try withStalledPipe(draws(400)) { pipe, run in
      let stop = #expect(throws: Stopped.self) {
        try performPredictive(
          arguments(pipe, ["--online", "--reuse", "20"]),
          in: run,
          interruption: interruption
        )
      }
      #expect(stop?.description.contains("the student so far is in") == true)
      _ = try predictiveStudent(run)
    }
  }

  @Test(arguments: [["--online", "--reuse", "20"], ["--steps", "100"]])
  func aStalledSamplerBeforeTraining(more: [String]) throws {
    try withStalledPipe(draws(100)) { pipe, run in
      let transcript = try performPredictive(
        arguments(pipe, more),
        in: run,
        interruption: interruption
      )
      #expect(transcript.text.contains("trained from the 100 draws that came"))
      _ = try predictiveStudent(run)
    }
  }

  @Test(arguments: ["", "# model = m\n", "beta\n", nil])
  func nothingComes(text: String?) throws {
    try withStalledPipe(text) { pipe, run in
      let stop = #expect(throws: Stopped.self) {
        try performPredictive(arguments(pipe, ["--online"]), in: run, interruption: interruption)
      }
      #expect(stop?.description.contains("before a draw came") == true)
    }
  }

  @Test func aStalledSamplerOfADensity() throws {
    let text = tableText(["y"], normals(3_000, seed: 13).map { [$0] })
    try withStalledPipe(text) { pipe, run in
      #expect(throws: Stopped.self) {
        try performPredictive(
          ["--draws", pipe, "--model", "samples", "--online", "--components", "1"],
          in: run,
          interruption: interruption
        )
      }
      guard case .gaussians(let mixture) = try predictiveStudent(run).family else { return }
      #expect(abs(mixture.mean[0]) < 0.2)
    }
  }
}

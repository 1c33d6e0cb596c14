import Distill
import Foundation
import Testing

@testable import Compression
@testable import DistillCommand
@testable import Exchange
@testable import Experiments
@testable import Runs

/// Runs of `distill predictive` whose draws come from a pipe.
@Suite struct PredictiveResumeTests {
  /// A run whose draws come from a pipe knows them again.
  @Test(arguments: ["batch", "online", "density"])
  func anotherStreamIsRefused(kind: String) throws {
    signal(SIGPIPE, SIG_IGN)
    try withScratchFolder { folder in
      let pipe = NamedPipe(folder.appendingPathComponent("draws.csv"))
      let common = ["--draws", pipe.path, "--batch-size", "20"]
      let regression =
        common + ["--inputs", "gaussian:1", "--parameters", "beta", "--components", "2"]
      let arguments: [String] =
        switch kind {
        case "density":
          common + [
            "--model", "samples", "--parameters", "beta", "--components", "2", "--online",
          ]
        case "online": regression + ["--online", "--reuse", "1"]
        default: regression + ["--steps", "60"]
        }
      func draws(seed: UInt64, count: Int = 1_500) -> String {
        var random = RandomStream(seed: seed)
        let rows = (0..<count).map { _ in "\(random.normal()),\(2 + random.normal())" }
        return (["beta.1,beta.2"] + rows).joined(separator: "\n") + "\n"
      }
      let (whole, parted) = (
        folder.appendingPathComponent("whole"), folder.appendingPathComponent("parted")
      )
      try pipe.giving(draws(seed: 1)) { _ = try performPredictive(arguments, in: whole) }
      #expect(throws: Stopped.self) {
        try pipe.giving(draws(seed: 1)) {
          _ = try performPredictive(arguments, in: parted, stopping: kind == "batch" ? 60 : 14)
        }
      }
      for other in [draws(seed: 2), draws(seed: 1, count: 200)] {
        let reason = refusal {
          try pipe.giving(other) { _ = try performPredictive([], in: parted, resuming: true) }
        }
        #expect(reason?.contains("are not those that the run had read before") == true)
      }
      try pipe.giving(draws(seed: 1)) { _ = try performPredictive([], in: parted, resuming: true) }
      let texts = try [whole, parted].map {
        try Data(contentsOf: $0.appendingPathComponent("student.json"))
      }
      #expect(texts[0] == texts[1])
    }
  }
}

/// A named pipe, into which a text is written while somebody reads.
private final class NamedPipe: Sendable {
  let path: String

  init(_ url: URL) {
    path = url.path
    mkfifo(path, 0o600)
  }

  func giving(_ text: String, _ work: () throws -> Void) throws {
    let isOver = DispatchSemaphore(value: 0)
    let ended = DispatchSemaphore(value: 0)
    Thread.detachNewThread { [self] in
      var descriptor: Int32 = -1
      var rest = Array(text.utf8)[...]
      while !rest.isEmpty, isOver.wait(timeout: .now() + 0.001) == .timedOut {
        // There is nobody to open it for until the work reads.
        if descriptor < 0 { descriptor = open(path, O_WRONLY | O_NONBLOCK) }
        let count = rest.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
        if count > 0 { rest = rest.dropFirst(count) }
      }
      if descriptor >= 0 { close(descriptor) }
      ended.signal()
    }
    defer {
      isOver.signal()
      ended.wait()
    }
    try work()
  }
}

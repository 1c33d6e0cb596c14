import Foundation
import Testing

@testable import Compression
@testable import DistillCommand
@testable import Exchange
@testable import Experiments
@testable import Runs

@Suite struct InterruptionTests {
  @Test func firstSignalAsksAndSecondQuits() {
    let (said, quits) = (Transcript(), Transcript())
    let interruption = Interruption(write: { said.append($0) }, quit: { quits.append("quit") })
    #expect(!interruption.isRequested)

    interruption.arrive()
    #expect(interruption.isRequested)
    #expect(said.lines == ["stopping after this step; press again to quit at once"])
    #expect(quits.text.isEmpty)

    interruption.arrive()
    #expect(quits.text == "quit")
    #expect(said.lines.count == 1)
  }

  /// A terminal that closes says so more than once. (By a signal that other tests do not hear.)
  @Test func hangingUpOnlyAsks() throws {
    let quits = Transcript()
    let interruption = Interruption(write: { _ in }, quit: { quits.append("quit") })
    interruption.listen(to: [], hangingUp: SIGWINCH)
    try withExtendedLifetime(interruption) {
      for _ in 0..<3 {
        kill(getpid(), SIGWINCH)
        let deadline = Date(timeIntervalSinceNow: 20)
        while !interruption.isRequested && Date() < deadline { usleep(1_000) }
        try #require(interruption.isRequested)
        usleep(20_000)
      }
      #expect(quits.text.isEmpty)
    }
    // As nohup begins programs: nobody hears it.
    signal(SIGWINCH, SIG_IGN)
    let deaf = Interruption(write: { _ in }, quit: {})
    deaf.listen(to: [], hangingUp: SIGWINCH)
    kill(getpid(), SIGWINCH)
    usleep(50_000)
    #expect(!deaf.isRequested)
  }

  @Test func signalsOfTheSystemArrive() throws {
    let quits = DispatchSemaphore(value: 0)
    let interruption = Interruption(write: { _ in }, quit: { quits.signal() })
    interruption.listen(to: [SIGUSR1, SIGUSR2], hangingUp: SIGURG)
    try withExtendedLifetime(interruption) {
      kill(getpid(), SIGUSR1)
      let deadline = Date(timeIntervalSinceNow: 20)
      while !interruption.isRequested && Date() < deadline { usleep(1_000) }
      try #require(interruption.isRequested)
      kill(getpid(), SIGUSR2)
      #expect(quits.wait(timeout: .now() + 20) == .success)
    }
  }
}

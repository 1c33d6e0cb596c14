import Foundation
import Testing

@testable import DistillCommand

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
}

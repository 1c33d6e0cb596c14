import Foundation
import Testing

@testable import Exchange

@Suite struct RunLockHolderTests {
  @Test func aLockSaysProcessAndMachine() throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    defer { try? FileManager.default.removeItem(at: folder) }
    #expect(RunLock.holder(in: folder) == nil && !RunLock.isHeld(folder))
    let lock = try RunLock(folder)
    let holder = try #require(RunLock.holder(in: folder))
    #expect(holder.process == getpid() && holder.host == RunLock.host && holder.isHere)
    #expect(RunLock.isHeld(folder))
    #expect(throws: RunLock.Held.self) { try RunLock(folder) }
    lock.release()
    let error = #expect(throws: RunError.self) { try RunLock.interrupt(folder) }
    #expect(error?.description == "no process works in '\(folder.path)'")
  }

  /// Of earlier versions, of other machines, and of other programs.
  @Test(
    arguments: [
      ("12\n", 12, nil), ("12 node-3.cluster\n", 12, "node-3.cluster"), ("12 a b\n", nil, nil),
      ("12 é\n", nil, nil), ("-4 here\n", nil, nil), ("x\n", nil, nil), ("", nil, nil),
      ("99999999999\n", nil, nil),
    ] as [(String, Int32?, String?)]
  )
  func textsAreUnderstood(text: String, process: Int32?, host: String?) {
    let holder = RunLock.Holder(text)
    #expect(holder?.process == process && holder?.host == host)
  }
}

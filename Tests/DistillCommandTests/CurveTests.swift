import Distill
import Foundation
import Testing

@testable import DistillCommand
@testable import Exchange
@testable import Runs

/// The curves of a run in TensorBoard's format, read back by the format's definition.
@Suite struct CurveTests {
  struct Point: Equatable {
    let step: Int
    let tag: String
    let value: Float
  }

  /// The records of a file: lengths, checksums and messages.
  private func records(_ file: URL) throws -> [Data] {
    let bytes = [UInt8](try Data(contentsOf: file))
    var (place, found) = (0, [Data]())
    func number(_ start: Int, _ count: Int) -> UInt64 {
      (0..<count).reduce(0) { $0 | UInt64(bytes[start + $1]) << (8 * UInt64($1)) }
    }
    while place < bytes.count {
      let length = Int(number(place, 8))
      #expect(number(place + 8, 4) == masked(Array(bytes[place..<place + 8])))
      let content = Array(bytes[place + 12..<place + 12 + length])
      #expect(number(place + 12 + length, 4) == masked(content))
      found.append(Data(content))
      place += 16 + length
    }
    return found
  }

  /// CRC-32C bit by bit, the highest bit first, with the mask of the format.
  private func masked(_ bytes: [UInt8]) -> UInt64 {
    func reversed(_ value: UInt64, _ count: Int) -> UInt64 {
      (0..<count).reduce(0) { $0 | (value >> UInt64($1) & 1) << UInt64(count - 1 - $1) }
    }
    var sum: UInt64 = 0xffff_ffff
    for byte in bytes {
      sum ^= reversed(UInt64(byte), 8) << 24
      for _ in 0..<8 { sum = (sum << 1 ^ (sum >> 31 & 1) * 0x1_1edc_6f41) & 0xffff_ffff }
    }
    let crc = reversed(sum ^ 0xffff_ffff, 32)
    return ((crc >> 15 | crc << 17) + 0xa282_ead8) & 0xffff_ffff
  }

  private func points(in folder: URL) throws -> (points: [Point], restarts: [Int]) {
    var (all, restarts) = ([Point](), [Int]())
    for name in try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted() {
      for record in try records(folder.appendingPathComponent(name)) {
        let file = folder.deletingLastPathComponent().appendingPathComponent("record")
        try record.write(to: file)
        var (step, found, isStart) = (0, [(String, Float)](), false)
        try WireMessage(file).forEachField { number, value in
          switch (number, value) {
          case (2, .integer(let own)): step = Int(own)
          case (7, .bytes): isStart = true
          case (5, .bytes(let summary)):
            try summary.forEachField { _, value in
              guard case .bytes(let scalar) = value else { return }
              var (tag, number) = ("", Float.nan)
              try scalar.forEachField { field, value in
                if case (1, .bytes(let text)) = (field, value) { tag = try text.text() }
                if case (2, .bits32(let bits)) = (field, value) { number = Float(bitPattern: bits) }
              }
              found.append((tag, number))
            }
          default: break
          }
        }
        if isStart { restarts.append(step) }
        all += found.map { Point(step: step, tag: $0.0, value: $0.1) }
      }
    }
    return (all, restarts)
  }

  @Test func theChecksumIsTheKnownOne() {
    let crc: UInt64 = 0xe306_9283  // of the digits 1 to 9, in every description of CRC-32C
    #expect(
      masked(Array("123456789".utf8)) == ((crc >> 15 | crc << 17) + 0xa282_ead8) & 0xffff_ffff
    )
  }

  @Test func lossAndLooksAreInTheFilesOfTheirNetworks() throws {
    try withScratchFolder { place in
      var said: [String] = []
      let recorder = CurveRecorder { said.append($0) }
      let work = Work(report: recorder.take)
      work.open(place)
      for name in ["student", "control"] {
        work.begin(name, of: 1_000)
        for step in 1...1_000 { work.update(step, loss: 1 / Double(step)) }
        work.measure(at: 1_000, ["validation/KL from the teacher": 0.25])
        work.end()
      }
      work.begin("teacher observed", of: 10, "examples")
      work.update(10)
      work.end()
      let folder = place.appendingPathComponent("curves")
      #expect(
        try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
          == ["control", RunJournal.name, "student"]
      )
      let (found, restarts) = try points(in: folder.appendingPathComponent("student"))
      let losses = found.filter { $0.tag == "loss" }
      #expect(losses.count == 500 && restarts.isEmpty)
      #expect(losses.allSatisfy { $0.value == Float(1 / Double($0.step)) })
      #expect(
        found.last == Point(step: 1_000, tag: "validation/KL from the teacher", value: 0.25)
      )
      #expect(found.contains { $0.tag == "steps per second" && $0.value > 0 } && said.isEmpty)
    }
  }

  /// What was written of steps that are made again counts no more.
  @Test func aRunThatGoesOnSaysFromWhere() throws {
    try withScratchFolder { place in
      for done in [0, 5] {
        let recorder = CurveRecorder { Issue.record("\($0)") }
        let work = Work(report: recorder.take)
        work.open(place)
        work.begin("student", of: 10)
        if done > 0 { work.resume(after: done) }
        for step in done + 1...10 { work.update(step, loss: 1) }
        work.end()
      }
      let (_, restarts) = try points(in: place.appendingPathComponent("curves/student"))
      #expect(restarts == [6])
    }
  }

  @Test func aRunIsWorthMoreThanItsCurves() throws {
    try withScratchFolder { place in
      try Data().write(to: place.appendingPathComponent("curves"))
      var said: [String] = []
      let work = Work(report: CurveRecorder { said.append($0) }.take)
      work.open(place)
      work.begin("student", of: 10)
      for step in 1...10 { work.update(step, loss: 1) }
      work.end()
      #expect(said.count == 1 && said[0].hasPrefix("there are no curves for TensorBoard: cannot"))
    }
  }

  /// What is seen of one network is not put into the curve of another: a certificate trains many of
  /// them in one run.
  @Test func looksBelongToTheWorkThatGoesOn() throws {
    try withScratchFolder { place in
      let work = Work(report: CurveRecorder { Issue.record("\($0)") }.take)
      work.open(place)
      for (name, value) in [("student", 0.25), ("student, seed 2", 0.5)] {
        work.begin(name, of: 10)
        work.measure(at: 10, ["validation": value])
        work.end()
        // Nothing goes on: it is of nobody.
        work.measure(at: 20, ["validation": 9])
      }
      let curves = place.appendingPathComponent("curves")
      let first = try points(in: curves.appendingPathComponent("student")).points
      #expect(first == [Point(step: 10, tag: "validation", value: 0.25)])
      let other = try points(in: curves.appendingPathComponent("student--seed-2")).points
      #expect(other == [Point(step: 10, tag: "validation", value: 0.5)])
    }
  }
}

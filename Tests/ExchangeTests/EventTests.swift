import Foundation
import Tensors
import Testing

@testable import Exchange

/// Event files beside those of TensorBoard's own writer, which `Tools/reference/events.py` wrote.
@Suite struct EventTests {
  private func withFolder<Result>(_ body: (URL) throws -> Result) throws -> Result {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    return try body(folder)
  }

  /// A run that went on after step 30, and the half of a record.
  @Test func filesOfTensorBoardAreRead() {
    let reader = EventReader(Fixtures.url("events/student"))
    #expect(reader.refresh() && !reader.refresh())
    let loss = reader.curves["loss"] ?? []
    #expect(loss.map(\.step) == [0, 10, 20, 30, 40, 50, 60, 70])
    for point in loss {
      let own = Float(1) / Float(1 + point.step + (point.step < 30 ? 0 : 30))
      #expect(Float(point.value) == own)
    }
    #expect(reader.curves["größer"]?.map(\.value) == loss.map { Double($0.step) })
  }

  @Test func whatIsWrittenIsReadAsItComes() throws {
    try withFolder { folder in
      let reader = EventReader(folder)
      #expect(!reader.refresh())
      let file = try EventFile(in: folder)
      for step in 1...3 {
        file.append([("loss", 0.5 / Double(step)), ("speed", .infinity)], step: step)
        try file.flush()
        #expect(reader.refresh())
      }
      #expect(reader.curves["loss"]?.map(\.step) == [1, 2, 3])
      #expect(reader.curves["loss"]?.last?.value == Double(Float(0.5 / 3)))
      #expect(reader.curves["speed"]?.allSatisfy { $0.value == .infinity } == true)
      let again = try EventFile(in: folder, after: 1)
      again.append([("loss", 9)], step: 2)
      try again.flush()
      reader.refresh()
      // Names of one second may sort either way.
      #expect(reader.curves["loss"]?.contains(.init(step: 2, value: 9)) == true)
    }
  }

  @Test func whatIsDamagedEndsTheFile() throws {
    try withFolder { folder in
      let file = try EventFile(in: folder)
      for step in 1...4 { file.append([("loss", 1)], step: step) }
      try file.flush()
      let name = try #require(FileManager.default.contentsOfDirectory(atPath: folder.path).first)
      let place = folder.appendingPathComponent(name)
      let whole = try Data(contentsOf: place)
      for index in stride(from: 0, to: whole.count, by: 7) {
        var bytes = whole
        bytes[index] ^= 0x41
        try bytes.write(to: place)
        let reader = EventReader(folder)
        reader.refresh()
        #expect((reader.curves["loss"] ?? []).count < 4)
      }
    }
  }

  /// Those of trials, which lie a folder deeper, too; what a link leads to is somebody else's.
  @Test func onlyOwnFilesAreRemoved() throws {
    try withFolder { place in
      let curves = place.appendingPathComponent("curves")
      let others = place.appendingPathComponent("others")
      for folder in [
        curves.appendingPathComponent("student"), curves.appendingPathComponent("trials/first"),
        others,
      ] {
        try EventFile(in: folder).flush()
      }
      try FileManager.default.createSymbolicLink(
        at: curves.appendingPathComponent("linked"),
        withDestinationURL: others
      )
      EventFile.removeAll(in: curves)
      let manager = FileManager.default
      #expect(try manager.contentsOfDirectory(atPath: curves.path) == ["linked"])
      #expect(try manager.contentsOfDirectory(atPath: others.path).count == 1)
    }
  }

  @Test func curvesOfAnybodyAreBounded() throws {
    try withFolder { folder in
      let file = try EventFile(in: folder)
      for step in 0..<10_000 { file.append([("loss", Double(step))], step: step) }
      for tag in 0..<400 { file.append([("tag \(tag)", 1)], step: 1) }
      try file.flush()
      let reader = EventReader(folder)
      reader.refresh()
      #expect(reader.curves.count == 200 && reader.curves["loss"]!.count <= 4_096)
      #expect(reader.curves["loss"]!.last!.step == 9_999)
    }
  }

  /// The contents that TensorBoard's own messages have.
  @Test func aTrialIsARowOfTheTable() throws {
    let right = try JSONDecoder().decode(
      [String: String].self,
      from: Data(contentsOf: Fixtures.url("events/trial.json"))
    )
    try withFolder { folder in
      let file = try EventFile(in: folder)
      file.append(
        trial: [
          ("learning rate", .number(0.003)), ("loss", .text("softCrossEntropy(temperature: 4)")),
          ("steps", .number(200)),
        ],
        measuring: [("validation/KL from the teacher", 0.25)],
        now: Date(timeIntervalSince1970: 1.5)
      )
      try file.flush()
      let name = try #require(FileManager.default.contentsOfDirectory(atPath: folder.path).first)
      var found: [String: String] = [:]
      try forEachValue(folder.appendingPathComponent(name)) { tag, value in
        try value.forEachField { field, metadata in
          guard case (9, .bytes(let metadata)) = (field, metadata) else { return }
          try metadata.forEachField { field, plugin in
            guard case (1, .bytes(let plugin)) = (field, plugin) else { return }
            try plugin.forEachField { field, part in
              guard case .bytes(let part) = part else { return }
              let bytes = try part.bytes(0..<part.byteCount)
              if field == 1 { #expect(bytes == Array("hparams".utf8)) }
              if field == 2 { found[tag] = bytes.map { String(format: "%02x", $0) }.joined() }
            }
          }
        }
      }
      #expect(found == right)
    }
  }

  @Test func picturesSayHowLargeTheyAre() throws {
    try withFolder { folder in
      let file = try EventFile(in: folder)
      let png = PNG.bytes(Tensor.zeros([5, 7, 3], .uint8))
      file.append(png: png, tag: "examples", step: 3)
      file.append(png: [1, 2, 3], tag: "no picture", step: 3)
      try file.flush()
      let name = try #require(FileManager.default.contentsOfDirectory(atPath: folder.path).first)
      var sizes: [Int: UInt64] = [:]
      try forEachValue(folder.appendingPathComponent(name)) { tag, value in
        #expect(tag == "examples")
        try value.forEachField { field, image in
          guard case (4, .bytes(let image)) = (field, image) else { return }
          try image.forEachField { field, part in
            if case .integer(let number) = part { sizes[field] = number }
            if case .bytes(let content) = part {
              let bytes = try content.bytes(0..<content.byteCount)
              #expect(bytes == png)
            }
          }
        }
      }
      #expect(sizes == [1: 5, 2: 7, 3: 3])
    }
  }

  /// The values in the summaries of a file, by their tags.
  private func forEachValue(_ url: URL, _ body: (String, WireMessage) throws -> Void) throws {
    let file = try WireMessage(url)
    var place = 0
    while place < file.byteCount {
      let length = try file.bytes(place..<place + 8).reversed().reduce(0) { $0 << 8 | Int($1) }
      try file.part(place + 12..<place + 12 + length).forEachField { field, summary in
        guard case (5, .bytes(let summary)) = (field, summary) else { return }
        try summary.forEachField { _, value in
          guard case .bytes(let value) = value else { return }
          var tag = ""
          try value.forEachField { field, text in
            if case (1, .bytes(let text)) = (field, text) { tag = try text.text() }
          }
          try body(tag, value)
        }
      }
      place += 16 + length
    }
  }
}

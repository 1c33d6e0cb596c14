import Foundation

/// Reads the numbers in the event files of a folder as they come: the curves of one network.
///
/// What is damaged, and what is no number, is passed over.
package final class EventReader {
  package struct Point: Equatable, Sendable {
    package let step: Int
    package let value: Double

    package init(step: Int, value: Double) { (self.step, self.value) = (step, value) }
  }

  /// The points of each tag in the order of steps.
  package private(set) var curves: [String: [Point]] = [:]
  private let folder: URL
  private var read: [String: Int] = [:]

  /// Files may be anybody's.
  private static let (mostTags, mostPoints, longestRecord) = (200, 4_096, 1 << 26)

  package init(_ folder: URL) { self.folder = folder }

  /// Reads what was written since.
  ///
  /// - Returns: Whether there was anything.
  @discardableResult
  package func refresh() -> Bool {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    var isNew = false
    for name in names.sorted() where name.hasPrefix("events.out.tfevents.") {
      guard let file = try? WireMessage(folder.appendingPathComponent(name)) else { continue }
      var place = read[name] ?? 0
      while let record = try? record(in: file, at: place) {
        try? take(record.event)
        place = record.end
        isNew = true
      }
      read[name] = place
    }
    return isNew
  }

  /// The whole record at a place; nil at the end, and where it is still being written.
  private func record(
    in file: WireMessage,
    at place: Int
  ) throws -> (event: WireMessage, end: Int)? {
    guard place + 12 <= file.byteCount else { return nil }
    let header = try file.bytes(place..<place + 8)
    let length = header.reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    guard length <= Self.longestRecord, place + 16 + Int(length) <= file.byteCount else {
      return nil
    }
    let content = place + 12..<place + 12 + Int(length)
    guard try file.bytes(place + 8..<place + 12) == EventFile.checksum(header),
      try file.bytes(content.upperBound..<content.upperBound + 4)
        == EventFile.checksum(file.bytes(content))
    else { return nil }
    return (file.part(content), content.upperBound + 4)
  }

  private func take(_ event: WireMessage) throws {
    var step = 0
    var (values, isStart): ([(String, Double)], Bool) = ([], false)
    try event.forEachField { field, value in
      switch (field, value) {
      case (2, .integer(let number)): step = Int(exactly: number) ?? 0
      case (5, .bytes(let summary)): try Self.collect(summary, &values)
      case (7, .bytes): isStart = true
      default: break
      }
    }
    // A run that goes on makes steps again: what was written of them counts no more.
    if isStart { curves = curves.mapValues { points in points.filter { $0.step < step } } }
    for (tag, value) in values where curves[tag] != nil || curves.count < Self.mostTags {
      curves[tag, default: []].append(Point(step: step, value: value))
      if curves[tag]!.count > Self.mostPoints {
        curves[tag] = curves[tag]!.enumerated().filter { $0.offset % 2 == 1 }.map(\.element)
      }
    }
  }

  private static func collect(_ summary: WireMessage, _ values: inout [(String, Double)]) throws {
    try summary.forEachField { field, value in
      guard field == 1, case .bytes(let entry) = value else { return }
      var (tag, number): (String?, Double?) = (nil, nil)
      try entry.forEachField { field, value in
        if case (1, .bytes(let text)) = (field, value), text.byteCount <= 300 {
          tag = try text.text()
        }
        if case (2, .bits32(let bits)) = (field, value) {
          number = Double(Float(bitPattern: bits))
        }
      }
      if let tag, let number { values.append((tag, number)) }
    }
  }
}

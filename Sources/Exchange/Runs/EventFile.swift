import Foundation

/// Numbers over steps in TensorBoard's event format: records with a length and checksums (masked
/// CRC-32C), each an `Event` of `tensorflow/core/util/event.proto`.
///
/// A file grows while a run goes on, and its reader takes every whole record. It is always a new one.
package final class EventFile {
  /// The examples at which student and teacher differ most, beside the folders of networks.
  package static let differences = "differences.json"

  private static let prefix = "events.out.tfevents."

  private let file: FileHandle
  private var buffer: [UInt8] = []

  /// - Parameters:
  ///   - folder: Made if it is not there. Files of one folder are one curve for each tag.
  ///   - step: Where an earlier run left off, if it did: what it wrote of later steps counts no more.
  /// - Throws: `RunError` when no file can be made.
  package init(in folder: URL, after step: Int? = nil, now: Date = Date()) throws {
    do {
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    } catch {
      throw RunError("cannot make the folder '\(folder.path)': \(sentence(for: error))")
    }
    let seconds = Int(now.timeIntervalSince1970)
    let name = "\(Self.prefix)\(seconds).distill.\(getpid()).\(UInt32.random(in: 0...9_999))"
    let path = folder.appendingPathComponent(name).path
    let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else {
      throw RunError("cannot write '\(path)': \(POSIXError.last.reason.lowercased())")
    }
    file = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
    var version = ProtobufMessage()
    version.append(1, now.timeIntervalSince1970)
    version.append(3, "brain.Event:2")
    append(version)
    guard let step else { return }
    var start = ProtobufMessage()
    start.append(1, 1)
    var session = ProtobufMessage()
    session.append(1, now.timeIntervalSince1970)
    session.append(2, step + 1)
    session.append(7, start)
    append(session)
  }

  /// Adds numbers of a step; they are in the file after ``flush()``.
  package func append(_ values: [(tag: String, value: Double)], step: Int, now: Date = Date()) {
    var summary = ProtobufMessage()
    for (tag, value) in values {
      var scalar = ProtobufMessage()
      scalar.append(1, tag)
      scalar.append(2, Float(value))
      summary.append(1, scalar)
    }
    append(summary: summary, step: step, now: now)
  }

  /// Adds a `tensorflow.Summary` of a step.
  func append(summary: ProtobufMessage, step: Int, now: Date) {
    var event = ProtobufMessage()
    event.append(1, now.timeIntervalSince1970)
    event.append(2, max(step, 0))
    event.append(5, summary)
    append(event)
  }

  /// - Throws: The system's error when the file cannot be written.
  package func flush() throws {
    guard !buffer.isEmpty else { return }
    let bytes = Data(buffer)
    buffer = []
    try file.write(contentsOf: bytes)
  }

  /// Deletes the files that such objects made in the folders of a folder, what is beside these folders,
  /// and folders that are then empty.
  static func removeAll(in folder: URL) {
    for name in [RunJournal.name, differences] {
      unlink(folder.appendingPathComponent(name).path)
    }
    removeFiles(in: folder.path, below: 2)
  }

  /// Links are left alone: what is behind them is not of the run.
  private static func removeFiles(in folder: String, below depth: Int) {
    var status = stat()
    guard lstat(folder, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else { return }
    for name in (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? [] {
      if name.hasPrefix(prefix) {
        unlink("\(folder)/\(name)")
      } else if depth > 0 {
        removeFiles(in: "\(folder)/\(name)", below: depth - 1)
      }
    }
    rmdir(folder)
  }

  private func append(_ event: ProtobufMessage) {
    var length: [UInt8] = []
    withUnsafeBytes(of: UInt64(event.bytes.count).littleEndian) { length += $0 }
    buffer += length + Self.checksum(length) + event.bytes + Self.checksum(event.bytes)
  }

  /// The masked CRC-32C of bytes, as records have it.
  static func checksum(_ bytes: [UInt8]) -> [UInt8] {
    var sum: UInt32 = .max
    for byte in bytes { sum = table[Int(UInt8(truncatingIfNeeded: sum) ^ byte)] ^ sum >> 8 }
    sum = ~sum
    let masked = (sum >> 15 | sum << 17) &+ 0xa282_ead8
    return withUnsafeBytes(of: masked.littleEndian) { Array($0) }
  }

  /// Of the polynomial of Castagnoli, the lowest bit first.
  private static let table: [UInt32] = (0..<256).map { byte in
    (0..<8).reduce(UInt32(byte)) { sum, _ in sum & 1 == 0 ? sum >> 1 : 0x82f6_3b78 ^ sum >> 1 }
  }
}

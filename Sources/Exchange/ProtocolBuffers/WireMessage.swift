import Foundation
import Tensors

/// A message in the wire format of protocol buffers: a part of a file, which is walked through field
/// by field while its long contents stay on disk.
package struct WireMessage {
  package enum Value {
    case integer(UInt64)
    case bits64(UInt64)
    case bits32(UInt32)
    /// Text, bytes, another message, or numbers one after another.
    case bytes(WireMessage)
  }

  private let window: FileWindow
  private let range: Range<Int>

  private init(_ window: FileWindow, _ range: Range<Int>) {
    (self.window, self.range) = (window, range)
  }

  /// A file that is one message.
  package init(_ url: URL) throws {
    let file = try OpenFile(url)
    self.init(FileWindow(file), 0..<file.size)
  }

  package var url: URL { window.file.url }
  package var byteCount: Int { range.count }

  /// A part of it that is a message of its own.
  package func part(_ place: Range<Int>) -> WireMessage {
    precondition(place.lowerBound >= 0 && place.upperBound <= byteCount, "WireMessage: \(place)")
    return WireMessage(
      window,
      range.lowerBound + place.lowerBound..<range.lowerBound + place.upperBound
    )
  }

  /// Some of its bytes.
  package func bytes(_ place: Range<Int>) throws -> [UInt8] {
    let part = part(place).range
    return part.isEmpty ? [] : try window.bytes(part)
  }

  /// Calls `body` with the number and value of every field.
  ///
  /// - Throws: `FileError` when the bytes are no message, and what `body` throws.
  package func forEachField(_ body: (_ number: Int, _ value: Value) throws -> Void) throws {
    var place = range.lowerBound
    while place < range.upperBound {
      let key = try varint(&place)
      guard let number = Int(exactly: key >> 3), (1..<1 << 29).contains(number) else {
        throw damaged(place)
      }
      switch key & 7 {
      case 0: try body(number, .integer(varint(&place)))
      case 1: try body(number, .bits64(fixed(&place, 8)))
      case 2:
        guard let length = Int(exactly: try varint(&place)), length <= range.upperBound - place
        else { throw damaged(place) }
        try body(number, .bytes(WireMessage(window, place..<place + length)))
        place += length
      case 5: try body(number, .bits32(UInt32(fixed(&place, 4))))
      default: throw damaged(place)
      }
    }
  }

  /// All bytes of it.
  func content() throws -> [UInt8] { try window.bytes(range) }

  /// The same message with some of its fields written anew.
  ///
  /// - Parameter change: What a field of bytes becomes; nil leaves it as it is.
  /// - Throws: `FileError` when the bytes are no message, and what `change` throws.
  package func rewritten(
    _ change: (_ number: Int, _ value: WireMessage) throws -> ProtobufMessage?
  ) throws -> ProtobufMessage {
    var message = ProtobufMessage()
    try forEachField { number, value in
      if case .bytes(let part) = value, let new = try change(number, part) {
        message.append(number, new)
      } else {
        try message.append(number, value)
      }
    }
    return message
  }

  /// The numbers of a packed list.
  package func forEachInteger(_ body: (UInt64) throws -> Void) throws {
    var place = range.lowerBound
    while place < range.upperBound { try body(varint(&place)) }
  }

  /// The bytes as UTF-8.
  ///
  /// - Throws: `FileError` when they are not, or are more than names ever are.
  package func text() throws -> String {
    guard range.count <= 1 << 20,
      let text = String(validating: try window.bytes(range), as: UTF8.self)
    else { throw damaged(range.lowerBound) }
    return text
  }

  /// The bytes as little-endian numbers, read straight into a tensor.
  ///
  /// - Throws: `FileError` when there are fewer or more of them.
  package func numbers(_ shape: [Int], _ type: ElementType) throws -> Tensor {
    try Self.numbers(FileBytes(window.file, range), shape, type)
  }

  /// The same out of another file.
  package static func numbers(
    in url: URL,
    at offset: Int,
    length: Int?,
    _ shape: [Int],
    _ type: ElementType
  ) throws -> Tensor {
    let file = try OpenFile(url)
    guard offset >= 0, offset <= file.size, let count = Exchange.byteCount(shape, type),
      (length ?? count) == count, count <= file.size - offset
    else {
      throw FileError(
        url,
        at: .byte(offset),
        "a tensor of shape \(shape) is said to be here and does not fit",
        FileError.fetchAgain
      )
    }
    return try numbers(FileBytes(file, offset..<offset + count), shape, type)
  }

  private static func numbers(
    _ bytes: FileBytes,
    _ shape: [Int],
    _ type: ElementType
  ) throws -> Tensor {
    let numbers = try bytes.elements(shape, type, isBigEndian: false)
    try bytes.requireEnd()
    return numbers
  }

  private func varint(_ place: inout Int) throws -> UInt64 {
    var number: UInt64 = 0
    for shift in stride(from: 0, to: 70, by: 7) {
      guard place < range.upperBound else { throw damaged(place) }
      let byte = try window.byte(place)
      place += 1
      guard shift < 63 || byte <= 1 else { throw damaged(place) }
      number |= UInt64(byte & 0x7f) << UInt64(shift)
      if byte < 0x80 { return number }
    }
    throw damaged(place)
  }

  private func fixed(_ place: inout Int, _ count: Int) throws -> UInt64 {
    guard count <= range.upperBound - place else { throw damaged(place) }
    var number: UInt64 = 0
    for index in 0..<count { number |= UInt64(try window.byte(place + index)) << UInt64(8 * index) }
    place += count
    return number
  }

  private func damaged(_ place: Int) -> FileError {
    FileError(
      url,
      at: .byte(place),
      "the file is damaged, or no protocol buffer",
      FileError.fetchAgain
    )
  }
}

/// A file whose neighbouring bytes are read together.
private final class FileWindow {
  let file: OpenFile
  private var block: [UInt8] = []
  private var start = 0

  init(_ file: OpenFile) { self.file = file }

  func byte(_ place: Int) throws -> UInt8 {
    if place < start || place >= start + block.count {
      block = try bytes(place..<min(place + 1 << 16, file.size))
      start = place
    }
    return block[place - start]
  }

  func bytes(_ range: Range<Int>) throws -> [UInt8] {
    try FileBytes(file, range).header(range.count, "the file")
  }
}

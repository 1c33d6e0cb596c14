import Foundation
import Tensors

/// A safetensors file whose header was read.
struct OpenSafetensors {
  let header: SafetensorsHeader
  /// The byte of the file that the numbers start at.
  let start: Int
  private let url: URL
  private let file: FileHandle

  /// - Throws: ``WeightsError`` in one sentence when there is no such file, or its header is unsound.
  init(_ url: URL) throws {
    self.url = url
    // Weights in the folders of other programs are often links.
    let target = url.resolvingSymlinksInPath().path
    let attributes = try? FileManager.default.attributesOfItem(atPath: target)
    guard let attributes, let size = (attributes[.size] as? NSNumber)?.intValue else {
      throw Self.refused(url, "there is no such file")
    }
    guard attributes[.type] as? FileAttributeType == .typeRegular else {
      throw Self.refused(url, "it is not a file")
    }
    guard let file = try? FileHandle(forReadingFrom: url) else {
      throw Self.refused(url, "it may not be opened")
    }
    self.file = file
    let beginning = try Self.next(8, of: file, url)
    guard !beginning.starts(with: Data("PK\u{3}\u{4}".utf8)) else {
      throw Self.refused(
        url,
        "it is a zip archive, such as torch.save writes; save the weights with "
          + "safetensors.torch.save_file"
      )
    }
    let length = beginning.reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    guard length <= 100_000_000, Int(length) <= size - 8 else {
      throw Self.refused(url, "its header claims \(length) bytes, and the file has \(size)")
    }
    start = 8 + Int(length)
    do {
      header = try SafetensorsHeader(
        parsing: try Self.next(Int(length), of: file, url),
        dataBytes: size - start
      )
    } catch let failure as JSONValue.Failure {
      throw Self.refused(url, failure.reason)
    }
  }

  /// The bytes that follow those read so far.
  func next(_ count: Int) throws -> Data { try Self.next(count, of: file, url) }

  func refused(_ reason: String) -> WeightsError { Self.refused(url, reason) }

  private static func next(_ count: Int, of file: FileHandle, _ url: URL) throws -> Data {
    if count == 0 { return Data() }
    guard let data = try? file.read(upToCount: count), data.count == count else {
      throw refused(url, "it ends too early")
    }
    return data
  }

  private static func refused(_ url: URL, _ reason: String) -> WeightsError {
    WeightsError("cannot read '\(url.path)' as safetensors: \(reason)")
  }
}

extension Safetensors {
  /// Where a tensor lies in a file.
  package struct Place: Equatable, Sendable {
    package let elementType: ElementType
    package let shape: [Int]
    /// Of its numbers, from the beginning of the file.
    package let bytes: Range<Int>
  }

  /// Where the tensors of a file lie, so that parts of them can be read alone, and the text beside them.
  ///
  /// - Throws: ``WeightsError`` as ``read(from:)`` does.
  package static func layout(
    of url: URL
  ) throws -> (places: [String: Place], metadata: [String: String]) {
    let file = try OpenSafetensors(url)
    var places: [String: Place] = [:]
    for entry in file.header.entries {
      places[entry.name] = Place(
        elementType: entry.elementType,
        shape: entry.shape,
        bytes: entry.bytes.lowerBound + file.start..<entry.bytes.upperBound + file.start
      )
    }
    return (places, file.header.metadata)
  }
}

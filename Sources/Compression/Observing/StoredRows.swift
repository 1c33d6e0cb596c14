import Exchange
import Foundation
import Networks
import Tensors

/// Reads rows of a store: from memory where it is small, else from its files as they are asked for.
final class StoredRows {
  let description: StoreDescription
  private let chunks: [StoreChunk]
  private var kept: [Int: Data] = [:]
  private var open: [Int: FileHandle] = [:]
  private let isKept: Bool
  /// Files that are open at once.
  private static let mostOpen = 128

  /// - Throws: `RunError` when examples are missing.
  init(_ store: ObservationStore) throws {
    try store.requireComplete()
    description = store.description
    chunks = store.chunks
    isKept = store.byteCount < MachineMemory.bytes / 16
  }

  /// The numbers of some examples, `[rows] + shape`, `float32`.
  ///
  /// - Throws: `RunError` when a file cannot be read any more.
  func numbers(_ array: RecordedArray, _ rows: [Int]) throws -> Tensor {
    var parts: [String: Tensor] = [:]
    for part in array.parts {
      parts[part.name] = try gathered(part.name, part.shape, part.elementType, rows)
    }
    guard array.canBeDecoded(parts), case let numbers = array.decoded(parts),
      array.areMeant(numbers)
    else {
      // Whose hashes fit: somebody wrote them so.
      throw RunError(
        "'\(chunks[0].url.deletingLastPathComponent().path)' holds numbers that cannot be what a teacher "
          + "said (\(array.name.printable)): observe it again with distill observe"
      )
    }
    return numbers
  }

  private func gathered(
    _ name: String,
    _ shape: [Int],
    _ elementType: ElementType,
    _ rows: [Int]
  ) throws -> Tensor {
    var result = Tensor.zeros([rows.count] + shape, elementType)
    let width = shape.reduce(elementType.byteCount, *)
    try result.withUnsafeMutableBytes { target in
      var place = 0
      while place < rows.count {
        // Examples that follow each other are read at once.
        let chunk = rows[place] / description.chunk
        var end = place + 1
        while end < rows.count, rows[end] == rows[end - 1] + 1,
          rows[end] / description.chunk == chunk
        { end += 1 }
        let start = chunks[chunk].places[name]!.bytes.lowerBound
        let offset = start + (rows[place] - chunk * description.chunk) * width
        try read(
          chunk,
          offset,
          into: UnsafeMutableRawBufferPointer(rebasing: target[place * width..<end * width])
        )
        place = end
      }
    }
    return result
  }

  private func read(
    _ chunk: Int,
    _ offset: Int,
    into target: UnsafeMutableRawBufferPointer
  ) throws {
    if isKept {
      let bytes = try kept[chunk] ?? RegularFile.data(chunks[chunk].url)
      kept[chunk] = bytes
      guard offset + target.count <= bytes.count else { throw damaged(chunk) }
      bytes.withUnsafeBytes {
        target.copyMemory(
          from: UnsafeRawBufferPointer(rebasing: $0[offset..<offset + target.count])
        )
      }
      return
    }
    if open[chunk] == nil {
      if open.count >= Self.mostOpen { open.removeAll() }
      open[chunk] = try RegularFile.open(chunks[chunk].url)
    }
    var done = 0
    while done < target.count {
      let got = pread(
        open[chunk]!.fileDescriptor,
        target.baseAddress! + done,
        min(target.count - done, 1 << 30),
        off_t(offset + done)
      )
      if got < 0, errno == EINTR { continue }
      guard got > 0 else { throw damaged(chunk) }
      done += got
    }
  }

  private func damaged(_ chunk: Int) -> RunError {
    RunError("'\(chunks[chunk].url.path)' was changed while it was read: begin again")
  }
}

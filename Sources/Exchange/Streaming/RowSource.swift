import Foundation
import Tensors

/// Rows of numbers that stay in their files until they are asked for, by any thread.
protocol RowSource: AnyObject, Sendable {
  var count: Int { get }
  /// Of one row.
  var shape: [Int] { get }
  var elementType: ElementType { get }

  /// Some rows in the order given, `[rows] + shape`, as the files have them.
  ///
  /// - Throws: ``FileError`` when a file is damaged, gone, or not what it was at the beginning.
  func rows(_ places: [Int]) throws -> Tensor
}

/// The rows of a `.npy` file.
final class NumPyRows: RowSource, @unchecked Sendable {
  let count: Int
  let shape: [Int]
  let elementType: ElementType
  private let file: OpenFile
  private let type: NumPyType
  private let start: Int
  private let width: Int

  /// - Throws: ``FileError`` when there is no such array, or its rows do not lie one after another.
  init(_ url: URL) throws {
    file = try OpenFile(url)
    let source = FileBytes(file)
    let header = try NumPyHeader(from: source)
    guard let count = header.shape.first, header.shape.count > 1 else {
      throw FileError(
        url,
        "its inputs have the shape \(header.shape)",
        "the first axis must count the examples, and another their numbers"
      )
    }
    guard !header.isFortranOrdered else {
      throw FileError(
        url,
        "its numbers are in the order of columns, so that an example lies all over the file",
        "save numpy.ascontiguousarray of it, or leave out --stream"
      )
    }
    self.count = count
    shape = Array(header.shape.dropFirst())
    (type, elementType) = (header.type, header.type.elementType)
    let promised = try source.promised(header.shape, header.type.elementType)
    let stored = promised / header.type.elementType.byteCount * header.type.storedByteCount
    guard stored == source.greatestRemaining else {
      throw source.promiseBroken(
        at: source.position,
        promised: stored,
        "\(source.greatestRemaining) follow"
      )
    }
    (start, width) = (source.position, count == 0 ? 0 : stored / count)
  }

  func rows(_ places: [Int]) throws -> Tensor {
    try file.requireUnchanged()
    var bytes = [UInt8](repeating: 0, count: places.count * width)
    try bytes.withUnsafeMutableBytes { target in
      var place = 0
      while place < places.count {
        // Rows that follow each other are read at once.
        var end = place + 1
        while end < places.count, places[end] == places[end - 1] + 1 { end += 1 }
        let part = UnsafeMutableRawBufferPointer(rebasing: target[place * width..<end * width])
        guard try file.read(into: part, at: start + places[place] * width) == part.count else {
          throw file.wasChanged
        }
        place = end
      }
    }
    return try type.elements([places.count] + shape, from: MemoryBytes(bytes, file.url))
  }
}

/// The rows of several sources, one after another.
final class JoinedRows: RowSource, @unchecked Sendable {
  let count: Int
  let shape: [Int]
  let elementType: ElementType
  private let parts: [any RowSource]
  /// Where each part begins.
  private let starts: [Int]

  /// - Parameter parts: At least one, with the files that they are of.
  /// - Throws: ``FileError`` when they are not alike.
  init(_ parts: [(url: URL, rows: any RowSource)]) throws {
    let first = parts[0].rows
    for (url, rows) in parts
    where rows.shape != first.shape || rows.elementType != first.elementType {
      throw FileError(
        url,
        "it holds \(rows.elementType.rawValue) of \(rows.shape), and '\(parts[0].url.path)' "
          + "\(first.elementType.rawValue) of \(first.shape)",
        "give files of the same kind"
      )
    }
    self.parts = parts.map(\.rows)
    (shape, elementType) = (first.shape, first.elementType)
    var (starts, count) = ([Int](), 0)
    for (_, rows) in parts {
      starts.append(count)
      count += rows.count
    }
    (self.starts, self.count) = (starts, count)
  }

  func rows(_ places: [Int]) throws -> Tensor {
    var asked = [[Int]](repeating: [], count: parts.count)
    var own: [(part: Int, place: Int)] = []
    for place in places {
      let part = part(of: place)
      own.append((part, asked[part].count))
      asked[part].append(place - starts[part])
    }
    var (found, firsts, count) = ([Tensor](), [Int](), 0)
    for (part, rows) in zip(parts, asked) {
      firsts.append(count)
      count += rows.count
      if !rows.isEmpty { found.append(try part.rows(rows)) }
    }
    let all = found.count == 1 ? found[0] : Tensor.concatenated(found)
    let order = own.map { firsts[$0.part] + $0.place }
    return order == Array(0..<order.count) ? all : all[rows: Tensor(order)]
  }

  /// The last part that begins at or before a place, and is not empty.
  private func part(of place: Int) -> Int {
    var (low, high) = (0, starts.count)
    while high - low > 1 {
      let middle = (low + high) / 2
      if starts[middle] <= place { low = middle } else { high = middle }
    }
    return low
  }
}

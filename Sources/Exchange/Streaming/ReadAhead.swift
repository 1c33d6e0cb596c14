import Foundation
import Tensors

/// Reads rows before they are asked for, on other threads.
///
/// What is read depends on what is asked alone: threads and their order change nothing but the time.
final class ReadAhead {
  /// Bytes of rows that wait to be asked for, where more than two batches fit into so many.
  static let most = 64 << 20

  private let source: any RowSource
  private var pending: [Reading] = []
  private let queue = DispatchQueue(label: "distill.read-ahead", attributes: .concurrent)
  private let threads = max(2, ProcessInfo.processInfo.activeProcessorCount)

  init(_ source: any RowSource) {
    self.source = source
    _ = LargeArrays.areApart
  }

  /// Rows in the order given.
  ///
  /// - Parameter next: Those that will be asked for after them, in turn; nil where nothing is.
  func rows(_ places: [Int], then next: (Int) -> [Int]?) throws -> Tensor {
    // Whoever asks for something else goes another way now.
    if pending.first?.places != places { pending = [] }
    let reading = pending.isEmpty ? start(places) : pending.removeFirst()
    let bytes = source.shape.reduce(max(places.count, 1), *) * source.elementType.byteCount
    let depth = max(2, min(2 * threads, Self.most / max(bytes, 1)))
    while pending.count < depth, let following = next(pending.count + 1) {
      pending.append(start(following))
    }
    return try reading.value()
  }

  private func start(_ places: [Int]) -> Reading {
    let reading = Reading(places)
    queue.async { [source] in reading.perform(source) }
    return reading
  }
}

/// Rows that another thread reads.
private final class Reading: @unchecked Sendable {
  let places: [Int]
  private let isDone = DispatchSemaphore(value: 0)
  /// Written before the semaphore is raised, and read after it.
  private var result: Result<Tensor, any Error>?

  init(_ places: [Int]) { self.places = places }

  func perform(_ source: any RowSource) {
    result = Result { try withTorchErrors { try source.rows(places) } }
    isDone.signal()
  }

  func value() throws -> Tensor {
    isDone.wait()
    return try result!.get()
  }
}

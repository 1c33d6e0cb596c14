import Foundation

/// What belongs to a thread: the error scope it is in, and how deep in differentiations it is.
final class ThreadState {
  var errorScope: ErrorScope?
  var differentiationDepth = 0

  private static let key = "distill.tensors"

  static var current: ThreadState {
    let storage = Thread.current.threadDictionary
    if let state = storage[key] as? ThreadState { return state }
    let state = ThreadState()
    storage[key] = state
    return state
  }
}

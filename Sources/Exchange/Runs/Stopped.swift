/// Work that ended because it was asked to. The program says so and exits as after Ctrl-C.
public struct Stopped: Error, CustomStringConvertible {
  /// One sentence: what is done so far, and how to go on.
  public let description: String

  public init(_ description: String) { self.description = description }
}

/// Whether work is to stop, for work too deep to be handed it, such as hashing.
///
/// An object: optimised programs of Swift 6.2 end in a bad pointer where a task-local value is a
/// function.
package final class Stopping: Sendable {
  @TaskLocal package static var current: Stopping?

  private let check: @Sendable () -> Bool

  package init(_ check: @escaping @Sendable () -> Bool) { self.check = check }

  package static func isRequested() -> Bool { current?.check() ?? false }
}

/// Work that ended because it was asked to. The program says so and exits as after Ctrl-C.
package struct Stopped: Error, CustomStringConvertible {
  /// One sentence: what is done so far, and how to go on.
  package let description: String

  package init(_ description: String) { self.description = description }
}

/// Whether work is to stop, for work too deep to be handed it, such as hashing.
package enum Stopping {
  @TaskLocal package static var isRequested: @Sendable () -> Bool = { false }
}

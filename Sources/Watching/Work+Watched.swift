import Distill

extension Work {
  /// Does work of which a page tells, too: the page of the run is served to this machine alone from
  /// when there is its folder until the work ends, and where it is, is said as a note.
  ///
  /// ```swift
  /// try Console(recordsCurves: true).listening { work in
  ///   try work.watched { try recipe.run(at: folder, $0) }
  /// }
  /// ```
  ///
  /// - Parameter port: The default is any that is free. Where a page cannot be had later, that is a warning.
  /// - Throws: `RunError` when another program has the port, before the work begins; what the work throws.
  package func watched<Result>(
    at port: UInt16 = 0,
    _ body: (Work) throws -> Result
  ) throws -> Result {
    if port != 0 { try WatchServer.requireFree(port) }
    let watch = RunWatch(port: port, saying: note, warning: warn)
    defer { watch.finish() }
    let told = Work(
      isMeasured: isMeasured,
      report: { event in
        report(event)
        watch.take(event)
      },
      isCancelled: isCancelled,
      heed: heed
    )
    return try body(told)
  }
}

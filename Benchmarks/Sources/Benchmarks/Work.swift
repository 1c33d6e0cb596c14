/// One way of doing a piece of work, ready to be timed.
struct Version {
  let name: String
  /// How often one call of `run` does the work.
  var repeats = 1
  /// Whether the memory that it takes is measured too.
  var measuresMemory = false
  let run: () throws -> Void
}

/// A piece of work with everything it needs, made anew for each process that is asked for it.
struct Work {
  let name: String
  let prepare: () throws -> Prepared
}

/// Work that is set up: the versions to time, the one to be judged first.
struct Prepared {
  /// A number that peers must find too, such as the first loss; nil where chance decides.
  var check: Double?
  /// What the work's row in the table says besides times.
  var note: String?
  var versions: [Version]
}

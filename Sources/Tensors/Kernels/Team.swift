import CTorch

/// Runs fused work with one thread or all of ``Machine/threads``, whichever has been cheaper for
/// work of this kind and size.
///
/// - Parameters:
///   - work: What the cost grows with, in any unit that is the same for all calls of the kind.
///   - body: Is given the number of threads; its results must not depend on it.
func withTeam<Result>(
  _ kind: distill_team_kind,
  work: Int,
  _ body: (_ threads: Int32) throws -> Result
) rethrows -> Result {
  let threads = distill_team_choose(kind, Int64(work), Int32(Machine.threads))
  defer { distill_team_done() }
  return try body(threads)
}

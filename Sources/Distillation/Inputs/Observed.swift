import Tensors

extension Inputs {
  /// The same batches with what a teacher does at them, observed for several steps at once.
  ///
  /// A large teacher takes far less time for each example of many than of a small batch. For inputs
  /// that never come again, such as noisy ones; where they do, record the teacher once
  /// (``RecordedTeacher``).
  ///
  /// ```swift
  /// let batches = Examples(images).batches(of: 20, epochs: 40, shuffled: 1)
  ///   .noisy(standardDeviation: 0.1, seed: 2)
  ///   .observed(by: ensemble, stepsAtOnce: 100)
  /// try train(student, on: batches, minimizing: .softCrossEntropy())
  /// ```
  ///
  /// Steps are grouped by their number, so that an interrupted run resumes with the same
  /// observations, bit for bit.
  ///
  /// - Parameters:
  ///   - request: What to observe besides the values; no derivatives along directions, which belong
  ///     to a step.
  ///   - steps: How many batches are observed together, and kept in memory.
  public func observed(
    by teacher: any Teacher,
    _ request: Request = .values,
    stepsAtOnce steps: Int
  ) -> some Inputs {
    precondition(steps > 0, "observed: \(steps) steps at once must be positive")
    var latest: (group: Int, batches: [Batch])?
    return FunctionOfStep(stepCount) { step in
      let group = step / steps
      if latest?.group != group {
        var batches: [Batch] = []
        while batches.count < steps, let batch = try batch(group * steps + batches.count) {
          batches.append(batch)
        }
        guard !batches.isEmpty else { return nil }
        let seen = try teacher.observe(.concatenated(batches.map(\.inputs)), request)
        var start = 0
        for index in batches.indices {
          let range = start..<start + batches[index].count
          batches[index].observation = seen.rows(.range(range).moved(to: seen.values.device))
          start = range.upperBound
        }
        latest = (group, batches)
      }
      let place = step % steps
      return latest.flatMap { place < $0.batches.count ? $0.batches[place] : nil }
    }
  }
}

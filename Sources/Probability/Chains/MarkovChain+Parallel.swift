import Dispatch

extension MarkovChain {
  /// Runs `count` chains that differ only in their index and collects `draws` draws of each.
  ///
  /// - Parameters:
  ///   - draws: Draws kept of each chain.
  ///   - count: The number of chains. The default is 4, enough for R̂ to mean something.
  ///   - threads: How many chains run at once. The draws do not depend on it.
  public func sample(_ draws: Int, chains count: Int = 4, threads: Int = 1) -> Draws {
    precondition(
      draws > 0 && count > 0 && threads > 0,
      "MarkovChain.sample: draws (\(draws)), chains (\(count)), threads (\(threads)) must be positive"
    )
    let dimension = kernel.dimension
    var values = [Double](repeating: 0, count: count * draws * dimension)
    var information = [StepInformation](repeating: StepInformation(), count: count * draws)
    values.withUnsafeMutableBufferPointer { values in
      information.withUnsafeMutableBufferPointer { information in
        // Each chain writes only its own stretch of the two buffers.
        nonisolated(unsafe) let values = values
        nonisolated(unsafe) let information = information
        DispatchQueue.concurrentPerform(iterations: Swift.min(threads, count)) { thread in
          for index in stride(from: thread, to: count, by: threads) {
            var row = index * draws
            numbered(self.index + index).forEachDraw(draws) { draw, said in
              for j in 0..<dimension { values[row * dimension + j] = draw[j] }
              information[row] = said
              row += 1
            }
          }
        }
      }
    }
    return Draws(
      values: values,
      chains: count,
      count: draws,
      dimension: dimension,
      information: information
    )
  }

  private func numbered(_ index: Int) -> MarkovChain {
    MarkovChain(
      kernel,
      from: start,
      burnIn: burnIn,
      thinning: thinning,
      seed: seed,
      index: index
    )
  }
}

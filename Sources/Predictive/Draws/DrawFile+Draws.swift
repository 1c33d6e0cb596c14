import Exchange
import Probability

extension DrawFile: DrawStream {}

extension DrawFile {
  /// All draws, chain by chain, in memory; chains must be of one length.
  public static func read(
    _ paths: [String],
    variables: [String]? = nil,
    divergences: Divergences = .keep
  ) throws -> Draws {
    let file = try DrawFile(paths, variables: variables, divergences: divergences)
    var chains = [[Double]](repeating: [], count: file.chainCount)
    let (dimension, bound) = (file.selection.count, file.bound)
    while let draw = try file.next() {
      // Once in each chain's list, and once in the flat one.
      try bound?.take(Double(16 * dimension), for: "the list of its first \(file.count) draws")
      chains[file.latestChain] += draw
    }
    let lengths = chains.map { $0.count / dimension }
    guard let length = lengths.first, length > 0, lengths.allSatisfy({ $0 == length }) else {
      throw PredictiveError(
        "the chains have \(lengths.map(String.init).joined(separator: ", ")) draws: they must have "
          + "as many each, and at least one"
      )
    }
    return Draws(
      values: chains.flatMap { $0 },
      chains: chains.count,
      count: length,
      dimension: dimension
    )
  }
}

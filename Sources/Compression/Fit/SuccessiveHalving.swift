/// How many candidates go on, and with how many steps: successive halving (Karnin et al. 2013; Jamieson &
/// Talwalkar 2016) by thirds. After every round the best third goes on, until few are left; each round
/// every candidate is trained anew, in the next with three times the steps, so that all cost about the same.
package struct SuccessiveHalving: Equatable {
  /// The candidates of each round.
  package let sizes: [Int]

  /// - Parameter most: Of the last round.
  package init(of count: Int, untilAtMost most: Int) {
    var sizes = [count]
    while let size = sizes.last, size > most { sizes.append(Self.survivors(of: size)) }
    self.sizes = sizes
  }

  /// How many candidates go on.
  package static func survivors(of count: Int) -> Int { (count + 2) / 3 }

  /// The steps of one candidate in each round, where each round has the same for all its candidates.
  package func steps(sharing each: Int) -> [Int] { sizes.map { each / $0 } }

  /// The share of its whole training that a candidate gets in each round: 1 in the last, a third of the next
  /// one's in the others.
  package var shares: [Double] {
    var share = 1.0
    return sizes.indices.reversed().map { index in
      defer { share /= 3 }
      return share
    }.reversed()
  }
}

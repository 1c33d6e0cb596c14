import Tensors

/// Units in groups of which no two are coupled: given the others, those of a group are independent
/// and can be drawn at once (chromatic Gibbs sampling, Gonzalez et al. 2011). A square lattice of an
/// even side has two groups, like a chessboard; where all are coupled, each unit is its own.
struct UnitGroups {
  /// All units, group after group.
  let order: [Int]
  /// The places of each group within ``order``.
  let ranges: [Range<Int>]

  /// Gives each unit the first group that holds none coupled to it.
  init(couplings: Tensor) {
    let count = couplings.shape[0]
    let isCoupled = (couplings .!= 0).scalars(Bool.self)
    var groups: [[Int]] = []
    for unit in 0..<count {
      let free = groups.firstIndex { !$0.contains { isCoupled[unit * count + $0] } }
      if let free { groups[free].append(unit) } else { groups.append([unit]) }
    }
    order = groups.flatMap { $0 }
    var start = 0
    ranges = groups.map { group in
      defer { start += group.count }
      return start..<start + group.count
    }
  }

  /// For each unit its place within ``order``.
  var places: [Int] {
    var places = order
    for (place, unit) in order.enumerated() { places[unit] = place }
    return places
  }
}

import Distill

/// More rows out of few (Buciluă, Caruana & Niculescu-Mizil 2006): each row meets its nearest
/// neighbour, and now and then takes over one of its numbers, give or take a part of their difference.
struct Munging {
  /// How often a number is taken over.
  var probability: Double
  /// The difference of two numbers is this many standard deviations of what is added.
  var sharpness: Double
  var seed: UInt64

  /// Neighbours are looked for among this many rows at most.
  private static let mostNeighbours = 8_192

  /// - Parameters:
  ///   - rows: `[rows, columns]`.
  ///   - scaled: The same, in the units that distances are measured in.
  /// - Returns: `[count, columns]`.
  func rows(_ count: Int, from rows: Tensor, scaled: Tensor) -> Tensor {
    let (all, columns) = (rows.shape[0], rows.shape[1])
    let neighbours = neighbours(scaled)
    let numbers = rows.scalars(Float.self)
    var result: [Float] = []
    result.reserveCapacity((count + all) * columns)
    var pass = 0
    while result.count < count * columns {
      let generator = RandomGenerator(seed: seed &+ UInt64(pass))
      let isTaken = Tensor.uniform([all, columns], using: generator).scalars(Float.self)
      let noise = Tensor.normal([2, all, columns], using: generator).scalars(Float.self)
      var own = numbers
      for row in 0..<all {
        let other = neighbours[row]
        for column in 0..<columns where isTaken[row * columns + column] < Float(probability) {
          let (a, b) = (row * columns + column, other * columns + column)
          let deviation = abs(own[a] - own[b]) / Float(sharpness)
          (own[a], own[b]) = (
            own[b] + deviation * noise[a], own[a] + deviation * noise[all * columns + a]
          )
        }
      }
      result += own
      pass += 1
    }
    return Tensor(Array(result.prefix(count * columns)), shape: [count, columns])
  }

  /// The nearest other row of each, among all or some of them.
  private func neighbours(_ scaled: Tensor) -> [Int] {
    let count = scaled.shape[0]
    let order = Tensor.permutation(count, using: RandomGenerator(seed: seed &+ 1_000_003))
    let places = Array(order.scalars(Int.self).prefix(Self.mostNeighbours))
    let candidates = scaled[rows: Tensor(places)]
    let norms = candidates.squared.sum(along: 1).reshaped(to: [1, places.count])
    let own = Dictionary(uniqueKeysWithValues: places.enumerated().map { ($1, $0) })
    var found: [Int] = []
    for start in stride(from: 0, to: count, by: 1_024) {
      let part = scaled[start..<min(start + 1_024, count)]
      // Without what is the same for all candidates of a row.
      let distances = norms - part.matmul(candidates.transposed()) * 2
      // A row is not its own neighbour.
      let mask = (0..<part.shape[0]).map { own[start + $0] ?? -1 }
      let isOwn =
        Tensor(mask).reshaped(to: [mask.count, 1])
        .== Tensor(Array(0..<places.count)).reshaped(to: [1, places.count])
      let others = distances.filled(with: .infinity, where: isOwn)
      found += others.indexOfMinimum(along: 1).scalars(Int.self).map { places[$0] }
    }
    return found
  }
}

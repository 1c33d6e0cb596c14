import Foundation
import Probability
import Tensors

/// A few representative draws: k of them, each standing for the draws nearest to it.
///
/// Minimises the sum of distances to the nearest medoid, alternating assignment and choice of the
/// best member (Park & Jun, *A simple and fast algorithm for k-medoids clustering*, 2009), from
/// k-means++ starts. Coordinates are divided by their standard deviations.
public struct KMedoids: Sendable {
  /// The rows of the medoids.
  public let rows: [Int]
  /// The share of draws that each stands for.
  public let weights: [Double]
  /// The mean distance to the nearest medoid after each round; it never grows.
  public let costs: [Double]

  /// - Parameters:
  ///   - draws: `[count][dimension]`.
  ///   - candidates: The most members of a group that are tried as its medoid, taken at random. The
  ///     default of 256 keeps the cost of a round below count × 256.
  public init(
    _ draws: [[Double]],
    _ count: Int,
    candidates: Int = 256,
    rounds: Int = 50,
    using random: inout RandomStream
  ) throws {
    guard count > 0, draws.count >= count else {
      throw PredictiveError("\(count) medoids cannot be chosen from \(draws.count) draws")
    }
    guard draws.allSatisfy({ $0.allSatisfy { $0.magnitude < 1e75 } }) else {
      throw PredictiveError(
        "draws of 1e75 and more have no distances between them: measure them in another unit"
      )
    }
    let points = Self.scaled(draws)
    var medoids = Self.spread(points, count, using: &random)
    var history: [Double] = []
    while true {
      let nearest = points.map { point in
        let distances = medoids.map { Self.square(point, points[$0]) }
        return distances.indices.min { distances[$0] < distances[$1] }!
      }
      let cost =
        points.indices.reduce(0) {
          $0 + Self.square(points[$1], points[medoids[nearest[$1]]]).squareRoot()
        } / Double(points.count)
      history.append(cost)
      if history.count > rounds || history.count > 1 && cost >= history[history.count - 2] {
        weights = medoids.indices.map { k in
          Double(nearest.count { $0 == k }) / Double(points.count)
        }
        break
      }
      var members = medoids.map { _ in [Int]() }
      for (row, k) in nearest.enumerated() { members[k].append(row) }
      for k in medoids.indices {
        var best = (row: medoids[k], cost: Self.cost(medoids[k], members[k], points))
        let tried =
          members[k].count <= candidates
          ? members[k]
          : (0..<candidates).map { _ in members[k][random.index(below: members[k].count)] }
        for row in tried {
          let cost = Self.cost(row, members[k], points)
          if cost < best.cost { best = (row, cost) }
        }
        medoids[k] = best.row
      }
    }
    rows = medoids
    costs = history
  }

  /// The sum of distances of members to a row.
  private static func cost(_ row: Int, _ members: [Int], _ points: [[Double]]) -> Double {
    members.reduce(0) { $0 + square(points[row], points[$1]).squareRoot() }
  }

  private static func square(_ a: [Double], _ b: [Double]) -> Double {
    var sum = 0.0
    for i in a.indices { sum += (a[i] - b[i]) * (a[i] - b[i]) }
    return sum
  }

  /// Each coordinate divided by its standard deviation.
  private static func scaled(_ draws: [[Double]]) -> [[Double]] {
    let count = Double(draws.count)
    let scales = draws[0].indices.map { i in
      let mean = draws.reduce(0) { $0 + $1[i] } / count
      let variance = draws.reduce(0) { $0 + ($1[i] - mean) * ($1[i] - mean) } / count
      return variance > 0 ? 1 / variance.squareRoot() : 1
    }
    return draws.map { draw in zip(draw, scales).map { $0 * $1 } }
  }

  /// Rows far apart (k-means++).
  private static func spread(
    _ points: [[Double]],
    _ count: Int,
    using random: inout RandomStream
  ) -> [Int] {
    var chosen = [random.index(below: points.count)]
    var distances = [Double](repeating: .infinity, count: points.count)
    while chosen.count < count {
      for i in points.indices {
        distances[i] = min(distances[i], square(points[i], points[chosen.last!]))
      }
      let weights = distances.contains { $0 > 0 } ? distances : distances.map { _ in 1 }
      chosen.append(Categorical(weights: weights).sample(using: &random))
    }
    return chosen
  }
}

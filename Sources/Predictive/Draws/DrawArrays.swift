import Foundation
import Tensors

/// Named arrays of draws, as NumPy archives and JSON hold them, taken apart into chains of rows.
///
/// Every array is `[chains, draws, …]` as ArviZ has it, or `[draws, …]`: chains are taken to come
/// first when all arrays begin with the same two lengths, of which the first is the smaller.
struct DrawArrays {
  /// An array with its numbers in row-major order.
  struct Member {
    let name: String
    let shape: [Int]
    let values: [Double]
  }

  /// ArviZ's names of the sampler's own variables.
  private static let samplerNames = ["diverging": "divergent__", "lp": "lp__"]

  static func rows(_ members: [Member], of path: String) throws -> [ArrayRows] {
    let members = members.sorted { $0.name < $1.name }
    guard let first = members.first else { throw PredictiveError("\(path) holds no draws") }
    if let single = members.first(where: { $0.shape.isEmpty }) {
      throw PredictiveError(
        "\(path): \(single.name) is a single number, not an array of draws: leave it out"
      )
    }
    let leading = first.shape.prefix(2)
    let hasChains =
      leading.count == 2 && leading[0] < leading[1]
      && members.allSatisfy { $0.shape.prefix(2) == leading }
    let (chains, count) = hasChains ? (leading[0], leading[1]) : (1, first.shape[0])
    if let odd = members.first(where: { !hasChains && $0.shape[0] != count }) {
      throw PredictiveError(
        "\(path): \(odd.name) has \(odd.shape[0]) draws where \(first.name) has \(count); every "
          + "array must be [chains, draws, …] or [draws, …]"
      )
    }
    guard chains > 0, count > 0 else { throw PredictiveError("\(path) holds no draws") }
    var names: [String] = []
    var sources: [(member: Int, offset: Int, width: Int)] = []
    for (index, member) in members.enumerated() {
      let shape = Array(member.shape.dropFirst(hasChains ? 2 : 1))
      let width = shape.reduce(1, *)
      let name = Self.samplerNames[member.name] ?? member.name
      for element in 0..<width {
        names.append(name + Self.subscripts(element, shape))
        sources.append((index, element, width))
      }
    }
    let columns = try DrawColumns(names, of: path)
    return (0..<chains).map { chain in
      var values: [Double] = []
      values.reserveCapacity(count * names.count)
      for draw in 0..<count {
        for source in sources {
          let place = (chain * count + draw) * source.width + source.offset
          values.append(members[source.member].values[place])
        }
      }
      return ArrayRows(path, columns, chain: chain, values: values)
    }
  }

  /// `[2,3]` for an element of an array in row-major order; nothing for single numbers.
  private static func subscripts(_ element: Int, _ shape: [Int]) -> String {
    guard !shape.isEmpty else { return "" }
    var rest = element
    var index: [Int] = []
    for length in shape.reversed() {
      index.insert(rest % length, at: 0)
      rest /= length
    }
    return "[\(index.map(String.init).joined(separator: ","))]"
  }
}

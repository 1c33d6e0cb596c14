import Foundation
import Tensors

/// Decision trees whose leaves are added up, flattened so that many rows are answered fast.
///
/// Whatever a library's splits are, each node here asks one question, `x < threshold`: a comparison
/// that includes equality asks about the next larger number, and a set of categories is a few
/// thresholds between them.
public struct TreeEnsemble: Sendable {
  struct Node: Sendable {
    var threshold: Float
    /// The number of the feature, with ``missingLeft`` and ``inclusive`` among its bits.
    var feature: UInt32
    /// A node, or the complement of a leaf.
    var left: Int32
    var right: Int32

    static let missingLeft: UInt32 = 1 << 31
    /// The question of the file was `x ≤ t`, t being the next number below the threshold.
    static let inclusive: UInt32 = 1 << 30
    static let featureMask: UInt32 = inclusive - 1

    var column: Int { Int(feature & Self.featureMask) }
    var isInclusive: Bool { feature & Self.inclusive != 0 }
    /// LightGBM's question whether a number is below zero, `x ≤ −1e−35`: scaled, both would be one.
    var isAtZero: Bool { isInclusive && threshold <= 0 && threshold > -1e-30 }
  }

  /// What a leaf adds to which output.
  struct Entry: Sendable {
    var output: Int32
    var value: Double
  }

  /// What becomes of the values that the trees give for an output.
  enum Aggregation: Sendable {
    /// They are added up in this type, in the order of the trees.
    case sum, sumOfFloats
    case average, least, greatest
  }

  /// The numbers of a row; there may be more than are asked about.
  public internal(set) var featureCount: Int
  public let outputCount: Int
  var aggregation = Aggregation.sum
  private(set) var nodes: [Node]
  /// Where each tree begins: a node, or the complement of a leaf.
  let roots: [Int32]
  /// Where the entries of each leaf begin, and where those of the last one end.
  let leafStarts: [Int32]
  let entries: [Entry]
  /// The most questions that one tree asks.
  public let depth: Int

  init(
    featureCount: Int,
    outputCount: Int,
    nodes: [Node],
    roots: [Int32],
    leafStarts: [Int32],
    entries: [Entry],
    depth: Int
  ) {
    self.featureCount = featureCount
    self.outputCount = outputCount
    self.nodes = nodes
    self.roots = roots
    self.leafStarts = leafStarts
    self.entries = entries
    self.depth = depth
  }

  public var treeCount: Int { roots.count }
  public var nodeCount: Int { nodes.count }
  public var leafCount: Int { leafStarts.count - 1 }

  /// The sums for every row, `[rows, outputs]` laid flat.
  ///
  /// - Parameters:
  ///   - rows: `[rows, features]`, `float32`, on the CPU; NaN where a number is missing.
  ///   - base: What the sums start from, one for each output; NaN never comes out of it.
  func sums(_ rows: Tensor, from base: [Double]) -> [Double] {
    let count = rows.shape[0]
    guard count > 0 else { return [] }
    return rows.withUnsafeBytes { bytes in
      let numbers = bytes.bindMemory(to: Float.self).baseAddress!
      return [Double](unsafeUninitializedCapacity: count * outputCount) { sums, initialised in
        let results = Results(sums: sums, numbers: numbers)
        // Rows are apart from each other, so that the number of threads changes nothing.
        let block = 256
        let blocks = (count + block - 1) / block
        let fill: @Sendable (Int) -> Void = { index in
          add(index * block..<min((index + 1) * block, count), results, base)
        }
        if count * treeCount > 1 << 15 {
          DispatchQueue.concurrentPerform(iterations: blocks, execute: fill)
        } else {
          for index in 0..<blocks { fill(index) }
        }
        initialised = count * outputCount
      }
    }
  }

  /// Each block of rows writes its own part.
  private struct Results: @unchecked Sendable {
    let sums: UnsafeMutableBufferPointer<Double>
    let numbers: UnsafePointer<Float>
  }

  private func add(_ rows: Range<Int>, _ results: Results, _ base: [Double]) {
    let outputs = outputCount
    guard let sums = results.sums.baseAddress, rows.count > 0 else { return }
    let start: (Int) -> Double = { [aggregation] output in
      switch aggregation {
      case .sum, .sumOfFloats: base[output]
      case .average: 0
      case .least: .infinity
      case .greatest: -.infinity
      }
    }
    for row in rows {
      for output in 0..<outputs { (sums + row * outputs + output).initialize(to: start(output)) }
    }
    nodes.withUnsafeBufferPointer { nodes in
      leafStarts.withUnsafeBufferPointer { starts in
        entries.withUnsafeBufferPointer { entries in
          for root in roots {
            for row in rows {
              let leaf = Self.leaf(from: root, of: nodes, results.numbers + row * featureCount)
              let sum = sums + row * outputs
              for index in Int(starts[leaf])..<Int(starts[leaf + 1]) {
                let entry = entries[index]
                let output = Int(entry.output)
                switch aggregation {
                case .sum, .average: sum[output] += entry.value
                case .sumOfFloats:
                  sum[output] = Double(Float(sum[output]) + Float(entry.value))
                case .least: sum[output] = min(sum[output], entry.value)
                case .greatest: sum[output] = max(sum[output], entry.value)
                }
              }
            }
          }
        }
      }
    }
    switch aggregation {
    case .sum, .sumOfFloats: return
    case .average, .least, .greatest:
      let divisor = aggregation == .average ? Double(max(treeCount, 1)) : 1
      for row in rows {
        for output in 0..<outputs {
          let sum = sums[row * outputs + output] / divisor
          // No leaf has spoken.
          sums[row * outputs + output] = base[output] + (sum.isFinite ? sum : 0)
        }
      }
    }
  }

  @inline(__always)
  private static func leaf(
    from root: Int32,
    of nodes: UnsafeBufferPointer<Node>,
    _ numbers: UnsafePointer<Float>
  ) -> Int {
    var place = root
    while place >= 0 {
      let node = nodes[Int(place)]
      let number = numbers[Int(node.feature & Node.featureMask)]
      let goesLeft =
        number < node.threshold || number != number && node.feature & Node.missingLeft != 0
      place = goesLeft ? node.left : node.right
    }
    return Int(~place)
  }

  /// The same trees for inputs that were changed, number by number and without changing their order.
  ///
  /// A comparison answers as before the change, unless that makes the number and the threshold one.
  ///
  /// - Parameter change: Of `[rows, features]`.
  public func forInputs(changedBy change: (Tensor) throws -> Tensor) rethrows -> TreeEnsemble {
    var ofFeature = [[Int]](repeating: [], count: featureCount)
    for (index, node) in nodes.enumerated() { ofFeature[node.column].append(index) }
    var result = self
    let most = ofFeature.map(\.count).max() ?? 0
    // Few rows at a time: a feature that most nodes ask about makes many.
    for start in stride(from: 0, to: most, by: 256) {
      let rows = min(256, most - start)
      var table = [Float](repeating: 0, count: rows * featureCount)
      for (feature, own) in ofFeature.enumerated() {
        for (row, index) in own.dropFirst(start).prefix(rows).enumerated() {
          let node = nodes[index]
          table[row * featureCount + feature] =
            node.isAtZero ? 0 : node.isInclusive ? node.threshold.nextDown : node.threshold
        }
      }
      let changed = try change(Tensor(table, shape: [rows, featureCount])).scalars(Float.self)
      for (feature, own) in ofFeature.enumerated() {
        for (row, index) in own.dropFirst(start).prefix(rows).enumerated() {
          let threshold = changed[row * featureCount + feature]
          let node = nodes[index]
          result.nodes[index].threshold =
            node.isInclusive && !node.isAtZero ? threshold.nextUp : threshold
        }
      }
    }
    return result
  }
}

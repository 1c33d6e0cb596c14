import Tensors

/// What a tree asks about a number: the line of numbers is cut at boundaries, and every other piece is
/// answered with yes.
struct TreeQuestion {
  struct Boundary {
    var value: Float
    /// Whether the boundary belongs to the piece below it.
    var isInclusive: Bool

    static func below(_ value: Float) -> Self { .init(value: value, isInclusive: false) }
    static func upTo(_ value: Float) -> Self { .init(value: value, isInclusive: true) }
  }

  /// Rising.
  var boundaries: [Boundary]
  var firstIsYes = true

  static func isBelow(_ value: Float) -> Self { .init(boundaries: [.below(value)]) }
  static func isUpTo(_ value: Float) -> Self { .init(boundaries: [.upTo(value)]) }

  /// Whether a number is one of a few.
  static func isAmong(_ values: [Float]) -> Self {
    let values = Array(Set(values)).sorted()
    return .init(boundaries: values.flatMap { [.below($0), .upTo($0)] }, firstIsYes: false)
  }

  /// Whether a number without its fraction is a category of a set.
  ///
  /// - Parameters:
  ///   - categories: Not negative.
  ///   - lowest: Where category 0 begins.
  static func isCategory(_ categories: [Int], from lowest: Boundary) -> Self {
    var boundaries: [Boundary] = []
    var end: Int?
    for category in Set(categories).sorted() {
      if end != category {
        if let end { boundaries.append(.below(Float(end))) }
        boundaries.append(category == 0 ? lowest : .below(Float(category)))
      }
      end = category + 1
    }
    if let end { boundaries.append(.below(Float(end))) }
    return .init(boundaries: boundaries, firstIsYes: false)
  }

  var negated: Self { .init(boundaries: boundaries, firstIsYes: !firstIsYes) }
}

/// Puts trees of files together and refuses what is none.
struct TreeBuilder {
  /// A node as files have it: others by their numbers; of a split also whether a missing number is
  /// answered with yes.
  enum Node {
    case leaf([TreeEnsemble.Entry])
    case split(feature: Int, TreeQuestion, yes: Int, no: Int, missing: Bool)
  }

  private let featureCount: Int
  private let outputCount: Int
  private var nodes: [TreeEnsemble.Node] = []
  private var roots: [Int32] = []
  private var leafStarts: [Int32] = [0]
  private var entries: [TreeEnsemble.Entry] = []
  private var depth = 0

  /// Deeper than any library grows trees.
  private static let mostLevels = 4096

  /// - Throws: `Refusal` when there can be no such ensemble.
  init(featureCount: Int, outputCount: Int) throws {
    (self.featureCount, self.outputCount) = (featureCount, outputCount)
    guard (1...1 << 24).contains(featureCount), (1...1 << 20).contains(outputCount) else {
      throw damaged("it takes \(featureCount) features and gives \(outputCount) outputs")
    }
  }

  private func damaged(_ problem: String) -> GraphBuilder.Refusal {
    .init(problem: problem, advice: "the file is damaged: write it again")
  }

  /// - Parameters:
  ///   - tree: The nodes of one tree, or of several.
  ///   - roots: Where the trees begin.
  /// - Throws: `Refusal` when nodes are in a circle, are not there, or hold what is no number.
  mutating func add(_ tree: [Node], roots: [Int] = [0]) throws {
    var places = [Int32?](repeating: nil, count: tree.count)
    for root in roots { try add(tree, root, &places) }
  }

  private mutating func add(_ tree: [Node], _ root: Int, _ places: inout [Int32?]) throws {
    let number = roots.count
    func refused(_ problem: String) -> GraphBuilder.Refusal {
      damaged("its tree \(number) \(problem)")
    }
    // A place for every node that can be reached, parents before their children.
    var pending = [(node: root, depth: 0)]
    var order: [Int] = []
    var next = nodes.count
    while let (index, level) = pending.popLast() {
      guard tree.indices.contains(index) else {
        throw refused("leads to node \(index), and there are \(tree.count)")
      }
      guard places[index] == nil else {
        throw refused("leads to its node \(index) twice, and is no tree")
      }
      guard level <= Self.mostLevels else {
        throw refused("asks more than \(Self.mostLevels) questions in a row")
      }
      order.append(index)
      switch tree[index] {
      case .leaf(let own):
        places[index] = ~Int32(clamping: leafStarts.count - 1)
        for entry in own {
          guard entry.value.isFinite else { throw refused("has a leaf that is not finite") }
          guard (0..<outputCount).contains(Int(entry.output)) else {
            throw refused("has a leaf for output \(entry.output), and there are \(outputCount)")
          }
        }
        entries += own
        leafStarts.append(Int32(clamping: entries.count))
        depth = max(depth, level)
      case .split(let feature, let question, let yes, let no, _):
        guard (0..<featureCount).contains(feature) else {
          throw refused("asks about feature \(feature), and there are \(featureCount)")
        }
        guard question.boundaries.allSatisfy({ !$0.value.isNaN }) else {
          throw refused("compares with what is no number")
        }
        places[index] = Int32(clamping: next)
        // A question without boundaries is still asked: it has one answer.
        next += max(question.boundaries.count, 1)
        let levels = Int.bitWidth - question.boundaries.count.leadingZeroBitCount
        pending.append((no, level + max(levels, 1)))
        pending.append((yes, level + max(levels, 1)))
      }
      guard next < Int32.max, entries.count < Int32.max else {
        throw damaged("it has too many nodes")
      }
    }
    roots.append(places[root]!)
    for index in order {
      guard case .split(let feature, let question, let yes, let no, let missing) = tree[index]
      else { continue }
      append(question, feature, yes: places[yes]!, no: places[no]!, missing: missing)
    }
  }

  private mutating func append(
    _ question: TreeQuestion,
    _ feature: Int,
    yes: Int32,
    no: Int32,
    missing: Bool
  ) {
    var boundaries = question.boundaries
    var isYes = question.firstIsYes
    // Every number is below infinity; what is missing is not.
    if boundaries.isEmpty { boundaries = [.below(.infinity)] }
    let answers = (0...boundaries.count).map { _ in
      defer { isYes.toggle() }
      return isYes
    }
    // A piece with the answer that a missing number has.
    let target = answers.firstIndex(of: missing)!
    emit(0..<answers.count)

    /// The question among a few pieces, halved until there is one.
    func emit(_ range: Range<Int>) {
      guard range.count > 1 else { return }
      let middle = range.lowerBound + range.count / 2
      let boundary = boundaries[middle - 1]
      var code = UInt32(feature)
      if boundary.isInclusive { code |= TreeEnsemble.Node.inclusive }
      if target < middle { code |= TreeEnsemble.Node.missingLeft }
      let place = nodes.count
      nodes.append(
        .init(
          threshold: boundary.isInclusive ? boundary.value.nextUp : boundary.value,
          feature: code,
          left: 0,
          right: 0
        )
      )
      nodes[place].left = child(range.lowerBound..<middle)
      nodes[place].right = child(middle..<range.upperBound)
    }

    func child(_ range: Range<Int>) -> Int32 {
      if range.count == 1 { return answers[range.lowerBound] ? yes : no }
      let place = Int32(nodes.count)
      emit(range)
      return place
    }
  }

  /// - Throws: `Refusal` when there are no trees.
  func ensemble() throws -> TreeEnsemble {
    guard !roots.isEmpty else { throw damaged("it holds no trees") }
    return TreeEnsemble(
      featureCount: featureCount,
      outputCount: outputCount,
      nodes: nodes,
      roots: roots,
      leafStarts: leafStarts,
      entries: entries,
      depth: depth
    )
  }
}

extension Float {
  /// The largest `Float` that is not above a number: what is compared with `≤`.
  init(below number: Double) {
    let nearest = Float(number)
    self = Double(nearest) > number ? nearest.nextDown : nearest
  }

  /// The smallest `Float` that is not below a number: what is compared with `<`.
  init(above number: Double) {
    let nearest = Float(number)
    self = Double(nearest) < number ? nearest.nextUp : nearest
  }
}

extension Tensor {
  /// Numbers as trees are asked about them: `float32` on the CPU. Thresholds are rounded down to
  /// that, and so must be what is compared with them.
  var comparedWithThresholds: Tensor {
    let here = moved(to: .cpu)
    guard elementType == .float64 else { return here.cast(to: .float32).contiguous }
    return Tensor(here.scalars(Double.self).map { Float(below: $0) }, shape: shape)
  }
}

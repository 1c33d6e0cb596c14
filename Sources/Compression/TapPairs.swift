import Distillation
import Exchange
import Foundation
import Networks
import Tensors

/// Layers of a student beside layers of a teacher, to be compared by a loss on features.
///
/// Layers that follow each other with maps of one height and width, or vectors of one length, are a
/// stage, and the last of a stage stands for it. Maps are paired with maps of the same size, or of the
/// nearest; vectors by their depth. What the networks give at their end is compared by every loss, and left out.
package struct TapPairs {
  package struct Pair: Codable, Equatable {
    package let student: String
    /// Without the batch axis.
    package let studentShape: [Int]
    package let teacher: String
    package let teacherShape: [Int]

    /// As losses are written.
    package var loss: String {
      "\(isOfMaps ? "attentionTransfer" : "hints")(of: \(student) -> \(teacher))"
    }

    /// The weight that is usual beside soft targets.
    fileprivate var weight: Int { isOfMaps ? 1_000 : 100 }

    private var isOfMaps: Bool {
      [studentShape, teacherShape].allSatisfy { $0.count == 3 && $0[1] * $0[2] > 1 }
    }
  }

  package let pairs: [Pair]

  /// - Parameter inputs: `[batch, inputs…]`, of which only the shape matters.
  /// - Throws: ``RunError`` when one of the networks has no layer that could be named.
  package init(teacher: any Module, student: any Module, on inputs: Tensor) throws {
    let own = try Self.stages(of: student, "student", inputs)
    let taught = try Self.stages(of: teacher, "teacher", inputs)
    pairs =
      Self.pairsOfMaps(own.filter(\.isMap), taught.filter(\.isMap))
      + Self.pairsByDepth(own.filter { !$0.isMap }, taught.filter { !$0.isMap })
  }

  /// What to write behind `--loss`.
  package var loss: String {
    (["softCrossEntropy"] + pairs.map { "\($0.weight) * \($0.loss)" }).joined(separator: " + ")
  }

  fileprivate struct Stage {
    let name: String
    let shape: [Int]

    var isMap: Bool { shape.count == 3 && shape[1] * shape[2] > 1 }

    /// Maps of one size, whatever their channels, or values of one shape.
    func isAlike(_ other: Stage) -> Bool {
      isMap && other.isMap ? shape.suffix(2) == other.shape.suffix(2) : shape == other.shape
    }

    /// How many times larger the larger image is, in logarithms.
    func distance(to other: Stage) -> Double {
      abs(log(Double(shape[1] * shape[2]) / Double(other.shape[1] * other.shape[2])))
    }
  }

  private static func stages(
    of network: any Module,
    _ who: String,
    _ inputs: Tensor
  ) throws -> [Stage] {
    let pass = Pass(taps: [""])
    let outputs = try withTorchErrors { network(inputs, pass) }
    var stages: [Stage] = []
    for (name, shape) in pass.passed {
      let stage = Stage(name: name, shape: shape)
      guard let last = stages.last else {
        stages.append(stage)
        continue
      }
      // What only lays a map flat is the map.
      if shape.count < last.shape.count, shape == [last.shape.reduce(1, *)] { continue }
      if stage.isAlike(last) { stages.removeLast() }
      stages.append(stage)
    }
    if stages.last?.shape == Array(outputs.shape.dropFirst()) { stages.removeLast() }
    guard !stages.isEmpty else {
      throw RunError("the \(who) has no layer before its outputs that a loss could name")
    }
    return stages
  }

  /// Each teacher's stage serves one of the student's, and their order is kept.
  private static func pairsOfMaps(_ own: [Stage], _ taught: [Stage]) -> [Pair] {
    var rest = taught[...]
    return own.compactMap { stage in
      let nearest = rest.indices.min {
        stage.distance(to: rest[$0]) < stage.distance(to: rest[$1])
      }
      guard let nearest else { return nil }
      defer { rest = taught[(nearest + 1)...] }
      return Pair(stage, taught[nearest])
    }
  }

  /// As many as the shorter has, evenly over the longer, the last with the last.
  private static func pairsByDepth(_ own: [Stage], _ taught: [Stage]) -> [Pair] {
    let count = min(own.count, taught.count)
    return (0..<count).map { index in
      func place(_ all: Int) -> Int { ((index + 1) * all + count - 1) / count - 1 }
      return Pair(own[place(own.count)], taught[place(taught.count)])
    }
  }
}

extension TapPairs.Pair {
  fileprivate init(_ student: TapPairs.Stage, _ teacher: TapPairs.Stage) {
    (self.student, studentShape) = (student.name, student.shape)
    (self.teacher, teacherShape) = (teacher.name, teacher.shape)
  }
}

import Foundation
import Mathematics
import Tensors

/// How like a teacher's vectors a model's are, whatever their lengths.
///
/// ```swift
/// let student = EmbeddingComparison(own, teacher: taught)
/// print(Estimate(of: student.cosine))           // 0.9312 ± 0.0021
/// print(Estimate(of: student.rankCorrelation))  // 0.8954 ± 0.0040
/// ```
///
/// Similarities are cosines, of the first ``most`` examples with each other: each example's are with all
/// others, so that their means are not quite independent.
public struct EmbeddingComparison {
  /// How many examples are compared with each other at most.
  public static let most = 500

  /// cos(own, teacher's) of each example, `[examples]`, `float64`.
  public let cosine: Tensor
  /// Spearman's correlation of an example's similarities to the others by both models,
  /// `[examples, at most 500]`; 0 where a model finds all alike.
  public let rankCorrelation: Tensor
  /// 1 where both models have the same example as the nearest, else 0, of the same examples.
  public let nearest: Tensor

  /// - Parameters:
  ///   - own, teacher: `[examples, width]`, at least three examples.
  public init(_ own: Tensor, teacher: Tensor) {
    precondition(
      own.rank == 2 && own.shape == teacher.shape && own.shape[0] > 2,
      "EmbeddingComparison of \(own.shape) and \(teacher.shape)"
    )
    let (a, b) = (Self.directions(own), Self.directions(teacher))
    cosine = (a * b).sum(along: 1)
    let count = min(Self.most, own.shape[0])
    let similarities = [a, b].map { rows -> [Double] in
      let few = rows[0..<count]
      return few.matmul(few.transposed()).scalars(Double.self)
    }
    var (correlations, hits) = ([Double](), [Double]())
    for row in 0..<count {
      let both = similarities.map { all in
        Array(
          all[row * count..<(row + 1) * count].enumerated().filter { $0.offset != row }
            .map(\.element)
        )
      }
      correlations.append(Self.correlation(Self.ranks(both[0]), Self.ranks(both[1])))
      let first = both.map { values in values.indices.max { values[$0] < values[$1] }! }
      hits.append(first[0] == first[1] ? 1 : 0)
    }
    (rankCorrelation, nearest) = (Tensor(correlations), Tensor(hits))
  }

  private static func directions(_ rows: Tensor) -> Tensor {
    let rows = rows.moved(to: .cpu).cast(to: .float64)
    return rows / rows.norm(along: 1, keepingAxes: true).clamped(min: 1e-300)
  }

  /// The place of each number in their order; equal ones share the mean of theirs.
  private static func ranks(_ values: [Double]) -> [Double] {
    let order = values.indices.sorted { values[$0] < values[$1] }
    var ranks = [Double](repeating: 0, count: values.count)
    var start = 0
    while start < order.count {
      var end = start + 1
      while end < order.count, values[order[end]] == values[order[start]] { end += 1 }
      for place in start..<end { ranks[order[place]] = Double(start + end - 1) / 2 }
      start = end
    }
    return ranks
  }

  private static func correlation(_ a: [Double], _ b: [Double]) -> Double {
    let centre = Double(a.count - 1) / 2
    var (ab, aa, bb) = (0.0, 0.0, 0.0)
    for (x, y) in zip(a, b) {
      ab += (x - centre) * (y - centre)
      aa += (x - centre) * (x - centre)
      bb += (y - centre) * (y - centre)
    }
    return aa > 0 && bb > 0 ? ab / (aa * bb).squareRoot() : 0
  }
}

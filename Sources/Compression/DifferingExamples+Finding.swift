import Distillation
import Exchange
import Foundation
import Reporting
import Tensors

/// Examples, and how they look.
package struct ShownExamples {
  package let examples: Examples
  /// `[channels, height, width]` where they are images.
  package let shape: [Int]

  package init(_ examples: Examples, shape: [Int]) {
    (self.examples, self.shape) = (examples, shape)
  }

  /// Images of some rows, in grey, from the darkest to the lightest number among them; nil where there
  /// are none.
  package func sheet(_ rows: [Int]) throws -> ImageSheet? {
    guard shape.count == 3, !rows.isEmpty else { return nil }
    return ImageSheet(
      try stretched(rows).mean(along: 1).flattened(from: 1),
      height: shape[1],
      width: shape[2],
      columns: 6,
      scale: max(1, 96 / max(shape[1], shape[2]))
    )
  }

  /// Each as a PNG file, in colours where it has three channels.
  package func pictures(_ rows: [Int]) throws -> [Data]? {
    guard shape.count == 3, !rows.isEmpty else { return nil }
    var images = try stretched(rows)
    images = shape[0] == 3 ? images.permuted(to: [0, 2, 3, 1]) : images.mean(along: 1)
    let pixels = (images * 255 + 0.5).clamped(min: 0, max: 255).cast(to: .uint8)
    return rows.indices.map { Data(PNG.bytes(pixels.selecting($0, along: 0).contiguous)) }
  }

  /// `[rows, channels, height, width]` from 0 to 1.
  private func stretched(_ rows: [Int]) throws -> Tensor {
    let images = try examples.inputs(at: rows).moved(to: .cpu).cast(to: .float32)
      .reshaped(to: [rows.count] + shape)
    let (low, high) = (images.minimum().doubleValue, images.maximum().doubleValue)
    return (images - low) / max(high - low, 1e-12)
  }
}

extension DifferingExamples {
  /// How many are shown.
  package static let shown = 12

  /// The examples with the largest KL of a student from its teacher.
  ///
  /// - Parameters:
  ///   - part: Of which they are, such as "test".
  ///   - classes: Their names.
  package init(
    of network: String,
    after step: Int? = nil,
    part: String,
    student: ClassPredictions,
    teacher: ClassPredictions,
    classes: [String],
    _ examples: ShownExamples
  ) throws {
    let divergences = student.divergence(from: teacher).scalars(Double.self)
    let rows = Self.largest(divergences)
    let pictures = try examples.pictures(rows)
    let labels = teacher.labels.scalars(Int.self)
    func says(_ model: ClassPredictions, _ row: Int) -> String {
      let own = model.logProbabilities[row].scalars(Double.self)
      let choice = own.indices.max { own[$0] < own[$1] }!
      return "\(classes[choice]) " + String(format: "(%.0f%%)", 100 * exp(own[choice]))
    }
    self.init(
      network: network,
      step: step,
      part: part,
      measure: "KL in nats",
      examples: rows.enumerated().map { index, row in
        Example(
          number: row + 1,
          label: classes[labels[row]],
          teacher: says(teacher, row),
          student: says(student, row),
          difference: divergences[row],
          image: pictures?[index]
        )
      },
      sheet: try examples.sheet(rows).map { Data($0.png) }
    )
  }

  /// The examples at which real numbers are farthest from the teacher's.
  ///
  /// - Parameter student: `[examples, outputs]`, as `teacher` is.
  package init(
    of network: String,
    after step: Int? = nil,
    part: String,
    student: Tensor,
    teacher: Tensor,
    _ examples: ShownExamples
  ) throws {
    let (own, right) = (student.cast(to: .float64), teacher.cast(to: .float64))
    let distances = (own - right).squared.mean(along: 1).scalars(Double.self)
    let rows = Self.largest(distances)
    let pictures = try examples.pictures(rows)
    func says(_ values: Tensor, _ row: Int) -> String {
      let numbers = values[row].scalars(Double.self)
      let first = numbers.prefix(4).map { String(format: "%.4g", $0) }.joined(separator: ", ")
      return numbers.count > 4 ? first + ", …" : first
    }
    self.init(
      network: network,
      step: step,
      part: part,
      measure: "mean squared difference",
      examples: rows.enumerated().map { index, row in
        Example(
          number: row + 1,
          label: nil,
          teacher: says(right, row),
          student: says(own, row),
          difference: distances[row],
          image: pictures?[index]
        )
      },
      sheet: try examples.sheet(rows).map { Data($0.png) }
    )
  }

  /// The rows of the largest numbers, the largest first.
  private static func largest(_ differences: [Double]) -> [Int] {
    let usable = differences.indices.filter { !differences[$0].isNaN }
    return Array(usable.sorted { differences[$0] > differences[$1] }.prefix(shown))
  }
}

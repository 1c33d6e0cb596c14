import Distill
import Foundation

/// A student of a finished run of a field of use, or of the demo: what is exported of it is what answers.
package struct FieldStudent {
  let students: OfferedStudents
  let offered: OfferedNetwork
  /// What is known of its making.
  let facts: [String: String]
  /// How it is asked; nil where only its own program knows.
  private let known: (any FieldUse)?
  /// Which of the run's students it is; nil where its file was named.
  package let remark: String?

  /// - Parameters:
  ///   - network: What makes the chosen student's.
  ///   - isNamed: Whether it was asked for by its file.
  /// - Throws: One sentence when the run's data have changed.
  init(
    _ students: OfferedStudents,
    _ network: () throws -> OfferedNetwork,
    isNamed: Bool
  ) throws {
    self.students = students
    (offered, facts) = try students.loaded(network)
    known = offered.use ?? offered.rows
    remark = students.all.count > 1 && !isNamed ? students.remark : nil
  }

  /// - Throws: `RunError` where only its own program knows how it is asked.
  package func use() throws -> any FieldUse {
    if let known { return known }
    throw RunError(
      "students of the experiment '\(students.experiment)' are used by their own program: export one, "
        + "and ask the file"
    )
  }

  var classes: [String] { known?.classes ?? [] }
  var takesText: Bool { known?.takesText ?? false }
}

extension OfferedNetwork {
  /// Asked about rows of numbers, or images; nil where it gives something else than classes.
  fileprivate var rows: (any FieldUse)? {
    guard case .classes(let names) = answers else { return nil }
    let columns = facts["inputs"].flatMap {
      try? CarefulJSONDecoder().decode([String].self, from: Data($0.utf8))
    }
    return ClassifierUse(
      ofRows: names,
      shape: fileShape ?? shape,
      columns: columns,
      divisor: facts["divisor"].flatMap(Double.init),
      own: .init(inputs.reshaped(to: [inputs.shape[0], -1]), labels: labels)
    ) { logits(scaled($0)) }
  }

  /// Inputs as the network sees them.
  ///
  /// - Parameter inputs: `[count, …]`.
  /// - Returns: `[count]` and the shape.
  package func scaled(_ inputs: Tensor) -> Tensor {
    let rows = inputs.cast(to: .float32).reshaped(to: [inputs.shape[0]] + shape)
    guard !scaling.mean.isEmpty else { return rows }
    // Channels of images come first, features of sequences last.
    let ones = [Int](repeating: 1, count: shape.count - 1)
    let axes = shape.count == 3 ? [1, -1] + ones : [1] + ones + [-1]
    func column(_ numbers: [Float]) -> Tensor { Tensor(numbers).reshaped(to: axes) }
    return (rows - column(scaling.mean)) / column(scaling.deviation)
  }
}

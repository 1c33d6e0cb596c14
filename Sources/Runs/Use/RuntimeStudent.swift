import Distill
import Foundation
import StudentRuntime

/// An exported student, from the file that `distill export --format runtime` writes.
package struct RuntimeStudent {
  private let student: Student
  private let path: String
  /// The names of the columns of a table that are its inputs; nil where they have none.
  let columns: [String]?
  /// The names of the real numbers that it gives; nil where they have none.
  let outputs: [String]?
  /// What the numbers of its data's files were divided by; nil where the file does not say.
  let divisor: Double?
  /// The probability of the likeliest class above which it answers by itself, and its teacher elsewhere;
  /// nil where it always does.
  let cascade: Double?
  /// What it says of an example; nil where its file does not say.
  let task: CompressionTask?
  /// Whether it answers with log q(x).
  package let isDensity: Bool

  var classes: [String] { student.classes }
  var inputCount: Int { student.inputCount }

  /// The shape of one input, `[features]` or `[channels, height, width]`.
  var shape: [Int] {
    let (channels, height, width) = student.network.shape
    return height * width == 1 ? [channels] : [channels, height, width]
  }

  /// - Throws: One sentence when the file is none, or its names do not fit its numbers.
  package init(_ path: String) throws {
    do {
      student = try Student(path: path)
    } catch {
      throw RunError("'\(path)': \(error.message)")
    }
    self.path = path
    let text = Data(student.provenance.utf8)
    let facts = (try? CarefulJSONDecoder().decode([String: String].self, from: text)) ?? [:]
    func names(_ fact: String, _ count: Int) -> [String]? {
      facts[fact].flatMap { try? CarefulJSONDecoder().decode([String].self, from: Data($0.utf8)) }
        .flatMap { $0.count == count ? $0 : nil }
    }
    columns = names("inputs", student.inputCount)
    outputs = names("outputs", student.outputCount)
    divisor = facts["divisor"].flatMap(Double.init).flatMap { $0.isFinite && $0 > 0 ? $0 : nil }
    cascade = facts["cascade"].flatMap(Double.init).flatMap { (0...1).contains($0) ? $0 : nil }
    task = facts["task"].flatMap { CompressionTask(rawValue: $0) }
    isDensity = facts["answer"] == "log q(x)" && student.outputCount == 1
    guard student.classes.isEmpty || student.classes.count == student.outputCount else {
      throw RunError(
        "'\(path)' names \(student.classes.count) classes and answers with \(student.outputCount) "
          + "numbers: export it again"
      )
    }
  }

  /// Whether it answers with distributions of numbers or counts.
  var isMixture: Bool { student.network.ending.partCount > 1 }

  /// What reads labelled examples as it takes them.
  var labelledInputs: LabelledInputs {
    LabelledInputs(
      shape: shape,
      columns: columns,
      divisor: divisor,
      classes: classes,
      outputs: outputs,
      areLabels: task == .labels
    )
  }

  /// Inputs of a file as the student takes them.
  func inputs(from path: String) throws -> Tensor {
    if isDensity { return try stateRows(path, student.inputCount, areBits: true) }
    return try UnlabelledInputs(shape: shape, columns: columns, divisor: divisor).read(path)
  }

  /// What the student says about rows of inputs.
  ///
  /// - Throws: `RunError` where an answer is no number, or no distribution.
  func predictions(at inputs: Tensor) throws -> CompactStudent.Predictions {
    let answers = self.answers(inputs)
    let width = student.outputCount
    func row(_ index: Int) -> [Double] {
      answers[index * width..<(index + 1) * width].map(Double.init)
    }
    let rows = (0..<inputs.shape[0]).map(row)
    func require(_ isFine: ([Double]) -> Bool) throws {
      guard let wrong = rows.firstIndex(where: { !isFine($0) }) else { return }
      throw RunError(
        "what '\(path)' answers to row \(wrong + 1) cannot be used: the row is too far out, or the "
          + "file was not made for such inputs"
      )
    }
    func areWeights(_ numbers: some Collection<Double>) -> Bool {
      numbers.allSatisfy { $0 >= 0 } && abs(numbers.reduce(0, +) - 1) < 1e-3
    }
    let count = width / student.network.ending.partCount
    switch student.network.ending {
    case .normalMixture:
      try require { numbers in
        numbers.allSatisfy(\.isFinite) && areWeights(numbers[..<count])
          && numbers[(2 * count)...].allSatisfy { $0 > 0 }
      }
      return .outcomes(
        rows.map {
          .normals(
            weights: Array($0[..<count]),
            means: Array($0[count..<2 * count]),
            deviations: Array($0[(2 * count)...])
          )
        }
      )
    case .poissonMixture:
      try require { numbers in
        numbers.allSatisfy(\.isFinite) && areWeights(numbers[..<count])
          && numbers[count...].allSatisfy { $0 >= 0 }
      }
      return .outcomes(
        rows.map { .poissons(weights: Array($0[..<count]), means: Array($0[count...])) }
      )
    case _ where !classes.isEmpty:
      try require(areWeights)
      // A probability that rounding made 0 is the smallest number.
      let shape = [rows.count, width]
      let logs = rows.joined().map { log(max($0, Double(Float.leastNormalMagnitude))) }
      return .classes(logProbabilities: Tensor(logs, shape: shape))
    default:
      try require { $0.allSatisfy(\.isFinite) }
      return .means(Tensor(Array(rows.joined()), shape: [rows.count, width]))
    }
  }

  /// The numbers of the answers, one input after another.
  private func answers(_ inputs: Tensor) -> [Float] {
    let workspace = student.makeWorkspace()
    var answer = [Float](repeating: 0, count: student.outputCount)
    let (numbers, width) = (inputs.cast(to: .float32).scalars(Float.self), student.inputCount)
    return (0..<inputs.shape[0]).flatMap { row in
      student.predict(
        Array(numbers[row * width..<(row + 1) * width]),
        into: &answer,
        using: workspace
      )
      return answer
    }
  }
}

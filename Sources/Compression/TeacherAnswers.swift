import Distillation
import Exchange
import Foundation
import Mathematics
import ModelFiles
import Networks
import Tensors

/// A teacher of which there are only the answers: a row for each example, in the order of the data,
/// those for the test behind those to learn from.
package struct AnswersPlan: Codable, Equatable {
  /// The array of an archive; nil where the file is one array or table.
  package var array: String?
  package var meaning: Observation.Meaning
  /// The program that gave them; nil where they came as a file.
  package var program: AnsweringProgram?
}

extension AnswersPlan {
  /// The rows of a file, and what they say.
  package struct Content {
    package var path: String
    package var plan: AnswersPlan
    /// `[examples, outputs]`.
    package var values: Tensor

    package init(
      path: String,
      plan: AnswersPlan,
      values: Tensor
    ) {
      self.path = path
      self.plan = plan
      self.values = values
    }

    /// What a program answered.
    package init(of program: AnsweringProgram, values: Tensor) {
      path = AnsweringProgram.file
      plan = AnswersPlan(meaning: AnswersPlan.meaning(of: values), program: program)
      self.values = values
    }
  }

  /// - Parameter text: `FILE` or `FILE:ARRAY`.
  /// - Throws: `RunError` when there is no such file or array, or it holds no rows of numbers.
  package static func content(_ text: String) throws -> Content {
    var (path, array) = (text, nil as String?)
    if !FileManager.default.fileExists(atPath: text), let colon = text.lastIndex(of: ":") {
      path = String(text[..<colon])
      array = String(text[text.index(after: colon)...])
    }
    return try content(path, array)
  }

  package static func content(_ path: String, _ array: String?) throws -> Content {
    func refused(_ problem: String) -> RunError {
      RunError(
        "'\(path)' \(problem): --teacher-values takes a row of logits or probabilities for each example, "
          + "in the order of the data, as .npy, .csv or .npz[:array]"
      )
    }
    guard FileManager.default.fileExists(atPath: path) else { throw refused("is not there") }
    let url = URL(fileURLWithPath: path)
    var values: Tensor
    var name = array
    switch url.pathExtension.lowercased() {
    case "npy": values = try NumPy.read(from: url)
    case "npz":
      guard let array else {
        let all = try NumPy.readMembers(from: url).compactMapValues { try? $0.get() }
        guard all.count == 1, let (only, found) = all.first else {
          let names = all.keys.sorted().joined(separator: ", ")
          throw refused("holds several arrays (\(names)), and none is named")
        }
        (name, values) = (only, found)
        break
      }
      values = try NumPy.readArchive(from: url, only: [array])[array]!
    case "csv", "tsv", "txt": values = try CSV.read(from: url).values
    default: throw refused("is of no format known here")
    }
    if values.rank == 1 { values = values.reshaped(to: [values.count, 1]) }
    guard values.rank == 2, values.count > 0, values.elementType != .bool else {
      throw refused("holds an array of shape \(values.shape)")
    }
    values = values.cast(to: .float32)
    // Logits of classes that are ruled out are −∞.
    let isKnown =
      values.clamped(min: -Double(Float.greatestFiniteMagnitude)).isAllFinite
      && values.maximum(along: 1).isAllFinite
    guard isKnown else { throw refused("holds NaN or infinity, or a row of −∞ alone") }
    let isNamed = url.pathExtension.lowercased() == "npz"
    return Content(
      path: path,
      plan: AnswersPlan(array: isNamed ? name : nil, meaning: meaning(of: values)),
      values: values
    )
  }

  /// What numbers are where models say other things than a class: of labels probabilities where all lie
  /// between 0 and 1, else logits.
  package static func meaning(of values: Tensor, _ task: CompressionTask) -> Observation.Meaning {
    guard task == .labels else { return .reals }
    let areShares = values.minimum().doubleValue >= 0 && values.maximum().doubleValue <= 1
    return areShares ? .labelProbabilities : .labelLogits
  }

  /// Rows that are not negative and sum to 1 are probabilities, rows whose exponentials do are their
  /// logarithms, and all others logits.
  package static func meaning(of values: Tensor) -> Observation.Meaning {
    func areOne(_ sums: Tensor) -> Bool { (sums - 1).magnitude.maximum().doubleValue <= 1e-3 }
    let wide = values.cast(to: .float64)
    let (low, high) = (wide.minimum().doubleValue, wide.maximum().doubleValue)
    if values.shape[1] == 1 { return low >= 0 && high <= 1 ? .probabilities : .logits }
    if low >= 0, areOne(wide.sum(along: 1)) { return .probabilities }
    if high <= 1e-6, areOne(wide.exponential.sum(along: 1)) { return .logProbabilities }
    return .logits
  }
}

/// Answers looked up by the numbers of an example. Equal examples have the answer of the first.
package struct AnswerTable: MeaningfulModule, RecordedAnswers {
  package let meaning: Observation.Meaning
  /// In the order of the data.
  package let values: Tensor
  private let places: RowPlaces

  /// - Parameter source: The data that the answers are for.
  /// - Throws: `RunError` when there are fewer or more answers than examples.
  package init(_ content: AnswersPlan.Content, _ source: LabelledSource, _ plan: DataPlan) throws {
    let parts = [source.training] + [source.test].compactMap(\.self)
    let counts = parts.map(\.count)
    guard counts.reduce(0, +) == content.values.shape[0] else {
      let text = counts.map(grouped).joined(separator: " and, for the test, ")
      throw RunError(
        "'\(content.path)' has \(grouped(content.values.shape[0])) rows of answers, and the data have "
          + "\(text) examples: give one for each, in the order of the data, those for the test last"
      )
    }
    let places = try RowPlaces(source, plan)
    (self.places, values, meaning) = (places, content.values, content.plan.meaning)
  }

  package var members: [(name: String, member: ModuleMember)] { [] }

  /// NaN for what was not asked.
  package func forward(_ input: Tensor, _ pass: Pass) -> Tensor {
    let found = places[input].map { $0 ?? -1 }
    let rows = values.gatheringRows(Tensor(found.map { max($0, 0) }), along: 0)
    let isMissing = Tensor(found.map { $0 < 0 }).reshaped(to: [found.count, 1])
    return rows.filled(with: .nan, where: isMissing).moved(to: input.device)
  }
}

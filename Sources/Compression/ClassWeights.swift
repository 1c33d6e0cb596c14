import Distillation
import Exchange
import Foundation
import Mathematics
import Tensors

/// What classes, or labels that are there, count for where models are compared with them.
package enum ClassWeights: Equatable {
  /// Each class alike: n / (K n_k); each label as much where it is there as where it is not.
  case balanced
  /// In the order of the classes.
  case given([Double])
  /// The path of a file with a line for each, name and weight with a comma between them.
  case file(String)

  /// - Throws: `RunError` when a text is none of them.
  package init(_ text: String) throws {
    if text == "balanced" {
      self = .balanced
      return
    }
    let parts = text.split(separator: ",", omittingEmptySubsequences: false)
      .map { Double($0.trimmingCharacters(in: .whitespaces)) }
    guard parts.contains(where: { $0 != nil }) else {
      self = .file(text)
      return
    }
    let numbers = parts.compactMap(\.self)
    guard numbers.count == parts.count, numbers.allSatisfy(Self.isWeight) else {
      throw RunError(
        "'\(text.printable)' are no weights of classes: write balanced, positive numbers of at most a billion in the "
          + "order of the classes, such as 1,2.5,1, or the path of a file with a line NAME,WEIGHT for each"
      )
    }
    self = .given(numbers)
  }

  private static func isWeight(_ number: Double) -> Bool { number > 0 && number <= 1e9 }

  /// The weight of each class.
  ///
  /// - Throws: `RunError` when there are others than the classes, or a class has no example.
  package func weights(for data: CompressionData, _ task: CompressionTask) throws -> [Double] {
    let classes = data.classes
    switch self {
    case .given(let weights):
      guard weights.count == classes.count else {
        throw RunError(
          "--class-weights has \(weights.count) numbers and there are \(classes.count) "
            + "\(task.outputs): give one for each, in their order"
        )
      }
      return weights
    case .file(let path): return try Self.read(path, classes)
    case .balanced:
      let examples = Double(data.training.count)
      let counts =
        try task == .labels
        ? data.targets!.training.cast(to: .float64).sum(along: 0).scalars(Double.self)
        : Self.counts(data.training.labels!, classes.count)
      if let place = counts.firstIndex(where: { $0 == 0 || task == .labels && $0 == examples }) {
        throw RunError(
          "--class-weights balanced needs examples with and without every one of the \(task.outputs), and "
            + "'\(classes[place].printable)' has \(Int(counts[place])) of \(grouped(Int(examples))): give numbers instead"
        )
      }
      return counts.map {
        task == .labels ? (examples - $0) / $0 : examples / (Double(counts.count) * $0)
      }
    }
  }

  private static func counts(_ labels: Tensor, _ classes: Int) throws -> [Double] {
    var counts = [Double](repeating: 0, count: classes)
    for label in labels.scalars(Int.self) { counts[label] += 1 }
    return counts
  }

  private static func read(_ path: String, _ classes: [String]) throws -> [Double] {
    func refused(_ reason: String) -> RunError {
      RunError("--class-weights '\(path)': \(reason); write a line NAME,WEIGHT for each class")
    }
    guard FileManager.default.fileExists(atPath: path) else {
      throw refused("there is no such file, and it is no list of numbers either")
    }
    var known: [String: Double] = [:]
    let lines = try RegularFile.text(URL(fileURLWithPath: path)).split(whereSeparator: \.isNewline)
    for line in lines where !line.allSatisfy(\.isWhitespace) {
      let text = line.trimmingCharacters(in: .whitespaces)
      guard let comma = text.lastIndex(of: ",") else {
        throw refused("'\(text.printable)' has no comma")
      }
      let name = text[..<comma].trimmingCharacters(in: .whitespaces)
      let number = text[text.index(after: comma)...].trimmingCharacters(in: .whitespaces)
      guard let weight = Double(number), isWeight(weight) else {
        throw refused("'\(number.printable)' is no positive number of at most a billion")
      }
      guard classes.contains(name) else {
        let some = classes.prefix(8).joined(separator: ", ").printable
        throw refused("'\(name.printable)' is not among \(some)")
      }
      guard known.updateValue(weight, forKey: name) == nil else {
        throw refused("'\(name.printable)' is there twice")
      }
    }
    return try classes.map { name in
      guard let weight = known[name] else { throw refused("'\(name.printable)' is not there") }
      return weight
    }
  }
}

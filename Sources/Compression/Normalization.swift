import Exchange
import Foundation

/// What `--normalize` says.
package enum Normalization: Equatable {
  /// By what the files say.
  case usual
  /// The numbers as the files have them.
  case none
  /// Divided by 255.
  case bytes
  /// Mean 0 and deviation 1 on the training examples.
  case standard
  case pairs(ExampleScaling)

  /// - Throws: `RunError` when the text is none of them.
  package init(_ text: String?) throws {
    switch text {
    case nil: self = .usual
    case "none": self = .none
    case "bytes": self = .bytes
    case "standard": self = .standard
    case let text?:
      let numbers = text.split(separator: ",").map {
        Double($0.trimmingPrefix(while: \.isWhitespace))
      }
      let known = numbers.compactMap { $0 }.filter(\.isFinite)
      let channels = known.count / 2
      guard known.count == numbers.count, channels > 0, known.count % 2 == 0,
        known.suffix(channels).allSatisfy({ $0 > 0 })
      else { throw Self.refusal(text) }
      self = .pairs(
        ExampleScaling(
          mean: Array(known.prefix(channels)),
          deviation: Array(known.suffix(channels))
        )
      )
    }
  }

  package static func refusal(_ text: String) -> RunError {
    RunError(
      "--normalize '\(text)': write none, bytes, standard, or means and then deviations of each "
        + "channel, such as 0.286,0.353"
    )
  }

  /// What numbers are divided by before; nil for what is usual.
  package var divisor: Double? {
    switch self {
    case .usual, .standard: nil
    case .none: 1
    case .bytes: 255
    // No mean of numbers from 0 to 1 is above 1.
    case .pairs(let scaling): scaling.mean.contains { $0.magnitude > 1 } ? 1 : nil
    }
  }
}

extension DataPlan {
  /// What is done to the numbers of an input, in words.
  package var scalingText: String {
    func text(_ number: Double) -> String { String(format: "%.4g", number) }
    let range = inputRange.map { "from \(text($0[0])) to \(text($0[1])), " } ?? ""
    let done = scaling.text(after: source.divisor ?? 1)
    return range + (done.isEmpty ? "as they are" : done)
  }
}

import Foundation

extension StudentGraph {
  /// What there is to know about an exported student, as Markdown for people.
  ///
  /// - Parameters:
  ///   - title: The name of the file.
  ///   - parity: How it compared with the network.
  public func modelCard(_ title: String, _ parity: Parity) -> String {
    let shape = inputShape.map(String.init).joined(separator: " × ")
    var facts = [
      ("inputs", "\(shape) numbers, as the training data had them: scaling is inside"),
      ("answers", answers),
      ("numbers inside", "\(numberCount)"),
      ("parity", "\(parity)"),
    ]
    facts += provenance.sorted { $0.key < $1.key }.filter {
      !["answer", "recipe"].contains($0.key)
    }
    let rows = facts.map { "| \(Self.cell($0)) | \(Self.cell($1)) |" }
    var text = "# \(Self.cell(title))\n\nA student that distill made.\n\n| | |\n|---|---|\n"
    text += rows.joined(separator: "\n") + "\n"
    if let recipe = provenance["recipe"] {
      // Indented text is code, whatever it holds.
      let lines = recipe.split(separator: "\n", omittingEmptySubsequences: false)
      text +=
        "\n## Recipe\n\n" + lines.map { $0.isEmpty ? "" : "    \($0)" }.joined(separator: "\n")
    }
    return text.trimmingCharacters(in: .newlines) + "\n"
  }

  private var answers: String {
    guard classes.isEmpty else {
      return "probabilities of \(classes.count) classes: \(classes.joined(separator: ", "))"
    }
    if let answer = provenance["answer"] { return answer }
    switch ending {
    case .normalMixture: return "weights, means and deviations of a mixture of normal distributions"
    case .poissonMixture: return "weights and means of a mixture of Poisson distributions"
    default: return "\(outputCount) \(outputCount == 1 ? "number" : "numbers")"
    }
  }

  /// The weights and biases of all operations.
  private var numberCount: Int {
    operations.reduce(0) { sum, operation in
      switch operation.kind {
      case .linear(let weights, let biases), .convolution(_, let weights, let biases),
        .positionwise(let weights, let biases), .layerNorm(let weights, let biases, _):
        sum + weights.count + biases.count
      case .embedding(_, let weights), .shift(let weights): sum + weights.count
      case .recurrence(let recurrence):
        recurrence.directions.reduce(sum) { sum, part in
          sum + part.inputWeights.count + part.stateWeights.count + part.inputBiases.count
            + part.stateBiases.count
        }
      case .nade(let nade):
        sum + 2 * nade.weights.count + nade.hiddenBiases.count + nade.visibleBiases.count
      case .prefixes(let prefixes):
        sum + prefixes.weights.count + prefixes.masks.count + prefixes.biases.count
          + prefixes.factors.count
      case .rows(let rows): sum + rows.weights.count + rows.biases.count
      case .maxPool, .meanPool, .sum, .softmax, .attention, .flatten, .sequence, .mean, .upsample,
        .join, .bernoulli, .normalDensity, .logSum:
        sum
      }
    }
  }

  /// Text within a row of a table.
  private static func cell(_ text: String) -> String {
    let oneLine = text.split(whereSeparator: \.isNewline).joined(separator: " ")
    return oneLine.reduce(into: "") { text, character in
      if "\\`*_{}[]<>|#".contains(character) { text.append("\\") }
      text.append(character)
    }
  }
}

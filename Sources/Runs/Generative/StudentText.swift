import Distill

/// A student as it is written on the command line: `nade:500`, `made:1000-1000`, `deep-nade:500-500`,
/// and in several orders `deep-nade:500-500,orders:8`.
package struct StudentText: Equatable {
  /// All but those over real numbers.
  package let kind: StudentKind
  /// Units of each hidden layer.
  package let hidden: [Int]
  /// How many orders of the inputs the student is a mixture over.
  package let orders: Int

  /// - Throws: `RunError` for what is no such student.
  package init(_ text: String) throws {
    let usage =
      "write nade:500 with the number of hidden units, made:1000-1000 or deep-nade:500-500 with those "
      + "of each hidden layer, and behind the last two ,orders:8 for a mixture over orders"
    let parts = text.split(separator: ",", omittingEmptySubsequences: false)
      .map { $0.split(separator: ":", omittingEmptySubsequences: false).map(String.init) }
    guard (1...2).contains(parts.count), parts.allSatisfy({ $0.count == 2 }),
      let kind = StudentKind(rawValue: parts[0][0]), kind != .rnade
    else { throw RunError("'\(text)' is no student: \(usage)") }
    let sizes = parts[0][1].split(separator: "-", omittingEmptySubsequences: false).map { Int($0) }
    let orders = parts.count == 1 ? 1 : parts[1][0] == "orders" ? Int(parts[1][1]) : nil
    guard let orders, sizes.allSatisfy({ $0 != nil }), kind != .nade || sizes.count == 1 else {
      throw RunError("'\(text)' is no student: \(usage)")
    }
    self.kind = kind
    hidden = sizes.map { $0! }
    self.orders = orders
    try check(text)
  }

  private func check(_ text: String) throws {
    for units in hidden {
      try requireCount("'\(text)': hidden units", units, atMost: 100_000)
    }
    try requireCount("'\(text)': hidden layers", hidden.count, atMost: 16)
    try requireCount("'\(text)': orders", orders, atMost: 1_000)
    let weights = zip(hidden, hidden.dropFirst()).reduce(0) { $0 + $1.0 * $1.1 }
    guard weights <= 1_000_000_000 else {
      throw RunError(
        "'\(text)': \(grouped(weights)) weights between hidden layers are more than a billion: take "
          + "fewer units"
      )
    }
    guard kind != .nade || orders == 1 else {
      throw RunError(
        "'\(text)': a NADE has weights for one order only; take deep-nade or made for several"
      )
    }
  }

  /// Refuses a loss that means nothing for such a student.
  package func check(_ loss: LossText) throws {
    guard kind == .deepNADE || orders > 1 else { return }
    let fitting: [LossText.Name] = [.likelihood, .conditional]
    guard let other = loss.names.first(where: { !fitting.contains($0) }) else { return }
    throw RunError(
      "a student that learns many orders at once does not take the loss '\(other.word)', because "
        + "each step sees one order of many: choose likelihood or conditional"
    )
  }

  /// The student before its first step, with random weights.
  package func makeModel(inputs: Int, seed: UInt64) -> any StoredModel {
    let generator = RandomGenerator(seed: seed)
    return switch kind {
    case .nade, .rnade: NADE(inputs: inputs, hidden: hidden[0], using: generator)
    case .made:
      MADE(
        inputs: inputs,
        hidden: hidden,
        masks: orders > 1 ? .orderAgnostic(masks: orders) : .fixed,
        using: generator
      )
    case .deepNADE:
      // Prefixes of a random order look like the masks that it learns from; rows of an image do not.
      DeepNADE(
        inputs: inputs,
        hidden: hidden,
        order: Tensor.permutation(inputs, using: RandomGenerator(seed: ~seed))
          .scalars(Int.self),
        using: generator
      )
    }
  }

  /// What a trained model stands for: itself, or its mixture over orders.
  package func finished(_ model: any StoredModel, seed: UInt64) -> any StoredModel {
    guard orders > 1 else { return model }
    return switch model {
    case let made as MADE: OrderMixture(made.members(orders, seed: seed))
    case let deep as DeepNADE: OrderMixture(deep, orders: orders, seed: seed)
    default: model
    }
  }
}

import Distill

/// A student in words and pictures, whatever its kind.
extension NormalizedModel {
  /// Such as `NADE 784-500` or `deep NADE 784-500-500 in 8 orders`.
  package var title: String {
    switch self {
    case let nade as NADE: "NADE \(inputs)-\(nade.hidden)"
    case let made as MADE: "MADE " + sizes(made.hidden)
    case let deep as DeepNADE: "deep NADE " + sizes(deep.hidden)
    case let mixture as OrderMixture<MADE>: mixture.titleOfMany
    case let mixture as OrderMixture<DeepNADE>: mixture.titleOfMany
    default: "\(Self.self) over \(inputs) units"
    }
  }

  private func sizes(_ hidden: [Int]) -> String {
    ([inputs] + hidden).map(String.init).joined(separator: "-")
  }

  /// The weights into the first hidden units, and out of the last, `[inputs, hidden]`.
  package var outerWeights: (first: Tensor, last: Tensor)? {
    switch self {
    case let nade as NADE: (nade.weights.value, nade.outputWeights.value)
    case let made as MADE:
      made.connectedWeights.first.map { ($0.transposed(), made.connectedWeights.last!) }
    case let deep as DeepNADE:
      (deep.inputWeights.value.transposed(), deep.layers.last!.weight.value)
    case let mixture as OrderMixture<MADE>: mixture.members[0].outerWeights
    case let mixture as OrderMixture<DeepNADE>: mixture.members[0].outerWeights
    default: nil
    }
  }
}

extension OrderMixture {
  fileprivate var titleOfMany: String { "\(members[0].title) in \(members.count) orders" }
}

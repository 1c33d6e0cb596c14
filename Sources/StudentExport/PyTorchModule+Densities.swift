import StudentRuntime
import Tensors

extension StudentGraph.Operation {
  /// The tensors of what densities are made of, by the first part of their names.
  var densityTensors: [(name: String, tensor: Tensor)] {
    switch kind {
    case .nade(let nade):
      let shape = [nade.inputs, nade.hidden]
      return [
        ("order", Tensor(nade.order)), ("weights", Tensor(nade.weights, shape: shape)),
        ("outputs", Tensor(nade.outputWeights, shape: shape)),
        ("hidden", Tensor(nade.hiddenBiases)), ("visible", Tensor(nade.visibleBiases)),
      ]
    case .prefixes(let prefixes):
      let shape = [prefixes.inputs, prefixes.hidden]
      let masks = prefixes.masks.isEmpty ? [0] : prefixes.masks
      return [
        ("order", Tensor(prefixes.order)), ("weights", Tensor(prefixes.weights, shape: shape)),
        ("masks", Tensor(masks, shape: prefixes.masks.isEmpty ? [1, 1] : shape)),
        ("hidden", Tensor(prefixes.biases)),
        ("factors", Tensor(prefixes.factors, shape: [prefixes.inputs, 1])),
      ]
    case .rows(let rows):
      let shape = [rows.positions, rows.outputs]
      return [
        ("order", Tensor(rows.places)),
        ("weights", Tensor(rows.weights, shape: shape + [rows.features])),
        ("biases", Tensor(rows.biases, shape: shape)),
      ]
    case .normalDensity(let constant): return [("constant", Tensor([constant]))]
    default: return []
    }
  }

  /// The expression of what densities are made of; nil where the operation is no such.
  func densityExpression(_ value: Int, _ inputs: [String], _ units: String?) -> String? {
    func own(_ names: String...) -> String {
      names.map { ", self.\($0)\(value)" }.joined()
    }
    switch kind {
    case .nade:
      return "nade(\(inputs[0])[:, self.order\(value)]"
        + own("weights", "outputs", "hidden", "visible") + ", \(units!))"
    case .bernoulli: return "log_probability(\(inputs[0]), \(inputs[1]))"
    case .prefixes:
      return "prefixes(\(inputs[0])[:, self.order\(value)]"
        + own("weights", "hidden", "masks", "factors") + ")"
    case .rows(let rows):
      return "rows(\(inputs[0])" + own("weights", "biases", "order") + ")"
        + (rows.outputs == 1 ? ".squeeze(2)" : "")
    case .normalDensity:
      return "log_density(\(inputs[0]), \(inputs[1])) + self.constant\(value)"
    case .logSum: return "torch.logaddexp(\(inputs[0]), \(inputs[1]))"
    default: return nil
    }
  }
}

extension StudentGraph {
  /// The functions that operations of densities call.
  var densityFunctions: String {
    var (bits, prefixes, nade, rows, density) = (false, false, false, false, false)
    for operation in operations {
      switch operation.kind {
      case .bernoulli: bits = true
      case .nade: (bits, prefixes, nade) = (true, true, true)
      case .prefixes: prefixes = true
      case .rows: rows = true
      case .normalDensity: density = true
      default: break
      }
    }
    return [
      (bits, Self.bitsFunction), (prefixes, Self.prefixesFunction), (nade, Self.nadeFunction),
      (rows, Self.rowsFunction), (density, Self.densityFunction),
    ].map { $0 ? $1 : "" }.joined()
  }

  private static let bitsFunction = """
    def log_probability(x, logits):
        \"\"\"log P of bits by their logits.\"\"\"
        return (x * logits - F.softplus(logits)).sum(1, keepdim=True)



    """

  private static let prefixesFunction = """
    def prefixes(x, weights, hidden, masks=0, factors=1):
        \"\"\"What hidden units know before each input: a sum over those before it.\"\"\"
        steps = x.unsqueeze(2) * weights + masks
        return (steps.cumsum(1) - steps + hidden) * factors



    """

  private static let nadeFunction = """
    def nade(x, weights, outputs, hidden, visible, units):
        \"\"\"log q(x).\"\"\"
        logits = (units(prefixes(x, weights, hidden)) * outputs).sum(2) + visible
        return log_probability(x, logits)



    """

  private static let rowsFunction = """
    def rows(x, weights, biases, order):
        \"\"\"Linear functions of each position's features, other ones at every position.\"\"\"
        return ((x.unsqueeze(2) * weights).sum(3) + biases)[:, order]



    """

  private static let densityFunction = """
    def log_density(x, parts):
        \"\"\"log of the density of numbers, by mixtures of normal distributions.\"\"\"
        logits, means, deviations = parts.chunk(3, 2)
        z = (x.unsqueeze(2) - means) * (-deviations).exp()
        logs = logits.log_softmax(2) - deviations - z * z / 2 - 0.9189385332046727
        return logs.logsumexp(2).sum(1, keepdim=True)



    """
}

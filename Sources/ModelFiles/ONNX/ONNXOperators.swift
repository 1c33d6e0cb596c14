import Tensors

/// What runs an ONNX operator.
enum ONNXOperation {
  case tensors(ONNXFunction)
  case values(ONNXValueFunction)
  /// Made once out of the attributes, where these are most of the work.
  case prepared(@Sendable ([String: ONNXAttribute]) throws -> ONNXValueFunction)

  /// What runs the operator of a node with these attributes.
  func prepared(for attributes: [String: ONNXAttribute]) throws -> ONNXOperation {
    if case .prepared(let make) = self { .values(try make(attributes)) } else { self }
  }

  func results(of call: ONNXCall) throws -> [ModelValue] {
    switch self {
    case .values(let function):
      var call = call
      call.inputs = call.values.map { if case .tensor(let tensor) = $0 { tensor } else { nil } }
      return try function(call)
    case .prepared: return try prepared(for: call.attributes).results(of: call)
    case .tensors(let function):
      var call = call
      var foreign: ForeignType?
      call.inputs = try call.values.map { value in
        switch value {
        case .none: return nil
        case .tensor(let tensor): return tensor
        case .foreign(let tensor, let type):
          foreign = foreign ?? type
          return tensor
        default: throw TorchError("it takes tensors of numbers, and this is something else")
        }
      }
      let results: [ModelValue]
      if let foreign {
        results = try ONNXForeign.results(of: function, call, foreign)
      } else {
        results = try function(call).map { $0.map { .tensor($0) } ?? .none }
      }
      call.pass?.count(ONNXOperators.multiplyAdds(call, results))
      return results
    }
  }
}

/// The ONNX operators that are known here, by name.
enum ONNXOperators {
  /// Those of ONNX itself.
  static let all: [String: ONNXOperation] = {
    let tensors = [
      ONNXElementwise.all, ONNXActivations.all, ONNXShapes.all, ONNXIndexing.all,
      ONNXReductions.all, ONNXProducts.all, ONNXWindows.all, ONNXNormalization.all,
      ONNXRecurrence.all, ONNXResampling.all, ONNXQuantizedProducts.all, ONNXLosses.all,
      ONNXAttention.all, ONNXLinearAttention.all, ONNXSignals.all, ONNXBoxes.all,
      ONNXArranging.all, ONNXPooling.all, dropout,
    ]
    let values = [
      ONNXControlFlow.all, ONNXSequences.all, ONNXTexts.all, ONNXCasting.all,
      ONNXQuantization.all,
    ]
    let all =
      tensors.map { $0.mapValues { ONNXOperation.tensors($0) } }
      + values.map { $0.mapValues { ONNXOperation.values($0) } }
    return all.reduce(into: [:]) { all, group in
      all.merge(group) { _, _ in preconditionFailure("an operator is in two groups") }
    }
  }()

  /// Those of other domains.
  static let others: [String: [String: ONNXOperation]] = [
    "ai.onnx.preview": ["FlexAttention": .values(ONNXAttention.flexible)],
    "ai.onnx.ml": ONNXTables.all,
  ]

  static func operation(of node: ONNXNodeProto) throws -> ONNXOperation {
    func refusal(_ problem: String) -> GraphBuilder.Refusal {
      .init(
        problem: "the operator \(node.type.prefix(60)) at '\(node.place.prefix(60))' \(problem)",
        advice: "write the model with other operators"
      )
    }
    if node.domain.isEmpty {
      guard !random.contains(node.type) else { throw refusal("draws random numbers") }
      guard let operation = all[node.type] else { throw refusal("is not known here") }
      return operation
    }
    guard let operation = others[node.domain]?[node.type] else {
      throw refusal("is of '\(node.domain.prefix(60))', not one of ONNX's own")
    }
    return operation
  }

  /// How many multiply–adds a call takes, of the operators that have nearly all of them.
  static func multiplyAdds(_ call: ONNXCall, _ outputs: [ModelValue]) -> Int {
    func shape(_ index: Int) -> [Int] { call.optional(index)?.shape ?? [] }
    func count(_ index: Int) -> Int { shape(index).reduce(1, *) }
    guard case .tensor(let output)? = outputs.first else { return 0 }
    let kernel = shape(1).dropFirst().reduce(1, *)
    switch call.name {
    case "Conv", "ConvInteger", "DeformConv", "CausalConvWithState": return output.count * kernel
    case "QLinearConv": return output.count * shape(3).dropFirst().reduce(1, *)
    case "ConvTranspose": return count(0) * kernel
    case "MatMul", "MatMulInteger", "QLinearMatMul": return output.count * (shape(0).last ?? 1)
    case "Gemm": return output.count * (count(0) / max(output.shape.first ?? 1, 1))
    case "LSTM", "GRU", "RNN":
      return shape(0).dropLast().reduce(1, *) * (count(1) + count(2))
    case "Attention":
      // Queries with keys, and weights with values.
      guard outputs.count > 1, case .tensor(let keys) = outputs[1] else { return 0 }
      return (count(0) + output.count) * keys.shape[2]
    default: return 0
    }
  }

  /// Operators that answer differently each time.
  static let random: Set = [
    "RandomNormal", "RandomNormalLike", "RandomUniform", "RandomUniformLike", "Bernoulli",
    "Multinomial",
  ]
}

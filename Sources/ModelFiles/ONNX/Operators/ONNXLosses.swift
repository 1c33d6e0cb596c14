import Tensors

/// What is minimised, where a model gives that.
enum ONNXLosses {
  private static let logSoftmax = Torch("log_softmax", "int")
  private static let gather = Torch("gather")
  private static let choose = Torch("where", "self")
  private static let select = Torch("index_select")
  private static let differs = Torch("ne", "Scalar")
  private static let multiply = Torch("mul", "Tensor")

  static let all: [String: ONNXFunction] = [
    "NegativeLogLikelihoodLoss": { call in [try likelihood(call[0], call)] },
    "SoftmaxCrossEntropyLoss": { call in
      let logs = try logSoftmax(.tensor(call[0]), .integer(1), .none)
      return [try likelihood(logs, call), logs]
    },
  ]

  /// Minus the logarithms of the probabilities of the classes, `[batch, classes, …]`.
  private static func likelihood(_ logs: Tensor, _ call: ONNXCall) throws -> Tensor {
    var classes = try call[1].cast(to: .int64)
    guard logs.rank >= 2, classes.shape == [logs.shape[0]] + logs.shape[2...] else {
      throw TorchError("classes of \(classes.shape) for shape \(logs.shape)")
    }
    var isCounted: Tensor?
    if let ignored = try call.optionalInteger("ignore_index") {
      let counted = try differs(.tensor(classes), .integer(ignored))
      classes = try choose(.tensor(counted), .tensor(classes), .tensor(classes.zerosLike))
      isCounted = counted.cast(to: logs.elementType)
    }
    let places = try ONNXShapes.reshaped(classes, [logs.shape[0], 1] + logs.shape[2...])
    let found = try gather(.tensor(logs), .integer(1), .tensor(places), .bool(false))
    var weights = Tensor.ones(classes.shape, logs.elementType).moved(to: logs.device)
    if let ofClasses = call.optional(2) {
      let flat = try ONNXShapes.reshaped(classes, [classes.count])
      weights = try ONNXShapes.reshaped(
        select(.tensor(ofClasses), .integer(0), .tensor(flat)),
        classes.shape
      )
    }
    if let isCounted { weights = try multiply(.tensor(weights), .tensor(isCounted)) }
    let loss = try multiply(
      .tensor(-ONNXShapes.reshaped(found, classes.shape)),
      .tensor(weights)
    )
    switch try call.text("reduction", "mean") {
    case "none": return loss
    case "sum": return loss.sum()
    case "mean": return loss.sum() / weights.sum()
    default: throw TorchError("its reduction is not known here")
    }
  }
}

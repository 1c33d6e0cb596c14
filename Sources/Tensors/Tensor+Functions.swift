private enum Aten {
  static let exp = Operator("aten::exp")
  static let expm1 = Operator("aten::expm1")
  static let log = Operator("aten::log")
  static let log1p = Operator("aten::log1p")
  static let sqrt = Operator("aten::sqrt")
  static let rsqrt = Operator("aten::rsqrt")
  static let abs = Operator("aten::abs")
  static let sign = Operator("aten::sign")
  static let sin = Operator("aten::sin")
  static let cos = Operator("aten::cos")
  static let tanh = Operator("aten::tanh")
  static let erf = Operator("aten::erf")
  static let erfinv = Operator("aten::erfinv")
  static let lgamma = Operator("aten::lgamma")
  static let digamma = Operator("aten::digamma")
  static let floor = Operator("aten::floor")
  static let ceil = Operator("aten::ceil")
  static let round = Operator("aten::round")
  static let sigmoid = Operator("aten::sigmoid")
  static let relu = Operator("aten::relu")
  static let leakyRelu = Operator("aten::leaky_relu")
  static let gelu = Operator("aten::gelu")
  static let silu = Operator("aten::silu")
  static let elu = Operator("aten::elu")
  static let softplus = Operator("aten::softplus")
  static let hardSwish = Operator("aten::hardswish")
  static let logSigmoid = Operator("aten::log_sigmoid")
  static let softmax = Operator("aten::softmax", "int")
  static let logSoftmax = Operator("aten::log_softmax", "int")
}

/// Functions of each element.
extension Tensor {
  public var exponential: Tensor { Aten.exp(.tensor(self)) }
  /// exp(x) − 1, exact for small x.
  public var exponentialMinusOne: Tensor { Aten.expm1(.tensor(self)) }
  public var logarithm: Tensor { Aten.log(.tensor(self)) }
  /// log(1 + x), exact for small x.
  public var logarithmOfOnePlus: Tensor { Aten.log1p(.tensor(self)) }
  public var squareRoot: Tensor { Aten.sqrt(.tensor(self)) }
  public var reciprocalSquareRoot: Tensor { Aten.rsqrt(.tensor(self)) }
  public var magnitude: Tensor { Aten.abs(.tensor(self)) }
  /// −1, 0 or 1.
  public var sign: Tensor { Aten.sign(.tensor(self)) }
  public var sine: Tensor { Aten.sin(.tensor(self)) }
  public var cosine: Tensor { Aten.cos(.tensor(self)) }
  public var errorFunction: Tensor { Aten.erf(.tensor(self)) }
  /// The function that undoes ``errorFunction``.
  public var inverseErrorFunction: Tensor { Aten.erfinv(.tensor(self)) }
  /// log |Γ(x)|.
  public var logGamma: Tensor { Aten.lgamma(.tensor(self)) }
  /// The derivative of log Γ(x).
  public var digamma: Tensor { Aten.digamma(.tensor(self)) }
  public var roundedDown: Tensor { Aten.floor(.tensor(self)) }
  public var roundedUp: Tensor { Aten.ceil(.tensor(self)) }
  public var rounded: Tensor { Aten.round(.tensor(self)) }
}

/// Activations.
extension Tensor {
  public var tanh: Tensor { Aten.tanh(.tensor(self)) }
  /// 1 / (1 + exp(−x)).
  public var sigmoid: Tensor { Aten.sigmoid(.tensor(self)) }
  /// log(1 / (1 + exp(−x))), without underflow.
  public var logSigmoid: Tensor { Aten.logSigmoid(.tensor(self)) }
  /// max(x, 0).
  public var relu: Tensor { Aten.relu(.tensor(self)) }
  /// x where positive, `slope`·x elsewhere.
  public func leakyReLU(slope: Double = 0.01) -> Tensor {
    Aten.leakyRelu(.tensor(self), .real(slope))
  }
  /// x·Φ(x), Φ the standard normal cumulative distribution (Hendrycks & Gimpel 2016); the tanh
  /// approximation when asked for.
  public func gelu(approximate: Bool = false) -> Tensor {
    Aten.gelu(.tensor(self), .string(approximate ? "tanh" : "none"))
  }
  /// x·sigmoid(x).
  public var silu: Tensor { Aten.silu(.tensor(self)) }
  /// x where positive, exp(x) − 1 elsewhere.
  public var elu: Tensor { Aten.elu(.tensor(self)) }
  /// log(1 + exp(x)), without overflow.
  public var softplus: Tensor { Aten.softplus(.tensor(self)) }
  /// x·min(max(x + 3, 0), 6)/6.
  public var hardSwish: Tensor { Aten.hardSwish(.tensor(self)) }

  /// exp(x) / Σ exp(x) along an axis.
  public func softmax(along axis: Int = -1) -> Tensor {
    Aten.softmax(.tensor(self), .integer(axis))
  }
  /// x − log Σ exp(x) along an axis, without underflow.
  public func logSoftmax(along axis: Int = -1) -> Tensor {
    Aten.logSoftmax(.tensor(self), .integer(axis))
  }
}

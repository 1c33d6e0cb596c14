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
  static let tan = Operator("aten::tan")
  static let asin = Operator("aten::asin")
  static let acos = Operator("aten::acos")
  static let atan = Operator("aten::atan")
  static let sinh = Operator("aten::sinh")
  static let cosh = Operator("aten::cosh")
  static let log2 = Operator("aten::log2")
  static let ndtr = Operator("aten::special_ndtr")
  static let logNdtr = Operator("aten::special_log_ndtr")
  static let ndtri = Operator("aten::special_ndtri")
  static let tanh = Operator("aten::tanh")
  static let erf = Operator("aten::erf")
  static let erfc = Operator("aten::erfc")
  static let erfinv = Operator("aten::erfinv")
  static let lgamma = Operator("aten::lgamma")
  static let digamma = Operator("aten::digamma")
  static let polygamma = Operator("aten::polygamma")
  static let floor = Operator("aten::floor")
  static let ceil = Operator("aten::ceil")
  static let trunc = Operator("aten::trunc")
  static let round = Operator("aten::round")
  static let sigmoid = Operator("aten::sigmoid")
  static let relu = Operator("aten::relu")
  static let leakyRelu = Operator("aten::leaky_relu")
  static let gelu = Operator("aten::gelu")
  static let silu = Operator("aten::silu")
  static let elu = Operator("aten::elu")
  static let softplus = Operator("aten::softplus")
  static let mish = Operator("aten::mish")
  static let selu = Operator("aten::selu")
  static let hardSwish = Operator("aten::hardswish")
  static let logSigmoid = Operator("aten::log_sigmoid")
  static let softmax = Operator("aten::softmax", "int")
  static let logSoftmax = Operator("aten::log_softmax", "int")
}

/// Functions of each element.
extension Tensor {
  /// exp(x).
  public var exponential: Tensor { Aten.exp(.tensor(self)) }
  /// exp(x) − 1, exact for small x.
  public var exponentialMinusOne: Tensor { Aten.expm1(.tensor(self)) }
  /// log(x), to base e.
  public var logarithm: Tensor { Aten.log(.tensor(self)) }
  /// log(1 + x), exact for small x.
  public var logarithmOfOnePlus: Tensor { Aten.log1p(.tensor(self)) }
  /// log(x), to base 2.
  public var logarithmToBase2: Tensor { Aten.log2(.tensor(self)) }
  /// √x.
  public var squareRoot: Tensor { Aten.sqrt(.tensor(self)) }
  /// 1/√x.
  public var reciprocalSquareRoot: Tensor { Aten.rsqrt(.tensor(self)) }
  /// |x|.
  public var magnitude: Tensor { Aten.abs(.tensor(self)) }
  /// −1, 0 or 1.
  public var sign: Tensor { Aten.sign(.tensor(self)) }
  /// sin(x), x in radians like all angles here.
  public var sine: Tensor { Aten.sin(.tensor(self)) }
  /// cos(x).
  public var cosine: Tensor { Aten.cos(.tensor(self)) }
  /// tan(x).
  public var tangent: Tensor { Aten.tan(.tensor(self)) }
  /// The angle in [−π/2, π/2] whose sine is x.
  public var arcsine: Tensor { Aten.asin(.tensor(self)) }
  /// The angle in [0, π] whose cosine is x.
  public var arccosine: Tensor { Aten.acos(.tensor(self)) }
  /// The angle in (−π/2, π/2) whose tangent is x.
  public var arctangent: Tensor { Aten.atan(.tensor(self)) }
  /// (exp(x) − exp(−x))/2.
  public var hyperbolicSine: Tensor { Aten.sinh(.tensor(self)) }
  /// (exp(x) + exp(−x))/2.
  public var hyperbolicCosine: Tensor { Aten.cosh(.tensor(self)) }
  /// erf(x) = 2/√π ∫₀ˣ exp(−t²) dt.
  public var errorFunction: Tensor { Aten.erf(.tensor(self)) }
  /// 1 − erf(x), exact for large x.
  public var complementaryErrorFunction: Tensor { Aten.erfc(.tensor(self)) }
  /// The x whose erf is given, in (−1, 1).
  public var inverseErrorFunction: Tensor { Aten.erfinv(.tensor(self)) }
  /// Φ(x), the standard normal cumulative distribution.
  public var normalCumulative: Tensor { Aten.ndtr(.tensor(self)) }
  /// log Φ(x), without underflow.
  public var logNormalCumulative: Tensor { Aten.logNdtr(.tensor(self)) }
  /// The x whose Φ is given, in (0, 1): standard normal quantiles.
  public var normalQuantile: Tensor { Aten.ndtri(.tensor(self)) }
  /// log |Γ(x)|.
  public var logGamma: Tensor { Aten.lgamma(.tensor(self)) }
  /// The derivative of log Γ(x).
  public var digamma: Tensor { Aten.digamma(.tensor(self)) }
  /// The second derivative of log Γ(x), to nine digits.
  public var trigamma: Tensor { Aten.polygamma(.integer(1), .tensor(self)) }
  /// To the nearest integer towards −∞.
  public var roundedDown: Tensor { Aten.floor(.tensor(self)) }
  /// To the nearest integer towards +∞.
  public var roundedUp: Tensor { Aten.ceil(.tensor(self)) }
  /// To the nearest integer towards 0.
  public var truncated: Tensor { Aten.trunc(.tensor(self)) }
  /// To the nearest integer, halves to the even one.
  public var rounded: Tensor { Aten.round(.tensor(self)) }
}

/// Activations.
extension Tensor {
  /// (exp(x) − exp(−x))/(exp(x) + exp(−x)).
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
  /// x·tanh(softplus(x)) (Misra 2019).
  public var mish: Tensor { Aten.mish(.tensor(self)) }
  /// Scaled ``elu`` that keeps mean 0 and variance 1 (Klambauer et al. 2017).
  public var selu: Tensor { Aten.selu(.tensor(self)) }
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

import Foundation

/// NADE written as its formulas, in Float64 and with no attention to speed: what the kernels are
/// compared with. Rows of the weights belong to inputs in the images' order.
struct ReferenceNADE {
  var inputs: Int
  var hidden: Int
  var order: [Int32]
  var rectified = false
  var inputWeights: [Double]
  var outputWeights: [Double]
  var c: [Double]
  var b: [Double]

  /// Random parameters that Float32 holds exactly, so that both sides compute with the same.
  init(
    inputs: Int,
    hidden: Int,
    rectified: Bool = false,
    shuffled: Bool = false,
    scale: Double = 0.5,
    seed: UInt64
  ) {
    var numbers = SeededNumbers(seed: seed)
    func normals(_ count: Int, _ scale: Double) -> [Double] {
      (0..<count).map { _ in Double(Float(numbers.normal() * scale)) }
    }
    self.inputs = inputs
    self.hidden = hidden
    self.rectified = rectified
    order = (0..<Int32(inputs)).map { $0 }
    inputWeights = normals(inputs * hidden, scale)
    outputWeights = normals(inputs * hidden, scale / Double(hidden).squareRoot())
    c = normals(hidden, scale)
    b = normals(inputs, scale)
    if shuffled { order.shuffle(using: &numbers) }
  }

  private func activation(_ a: Double) -> Double {
    rectified ? max(a, 0) : 1 / (1 + exp(-a))
  }
  private func slope(_ a: Double) -> Double {
    if rectified { return a > 0 ? 1 : 0 }
    let h = activation(a)
    return h * (1 - h)
  }

  /// The logits z in the images' order, and the hidden a before each input of the recursion.
  func logits(_ x: [Double]) -> (z: [Double], a: [[Double]]) {
    var a = c
    var z = b
    var before: [[Double]] = []
    for input in order.map(Int.init) {
      before.append(a)
      for j in 0..<hidden { z[input] += outputWeights[input * hidden + j] * activation(a[j]) }
      for j in 0..<hidden { a[j] += inputWeights[input * hidden + j] * x[input] }
    }
    return (z, before)
  }

  func logProbability(_ x: [Double]) -> Double {
    zip(x, logits(x).z).map { x, z in x * z - max(z, 0) - log1p(exp(-abs(z))) }.reduce(0, +)
  }

  func conditionals(_ x: [Double]) -> [Double] { logits(x).z.map { 1 / (1 + exp(-$0)) } }

  /// ∂log q/∂x_i = z_i + W_i·Σ_{j>i} e_j, e_j = (x_j − y_j) U_j s′(a_j).
  func inputDerivative(_ x: [Double]) -> [Double] {
    let (z, a) = logits(x)
    var suffix = [Double](repeating: 0, count: hidden)
    var result = z
    for (step, input) in order.map(Int.init).enumerated().reversed() {
      let residual = x[input] - 1 / (1 + exp(-z[input]))
      for j in 0..<hidden {
        result[input] += inputWeights[input * hidden + j] * suffix[j]
        suffix[j] += residual * outputWeights[input * hidden + j] * slope(a[step][j])
      }
    }
    return result
  }

  /// The parameters one after the other: W, U, c, b.
  var flat: [Double] {
    get { inputWeights + outputWeights + c + b }
    set {
      let size = inputs * hidden
      inputWeights = Array(newValue[0..<size])
      outputWeights = Array(newValue[size..<2 * size])
      c = Array(newValue[2 * size..<2 * size + hidden])
      b = Array(newValue[(2 * size + hidden)...])
    }
  }

  /// The gradient of `loss` in `flat`, by central differences of step 1e−5.
  func finiteDifferences(_ loss: (ReferenceNADE) -> Double) -> [Double] {
    var moved = self
    let start = flat
    let step = 1e-5
    return start.indices.map { index in
      var values = start
      values[index] = start[index] + step
      moved.flat = values
      let above = loss(moved)
      values[index] = start[index] - step
      moved.flat = values
      return (above - loss(moved)) / (2 * step)
    }
  }

  /// The derivative of `loss` along one random direction, for where there are many parameters.
  func directionalDerivative(seed: UInt64, _ loss: (ReferenceNADE) -> Double)
    -> (direction: [Double], derivative: Double)
  {
    var numbers = SeededNumbers(seed: seed)
    let start = flat
    let direction = start.map { _ in numbers.normal() }
    func moved(_ step: Double) -> Double {
      var model = self
      model.flat = zip(start, direction).map { $0 + step * $1 }
      return loss(model)
    }
    return (direction, (moved(1e-5) - moved(-1e-5)) / 2e-5)
  }
}

/// SplitMix64 with normals by Box and Muller.
struct SeededNumbers: RandomNumberGenerator {
  private var state: UInt64
  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
  mutating func normal() -> Double {
    let radius = (-2 * log(Double.random(in: 1e-12..<1, using: &self))).squareRoot()
    return radius * cos(2 * .pi * Double.random(in: 0..<1, using: &self))
  }
  /// Images [count][inputs] of zeros and ones, or of any grey.
  mutating func images(_ count: Int, _ inputs: Int, on: Double = 0.4, grey: Bool = false)
    -> [[Double]]
  {
    (0..<count).map { _ in
      (0..<inputs).map { _ in
        let number = Double.random(in: 0..<1, using: &self)
        return grey ? Double(Float(number)) : number < on ? 1 : 0
      }
    }
  }
}

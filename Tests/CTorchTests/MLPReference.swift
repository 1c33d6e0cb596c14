import CTorch
import Foundation

/// A small generator with an explicit seed (SplitMix64).
struct Draws {
  var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  mutating func uniform() -> Double { (Double(next() >> 11) + 0.5) / 9_007_199_254_740_992 }

  mutating func normal() -> Double {
    (-2 * log(uniform())).squareRoot() * cos(2 * .pi * uniform())
  }

  mutating func normals(_ count: Int, scale: Double = 1) -> [Float] {
    (0..<count).map { _ in Float(scale * normal()) }
  }
}

/// A multilayer perceptron in plain double precision: the definition the kernels are held to.
struct ReferenceMLP {
  var widths: [Int]
  var activation: distill_mlp_activation
  var weights: [[Double]]
  var biases: [[Double]]

  init(_ widths: [Int], _ activation: distill_mlp_activation, seed: UInt64, gain: Double = 1) {
    var draws = Draws(seed: seed)
    self.widths = widths
    self.activation = activation
    weights = (1..<widths.count).map { l in
      draws.normals(widths[l] * widths[l - 1], scale: gain / Double(widths[l - 1]).squareRoot())
        .map(Double.init)
    }
    biases = (1..<widths.count).map { draws.normals(widths[$0], scale: 0.1).map(Double.init) }
  }

  var inputs: Int { widths[0] }
  var outputs: Int { widths[widths.count - 1] }

  func squash(_ z: Double) -> Double {
    switch activation {
    case DISTILL_MLP_RELU: max(z, 0)
    case DISTILL_MLP_TANH: tanh(z)
    case DISTILL_MLP_LOGISTIC: 1 / (1 + exp(-z))
    case DISTILL_MLP_ELU: z > 0 ? z : expm1(z)
    case DISTILL_MLP_LEAKY_RELU: z > 0 ? z : 0.01 * z
    case DISTILL_MLP_GELU: z * erfc(-z / 2.0.squareRoot()) / 2
    case DISTILL_MLP_SILU: z / (1 + exp(-z))
    case DISTILL_MLP_SOFTPLUS: max(z, 0) + log1p(exp(-abs(z)))
    case DISTILL_MLP_HARD_SWISH: z * min(max(z + 3, 0), 6) / 6
    default: z
    }
  }

  /// s′(z).
  func slope(_ z: Double) -> Double {
    let p = 1 / (1 + exp(-z))
    return switch activation {
    case DISTILL_MLP_RELU: z > 0 ? 1 : 0
    case DISTILL_MLP_TANH: 1 - tanh(z) * tanh(z)
    case DISTILL_MLP_LOGISTIC: p * (1 - p)
    case DISTILL_MLP_ELU: z > 0 ? 1 : exp(z)
    case DISTILL_MLP_LEAKY_RELU: z > 0 ? 1 : 0.01
    case DISTILL_MLP_GELU:
      erfc(-z / 2.0.squareRoot()) / 2 + z * exp(-z * z / 2) / (2 * .pi).squareRoot()
    case DISTILL_MLP_SILU: p * (1 + z * (1 - p))
    case DISTILL_MLP_SOFTPLUS: p
    case DISTILL_MLP_HARD_SWISH: z < -3 ? 0 : z > 3 ? 1 : z / 3 + 0.5
    default: 1
    }
  }

  /// Wx + b of every layer; the last are the logits.
  func preactivations(at input: [Double]) -> [[Double]] {
    var all: [[Double]] = []
    for l in weights.indices {
      let a = l == 0 ? input : all[l - 1].map(squash)
      all.append(
        weights[l].withUnsafeBufferPointer { weight in
          (0..<widths[l + 1]).map { c in
            var z = biases[l][c]
            for k in a.indices { z += weight[c * a.count + k] * a[k] }
            return z
          }
        }
      )
    }
    return all
  }

  func logits(at input: [Double]) -> [Double] { preactivations(at: input).last! }

  /// ∂log softmax(logits)_k/∂x, one row for each k.
  func jacobian(at input: [Double]) -> [[Double]] {
    let all = preactivations(at: input)
    let p = logSoftmax(all.last!).map { exp($0) }
    return (0..<outputs).map { k in
      var d = p.indices.map { ($0 == k ? 1 : 0) - p[$0] }
      for l in weights.indices.reversed() {
        var up = [Double](repeating: 0, count: widths[l])
        weights[l].withUnsafeBufferPointer { weight in
          for c in d.indices where d[c] != 0 {
            for i in up.indices { up[i] += d[c] * weight[c * up.count + i] }
          }
        }
        if l > 0 { for i in up.indices { up[i] *= slope(all[l - 1][i]) } }
        d = up
      }
      return d
    }
  }

  /// Moved by `distance` along a direction in parameter space.
  func moved(along direction: [[Float]], and biasDirection: [[Float]], by distance: Double) -> Self
  {
    var result = self
    for l in weights.indices {
      for i in weights[l].indices { result.weights[l][i] += distance * Double(direction[l][i]) }
      for i in biases[l].indices { result.biases[l][i] += distance * Double(biasDirection[l][i]) }
    }
    return result
  }
}

func logSoftmax(_ z: [Double], temperature: Double = 1) -> [Double] {
  let scaled = z.map { $0 / temperature }
  let top = scaled.max()!
  let total = top + log(scaled.reduce(0) { $0 + exp($1 - top) })
  return scaled.map { $0 - total }
}

/// Owns a plan, and copies arrays in and out of it.
final class Plan {
  let pointer: OpaquePointer
  let widths: [Int]

  init(_ network: ReferenceMLP) {
    widths = network.widths
    pointer = distill_mlp_create(
      Int32(network.weights.count),
      widths.map(Int64.init),
      network.activation
    )!
    copyIn(
      DISTILL_MLP_PARAMETERS,
      network.weights.map { $0.map { Float($0) } },
      network.biases.map { $0.map { Float($0) } }
    )
  }

  deinit { distill_mlp_destroy(pointer) }

  func copyIn(_ slot: distill_mlp_slot, _ weights: [[Float]], _ biases: [[Float]]) {
    let w = weights.map(Plan.copy)
    let b = biases.map(Plan.copy)
    distill_mlp_import(
      pointer,
      slot,
      w.map { UnsafePointer($0) },
      b.map { UnsafePointer($0) }
    )
    for p in w + b { p.deallocate() }
  }

  func copyOut(_ slot: distill_mlp_slot) -> (weights: [[Float]], biases: [[Float]]) {
    let sizes = (1..<widths.count).map { widths[$0] * widths[$0 - 1] }
    let w = sizes.map { UnsafeMutablePointer<Float>.allocate(capacity: $0) }
    let b = widths.dropFirst().map { UnsafeMutablePointer<Float>.allocate(capacity: $0) }
    distill_mlp_export(pointer, slot, w, b)
    defer { for p in w + b { p.deallocate() } }
    return (
      zip(w, sizes).map { Array(UnsafeBufferPointer(start: $0, count: $1)) },
      zip(b, widths.dropFirst()).map { Array(UnsafeBufferPointer(start: $0, count: $1)) }
    )
  }

  private static func copy(_ values: [Float]) -> UnsafeMutablePointer<Float> {
    let p = UnsafeMutablePointer<Float>.allocate(capacity: values.count)
    p.initialize(from: values, count: values.count)
    return p
  }
}

import CTorch
import Foundation
import Testing

/// The tests of the kernels for Boltzmann machines.
@Suite struct KernelTests {}

extension KernelTests {
  /// A small machine and its plain double-precision mathematics, the oracle of these tests.
  struct RBMReference {
    let visible: Int
    let hidden: Int
    var weights: [Float]
    var visibleBias: [Float]
    var hiddenBias: [Float]

    /// Weights and biases uniform in ±`scale`.
    init(visible: Int, hidden: Int, seed: UInt64, scale: Float = 1) {
      self.visible = visible
      self.hidden = hidden
      var generator = SplitMix(state: seed)
      weights = (0..<visible * hidden).map { _ in .random(in: -scale...scale, using: &generator) }
      visibleBias = (0..<visible).map { _ in .random(in: -scale...scale, using: &generator) }
      hiddenBias = (0..<hidden).map { _ in .random(in: -scale...scale, using: &generator) }
    }

    /// b + Wᵀv.
    func hiddenSums(_ state: [Double]) -> [Double] {
      (0..<hidden).map { j in
        Double(hiddenBias[j])
          + (0..<visible).reduce(0) { $0 + state[$1] * Double(weights[$1 * hidden + j]) }
      }
    }

    /// a + Wh.
    func visibleSums(_ state: [Double]) -> [Double] {
      (0..<visible).map { i in
        Double(visibleBias[i])
          + (0..<hidden).reduce(0) { $0 + state[$1] * Double(weights[i * hidden + $1]) }
      }
    }

    /// log p̃(v) on the path of annealed importance sampling: β = 1 is the machine itself.
    func logUnnormalized(
      _ state: [Double],
      inverseTemperature beta: Double = 1,
      baseBias: [Float]? = nil
    ) -> Double {
      let linear = (0..<visible).reduce(0.0) {
        $0 + state[$1]
          * ((1 - beta) * Double(baseBias?[$1] ?? 0) + beta * Double(visibleBias[$1]))
      }
      return linear + hiddenSums(state).reduce(0) { $0 + softplus(beta * $1) }
    }

    /// log p̃ of every visible state, bit i of the number being unit i.
    var everyLogUnnormalized: [Double] {
      (0..<1 << visible).map { logUnnormalized(Self.bits($0, visible).map(Double.init)) }
    }

    var logPartition: Double { logSumExp(everyLogUnnormalized) }

    static func bits(_ number: Int, _ count: Int) -> [UInt8] {
      (0..<count).map { UInt8(number >> $0 & 1) }
    }

    /// The kernels' form of this machine; the body's result is returned.
    func withKernel<Result>(threads: Int32 = 2, _ body: (OpaquePointer) throws -> Result) rethrows
      -> Result
    {
      let rbm = distill_rbm_create(Int64(visible), Int64(hidden))!
      defer { distill_rbm_free(rbm) }
      distill_rbm_set(rbm, weights, visibleBias, hiddenBias, threads)
      return try body(rbm)
    }
  }

  static func sigmoid(_ x: Double) -> Double { 1 / (1 + exp(-x)) }
  static func softplus(_ x: Double) -> Double { max(x, 0) + log1p(exp(-abs(x))) }
  static func logSumExp(_ x: [Double]) -> Double {
    let largest = x.max()!
    return largest + log(x.reduce(0) { $0 + exp($1 - largest) })
  }

  /// SplitMix64 (Steele, Lea & Flood 2014).
  struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
      state &+= 0x9E37_79B9_7F4A_7C15
      var z = state
      z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
      z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
      return z ^ (z >> 31)
    }

    /// Bytes 0 or 1, on with the given probability.
    mutating func states(_ count: Int, on probability: Double = 0.5) -> [UInt8] {
      (0..<count).map { _ in Double.random(in: 0..<1, using: &self) < probability ? 1 : 0 }
    }
  }

  /// Runs the body with every instruction set this processor has, naming it.
  static func withEveryArchitecture(_ body: (String) throws -> Void) rethrows {
    defer { _ = distill_architecture_select(nil) }
    for name in ["baseline", "avx2", "avx512"] where distill_architecture_select(name) {
      try body(name)
    }
  }

  static func gibbs(seed: UInt64, threads: Int32 = 2) -> DistillGibbs {
    DistillGibbs(
      seed: seed,
      firstStep: 0,
      firstChain: 0,
      threads: threads,
      inverseTemperatures: nil,
      baseBias: nil
    )
  }

  /// The point that a chi-square variable exceeds with probability 10⁻⁶ (Wilson & Hilferty 1931).
  static func chiSquareLimit(degrees: Int) -> Double {
    let k = Double(degrees)
    let t = 1 - 2 / (9 * k) + 4.7534 * (2 / (9 * k)).squareRoot()
    return k * t * t * t
  }
}

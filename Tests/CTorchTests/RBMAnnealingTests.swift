import CTorch
import Foundation
import Testing

extension KernelTests {
  /// Annealed importance sampling against log Z by enumeration.
  @Suite struct RBMAnnealingTests {
    static let base: [Float] = [0.3, -0.5, 0, 1, -1, 0.2]
    static let betas = (0...100).map { Double($0) / 100 }

    static func logBase(_ machine: RBMReference) -> Double {
      base.reduce(0) { $0 + softplus(Double($1)) } + Double(machine.hidden) * log(2)
    }

    /// log mean exp, and the relative standard error of the mean.
    static func estimate(_ logWeights: [Double]) -> (logMean: Double, error: Double) {
      let largest = logWeights.max()!
      let weights = logWeights.map { exp($0 - largest) }
      let mean = weights.reduce(0, +) / Double(weights.count)
      let variance =
        weights.reduce(0) { $0 + pow($1 - mean, 2) } / Double(weights.count - 1)
      return (largest + log(mean), (variance / Double(weights.count)).squareRoot() / mean)
    }

    /// Both directions meet the enumerated log Z within five standard errors, and those are small.
    @Test(arguments: [1, 2, 3, 4] as [UInt64])
    func bothDirectionsMeetTheTruth(seed: UInt64) {
      let machine = RBMReference(visible: 6, hidden: 7, seed: seed)
      let runs = 2000
      let truth = machine.logPartition - Self.logBase(machine)
      withEveryArchitecture { name in
        machine.withKernel { rbm in
          var states = [UInt8](repeating: 0, count: runs * 6)
          var logWeights = [Double](repeating: 0, count: runs)
          distill_ais_start(6, Self.base, &states, Int64(runs), seed, 0)
          distill_ais(
            rbm,
            Self.base,
            Self.betas,
            0,
            100,
            &states,
            &logWeights,
            Int64(runs),
            seed,
            0,
            2
          )
          let forward = Self.estimate(logWeights)
          #expect(forward.error < 0.02)
          #expect(abs(forward.logMean - truth) < 5 * forward.error, "\(name)")

          // Exact draws of the machine, by inversion of the enumerated distribution.
          let probabilities = machine.everyLogUnnormalized.map { exp($0 - machine.logPartition) }
          var generator = SplitMix(state: seed)
          for run in 0..<runs {
            var u = Double.random(in: 0..<1, using: &generator)
            let state =
              probabilities.firstIndex {
                u -= $0
                return u < 0
              } ?? 63
            for unit in 0..<6 { states[run * 6 + unit] = UInt8(state >> unit & 1) }
          }
          logWeights = [Double](repeating: 0, count: runs)
          distill_ais(
            rbm,
            Self.base,
            Self.betas.reversed(),
            0,
            100,
            &states,
            &logWeights,
            Int64(runs),
            seed &+ 100,
            0,
            2
          )
          let reverse = Self.estimate(logWeights)
          #expect(reverse.error < 0.02)
          #expect(abs(-reverse.logMean - truth) < 5 * reverse.error, "\(name)")
        }
      }
    }

    /// One step from 0 to 1 is plain importance sampling: the weight is known for every state. Wide
    /// machines and large weights test the difference of softpluses.
    @Test(arguments: [0.1, 1, 20] as [Float], [(0, 1), (0.5, 0.50001), (1, 0.25)])
    func weightsAreDifferencesOfLogProbabilities(scale: Float, path: (Double, Double)) {
      let machine = RBMReference(visible: 33, hidden: 70, seed: 6, scale: scale)
      let base = (0..<33).map { Float($0) / 33 - 0.5 }
      var generator = SplitMix(state: 5)
      let start = generator.states(9 * 33)
      withEveryArchitecture { name in
        var states = start
        var logWeights = [Double](repeating: 1, count: 9)
        machine.withKernel {
          distill_ais($0, base, [path.0, path.1], 0, 1, &states, &logWeights, 9, 1, 0, 2)
        }
        for run in 0..<9 {
          let state = start[run * 33..<(run + 1) * 33].map(Double.init)
          let from = machine.logUnnormalized(
            state,
            inverseTemperature: Double(Float(path.0)),
            baseBias: base
          )
          let to = machine.logUnnormalized(
            state,
            inverseTemperature: Double(Float(path.1)),
            baseBias: base
          )
          // Float32 roundings of 70 terms at most one, and of the parts proportional to the move.
          let tolerance = 1e-5 + 1e-5 * abs(to - from)
          #expect(abs(logWeights[run] - 1 - (to - from)) < tolerance, "\(name)")
        }
      }
    }

    /// Pieces of the path, threads and groups of runs change nothing.
    @Test func resultsDependOnNothingButTheSeed() {
      let machine = RBMReference(visible: 70, hidden: 65, seed: 8, scale: 0.2)
      let betas = (0...20).map { Double($0) / 20 }
      machine.withKernel { rbm in
        var states = [UInt8](repeating: 0, count: 40 * 70)
        distill_ais_start(70, nil, &states, 40, 3, 0)
        var pieces = states
        var logWeights = [Double](repeating: 0, count: 40)
        var pieceWeights = logWeights
        distill_ais(rbm, nil, betas, 0, 20, &states, &logWeights, 40, 3, 0, 1)
        for (first, end) in [(0, 7), (7, 8), (8, 20)] as [(Int64, Int64)] {
          pieces.withUnsafeMutableBufferPointer { states in
            pieceWeights.withUnsafeMutableBufferPointer { weights in
              distill_ais(
                rbm,
                nil,
                betas,
                first,
                end,
                states.baseAddress!,
                weights.baseAddress!,
                13,
                3,
                0,
                2
              )
              distill_ais(
                rbm,
                nil,
                betas,
                first,
                end,
                states.baseAddress! + 13 * 70,
                weights.baseAddress! + 13,
                27,
                3,
                13,
                2
              )
            }
          }
        }
        #expect(pieces == states)
        #expect(pieceWeights == logWeights)
      }
    }

    @Test func startsAreDrawnFromTheBase() {
      let runs = 20_000
      var states = [UInt8](repeating: 0, count: runs * 6)
      distill_ais_start(6, Self.base, &states, Int64(runs), 12, 0)
      for unit in 0..<6 {
        let on = (0..<runs).reduce(0) { $0 + Int(states[$1 * 6 + unit]) }
        let p = sigmoid(Double(Self.base[unit]))
        let deviation = (Double(runs) * p * (1 - p)).squareRoot()
        #expect(abs(Double(on) - Double(runs) * p) < 5 * deviation)
      }
    }
  }
}

import CTorch
import Foundation
import Testing

extension KernelTests {
  /// Gibbs sampling against exact conditionals and the enumerated distribution.
  @Suite struct RBMSamplingTests {
    /// From one visible state: the frequencies of all hidden states, and of the visible ones given
    /// the hidden ones, by chi-square at level 10⁻⁶.
    @Test(arguments: [1, 0.4])
    func transitionsHaveTheExactProbabilities(beta: Double) {
      let machine = RBMReference(visible: 3, hidden: 3, seed: 21)
      let base: [Float] = [0.5, -1, 0.2]
      let chains = 40_000
      let start: [UInt8] = [1, 0, 1]
      withEveryArchitecture { name in
        var visible = [UInt8](repeating: 0, count: chains * 3)
        for i in visible.indices { visible[i] = start[i % 3] }
        var hidden = [UInt8](repeating: 9, count: chains * 3)
        let betas = [Float](repeating: Float(beta), count: chains)
        machine.withKernel { rbm in
          betas.withUnsafeBufferPointer { betas in
            base.withUnsafeBufferPointer { base in
              var how = gibbs(seed: 77)
              how.inverseTemperatures = betas.baseAddress
              how.baseBias = base.baseAddress
              distill_rbm_gibbs(rbm, &visible, &hidden, Int64(chains), 1, how)
            }
          }
        }
        var counts = [Double](repeating: 0, count: 64)
        for chain in 0..<chains {
          let state = (0..<3).reduce(0) {
            $0 | Int(hidden[chain * 3 + $1]) << $1 | Int(visible[chain * 3 + $1]) << ($1 + 3)
          }
          counts[state] += 1
        }
        let sums = machine.hiddenSums(start.map(Double.init))
        var chiSquare = 0.0
        for state in 0..<64 {
          let h = RBMReference.bits(state, 3)
          let v = RBMReference.bits(state >> 3, 3)
          let back = machine.visibleSums(h.map(Double.init))
          var probability = 1.0
          for unit in 0..<3 {
            let up = sigmoid(beta * sums[unit])
            let down = sigmoid(beta * back[unit] + (1 - beta) * Double(base[unit]))
            probability *= (h[unit] == 1 ? up : 1 - up) * (v[unit] == 1 ? down : 1 - down)
          }
          let expected = probability * Double(chains)
          chiSquare += pow(counts[state] - expected, 2) / expected
        }
        #expect(chiSquare < chiSquareLimit(degrees: 63), "\(name)")
      }
    }

    /// After 30 steps from random states, independent chains follow the enumerated distribution.
    @Test func chainsReachTheStationaryDistribution() {
      let machine = RBMReference(visible: 4, hidden: 5, seed: 31)
      let chains = 40_000
      var generator = SplitMix(state: 1)
      var visible = generator.states(chains * 4)
      machine.withKernel {
        distill_rbm_gibbs($0, &visible, nil, Int64(chains), 30, gibbs(seed: 5))
      }
      var counts = [Double](repeating: 0, count: 16)
      for chain in 0..<chains {
        counts[(0..<4).reduce(0) { $0 | Int(visible[chain * 4 + $1]) << $1 }] += 1
      }
      let energies = machine.everyLogUnnormalized
      let logPartition = machine.logPartition
      let chiSquare = (0..<16).reduce(0.0) {
        let expected = exp(energies[$1] - logPartition) * Double(chains)
        return $0 + pow(counts[$1] - expected, 2) / expected
      }
      #expect(chiSquare < chiSquareLimit(degrees: 15))
    }

    /// Same seed, same chains, whatever the threads and the split into calls.
    @Test(arguments: [(1, 1), (3, 17), (17, 3), (784, 65)], [1, 5, 33, 400])
    func chainsDependOnNothingButTheSeed(size: (Int, Int), chains: Int) {
      let (visible, hidden) = size
      let machine = RBMReference(visible: visible, hidden: hidden, seed: 9, scale: 0.3)
      var generator = SplitMix(state: 2)
      let start = generator.states(chains * visible)
      withEveryArchitecture { name in
        machine.withKernel { rbm in
          var together = start
          distill_rbm_gibbs(rbm, &together, nil, Int64(chains), 3, gibbs(seed: 6, threads: 1))
          var threaded = start
          distill_rbm_gibbs(rbm, &threaded, nil, Int64(chains), 3, gibbs(seed: 6, threads: 2))
          #expect(threaded == together, "\(name)")
          var split = start
          let first = (chains + 1) / 2
          for step in 0..<3 {
            var how = gibbs(seed: 6)
            how.firstStep = UInt64(step)
            split.withUnsafeMutableBufferPointer { states in
              distill_rbm_gibbs(rbm, states.baseAddress!, nil, Int64(first), 1, how)
              how.firstChain = UInt32(first)
              if first < chains {
                distill_rbm_gibbs(
                  rbm,
                  states.baseAddress! + first * visible,
                  nil,
                  Int64(chains - first),
                  1,
                  how
                )
              }
            }
          }
          #expect(split == together, "\(name)")
          if chains * visible > 100 {
            var other = start
            distill_rbm_gibbs(rbm, &other, nil, Int64(chains), 3, gibbs(seed: 7))
            #expect(other != together)
          }
          #expect(together.allSatisfy { $0 <= 1 })
        }
      }
    }
  }
}

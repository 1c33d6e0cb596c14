import CTorch
import Foundation
import Testing

extension KernelTests {
  /// Probabilities, log p̃ and its gradient, against plain double precision.
  @Suite struct RBMEnergyTests {
    static let sizes = [(1, 1), (3, 17), (17, 3), (1, 784), (784, 1), (784, 17), (65, 130)]

    /// Tolerance: Float32 rounding of a sum of D terms of size one, eight of its standard deviations.
    @Test(arguments: sizes, [1, 5, 33])
    func agreesWithDoublePrecision(size: (Int, Int), count: Int) {
      let (visible, hidden) = size
      let machine = RBMReference(visible: visible, hidden: hidden, seed: 11)
      var generator = SplitMix(state: 5)
      let binary = generator.states(count * visible, on: 0.3)
      let real = binary.map { Float($0) * 0.75 + Float.random(in: 0..<0.25, using: &generator) }
      let tolerance = 8 * 0x1p-24 * Double(max(visible, hidden))
      withEveryArchitecture { name in
        machine.withKernel { rbm in
          for isReal in [false, true] {
            var energies = [Float](repeating: .nan, count: count)
            var probabilities = [Float](repeating: .nan, count: count * hidden)
            var gradients = [Float](repeating: .nan, count: count * visible)
            if isReal {
              distill_rbm_log_unnormalized_real(rbm, real, Int64(count), &energies, 2)
              distill_rbm_hidden_probabilities_real(rbm, real, Int64(count), &probabilities, 2)
              distill_rbm_gradient_real(rbm, real, Int64(count), &gradients, 2)
            } else {
              distill_rbm_log_unnormalized(rbm, binary, Int64(count), &energies, 2)
              distill_rbm_hidden_probabilities(rbm, binary, Int64(count), &probabilities, 2)
              distill_rbm_gradient(rbm, binary, Int64(count), &gradients, 2)
            }
            var worst = 0.0
            for row in 0..<count {
              let range = row * visible..<(row + 1) * visible
              let state = isReal ? real[range].map(Double.init) : binary[range].map(Double.init)
              let expected = machine.hiddenSums(state).map(sigmoid)
              let gradient = machine.visibleSums(expected)
              let energy = machine.logUnnormalized(state)
              worst = max(worst, abs(Double(energies[row]) - energy) / max(1, abs(energy)))
              for j in 0..<hidden {
                worst = max(worst, abs(Double(probabilities[row * hidden + j]) - expected[j]))
              }
              for i in 0..<visible {
                worst = max(worst, abs(Double(gradients[row * visible + i]) - gradient[i]))
              }
            }
            #expect(worst < max(tolerance, 1e-6), "\(name), real: \(isReal)")
          }
        }
      }
    }

    @Test func visibleProbabilitiesAgree() {
      let machine = RBMReference(visible: 70, hidden: 33, seed: 2)
      var generator = SplitMix(state: 6)
      let states = generator.states(9 * 33)
      withEveryArchitecture { name in
        var out = [Float](repeating: .nan, count: 9 * 70)
        machine.withKernel { distill_rbm_visible_probabilities($0, states, 9, &out, 2) }
        for row in 0..<9 {
          let sums = machine.visibleSums(states[row * 33..<(row + 1) * 33].map(Double.init))
          for i in 0..<70 { #expect(abs(Double(out[row * 70 + i]) - sigmoid(sums[i])) < 1e-6) }
        }
      }
    }

    /// Sums are exact, so a row's result depends neither on the threads nor on the rows beside it.
    @Test func resultsDoNotDependOnThreadsOrBatches() {
      let machine = RBMReference(visible: 784, hidden: 100, seed: 4, scale: 0.2)
      var generator = SplitMix(state: 8)
      let states = generator.states(300 * 784)
      machine.withKernel { rbm in
        var one = [Float](repeating: 0, count: 300)
        var two = one
        distill_rbm_log_unnormalized(rbm, states, 300, &one, 1)
        distill_rbm_log_unnormalized(rbm, states, 300, &two, 2)
        #expect(one == two)
        for row in [0, 7, 299] {
          var alone: Float = 0
          distill_rbm_log_unnormalized(
            rbm,
            Array(states[row * 784..<(row + 1) * 784]),
            1,
            &alone,
            2
          )
          #expect(alone == one[row])
        }
      }
    }

    @Test func weightsThatAreNotFiniteGiveNaN() {
      var machine = RBMReference(visible: 5, hidden: 3, seed: 1)
      machine.weights[4] = .infinity
      var out = [Float](repeating: 0, count: 3)
      machine.withKernel { distill_rbm_hidden_probabilities($0, [1, 1, 1, 1, 1], 1, &out, 1) }
      #expect(!out[0].isNaN && out[1].isNaN && !out[2].isNaN)
    }

    /// From every state of a small machine the climb ends where no single flip gains.
    @Test func climbingEndsAtLocalMaxima() {
      let machine = RBMReference(visible: 8, hidden: 6, seed: 3, scale: 2)
      let energies = machine.everyLogUnnormalized
      withEveryArchitecture { name in
        var states = (0..<256).flatMap { RBMReference.bits($0, 8) }
        var flips = [Int64](repeating: -1, count: 256)
        machine.withKernel { distill_rbm_climb($0, &states, 256, 100, 1e-4, &flips, 2) }
        var maxima: Set<Int> = []
        for start in 0..<256 {
          let end = (0..<8).reduce(0) { $0 | Int(states[start * 8 + $1]) << $1 }
          maxima.insert(end)
          #expect(energies[end] >= energies[start] + 1e-5 * Double(flips[start]))
          #expect((end == start) == (flips[start] == 0))
          for unit in 0..<8 { #expect(energies[end ^ 1 << unit] < energies[end] + 2e-4) }
        }
        #expect(maxima.contains(energies.indices.max { energies[$0] < energies[$1] }!), "\(name)")
        #expect(maxima.count < 128)
      }
    }
  }
}

import CTorch
import Foundation
import Testing

extension KernelTests {
  /// The likelihood gradient and the momentum update, against plain double precision.
  @Suite struct RBMTrainingTests {
    /// ⟨v⟩, ⟨p⟩ and ⟨v pᵀ⟩ over rows of states.
    static func means(_ machine: RBMReference, _ states: [[Double]]) -> (
      visible: [Double], hidden: [Double], products: [Double]
    ) {
      let (visible, hidden) = (machine.visible, machine.hidden)
      var v = [Double](repeating: 0, count: visible)
      var h = [Double](repeating: 0, count: hidden)
      var products = [Double](repeating: 0, count: visible * hidden)
      let each = 1 / Double(states.count)
      for state in states {
        let p = machine.hiddenSums(state).map(sigmoid)
        for i in 0..<visible { v[i] += state[i] * each }
        for j in 0..<hidden { h[j] += p[j] * each }
        for i in 0..<visible {
          for j in 0..<hidden { products[i * hidden + j] += state[i] * p[j] * each }
        }
      }
      return (v, h, products)
    }

    static func rows(_ states: [UInt8], _ width: Int) -> [[Double]] {
      stride(from: 0, to: states.count, by: width).map {
        states[$0..<$0 + width].map(Double.init)
      }
    }

    static func furthest(_ found: [Float], _ expected: [Double]) -> Double {
      zip(found, expected).map { abs(Double($0) - $1) }.max()!
    }

    @Test(arguments: [(1, 1), (3, 17), (17, 3), (130, 70)], [(1, 5), (5, 1), (33, 40)])
    func gradientAgrees(size: (Int, Int), counts: (Int, Int)) {
      let (visible, hidden) = size
      let machine = RBMReference(visible: visible, hidden: hidden, seed: 13)
      var generator = SplitMix(state: 14)
      let data = generator.states(counts.0 * visible)
      let samples = generator.states(counts.1 * visible)
      let positive = Self.means(machine, Self.rows(data, visible))
      let negative = Self.means(machine, Self.rows(samples, visible))
      withEveryArchitecture { name in
        var weights = [Float](repeating: .nan, count: visible * hidden)
        var visibleBias = [Float](repeating: .nan, count: visible)
        var hiddenBias = [Float](repeating: .nan, count: hidden)
        machine.withKernel {
          distill_rbm_likelihood_gradient(
            $0,
            data,
            Int64(counts.0),
            samples,
            Int64(counts.1),
            &weights,
            &visibleBias,
            &hiddenBias,
            2
          )
        }
        // Differences of means below one: a few roundings at one.
        let tolerance = 1e-6
        #expect(
          Self.furthest(weights, zip(positive.products, negative.products).map(-)) < tolerance,
          "\(name)"
        )
        #expect(Self.furthest(visibleBias, zip(positive.visible, negative.visible).map(-)) < 1e-6)
        #expect(Self.furthest(hiddenBias, zip(positive.hidden, negative.hidden).map(-)) < 1e-6)
      }
    }

    /// A step of CD-2: the chains are those of `distill_rbm_gibbs`, the update is the formula's.
    @Test(arguments: [false, true])
    func trainingStepFollowsTheFormula(meanField: Bool) {
      let (visible, hidden, count) = (19, 70, 12)
      let machine = RBMReference(visible: visible, hidden: hidden, seed: 17)
      var generator = SplitMix(state: 18)
      let data = generator.states(count * visible)
      withEveryArchitecture { name in
        machine.withKernel { rbm in
          var expectedChains = data
          var hiddenStates = [UInt8](repeating: 0, count: count * hidden)
          distill_rbm_gibbs(
            rbm,
            &expectedChains,
            &hiddenStates,
            Int64(count),
            2,
            gibbs(seed: 4)
          )
          var samples = Self.rows(expectedChains, visible)
          if meanField {
            samples = Self.rows(hiddenStates, hidden).map {
              machine.visibleSums($0).map(sigmoid)
            }
          }
          let positive = Self.means(machine, Self.rows(data, visible))
          let negative = Self.means(machine, samples)

          var new = machine
          var weightVelocity = [Float](repeating: 0.5, count: visible * hidden)
          var visibleVelocity = [Float](repeating: 0.25, count: visible)
          var hiddenVelocity = [Float](repeating: -0.5, count: hidden)
          var chains = data
          train(
            rbm,
            &new,
            &weightVelocity,
            &visibleVelocity,
            &hiddenVelocity,
            data,
            &chains,
            meanField: meanField,
            how: gibbs(seed: 4)
          )
          #expect(chains == expectedChains, "\(name)")

          let velocity = machine.weights.indices.map {
            0.9 * 0.5 + 0.1
              * (positive.products[$0] - negative.products[$0] - 0.01 * Double(machine.weights[$0]))
          }
          #expect(Self.furthest(weightVelocity, velocity) < 1e-6, "\(name)")
          #expect(
            Self.furthest(new.weights, zip(machine.weights, velocity).map { Double($0) + $1 })
              < 1e-6
          )
          let visibleChange = zip(positive.visible, negative.visible).map {
            0.9 * 0.25 + 0.1 * ($0 - $1)
          }
          #expect(Self.furthest(visibleVelocity, visibleChange) < 1e-6)
          #expect(
            Self.furthest(
              new.visibleBias,
              zip(machine.visibleBias, visibleChange).map { Double($0) + $1 }
            )
              < 1e-6
          )
          let hiddenChange = zip(positive.hidden, negative.hidden).map {
            0.9 * -0.5 + 0.1 * ($0 - $1)
          }
          #expect(Self.furthest(hiddenVelocity, hiddenChange) < 1e-6)
          #expect(
            Self.furthest(
              new.hiddenBias,
              zip(machine.hiddenBias, hiddenChange).map { Double($0) + $1 }
            ) < 1e-6
          )

          // The kernel holds the new parameters.
          var energy: Float = 0
          distill_rbm_log_unnormalized(rbm, Array(data[..<visible]), 1, &energy, 1)
          let expected = new.logUnnormalized(data[..<visible].map(Double.init))
          #expect(abs(Double(energy) - expected) < 1e-5 * max(1, abs(expected)))
        }
      }
    }

    /// Exact sums: the parameters after ten steps are the same with one thread and with two.
    @Test func trainingDoesNotDependOnThreads() {
      let start = RBMReference(visible: 100, hidden: 70, seed: 19, scale: 0.1)
      var generator = SplitMix(state: 20)
      let data = generator.states(40 * 100)
      var results: [[Float]] = []
      for threads: Int32 in [1, 2] {
        var machine = start
        var velocities = (
          [Float](repeating: 0, count: 7000), [Float](repeating: 0, count: 100),
          [Float](repeating: 0, count: 70)
        )
        var chains = data
        start.withKernel(threads: threads) { rbm in
          for step: UInt64 in 0..<10 {
            var how = gibbs(seed: 3, threads: threads)
            how.firstStep = step * 2
            train(
              rbm,
              &machine,
              &velocities.0,
              &velocities.1,
              &velocities.2,
              data,
              &chains,
              meanField: false,
              how: how
            )
          }
        }
        results.append(machine.weights + machine.visibleBias + machine.hiddenBias)
      }
      #expect(results[0] == results[1])
      #expect(results[0] != start.weights + start.visibleBias + start.hiddenBias)
    }

    /// Two Gibbs steps and an update with learning rate 0.1, momentum 0.9 and weight decay 0.01.
    func train(
      _ rbm: OpaquePointer,
      _ machine: inout RBMReference,
      _ weightVelocity: inout [Float],
      _ visibleVelocity: inout [Float],
      _ hiddenVelocity: inout [Float],
      _ data: [UInt8],
      _ chains: inout [UInt8],
      meanField: Bool,
      how: DistillGibbs
    ) {
      let count = Int64(data.count / machine.visible)
      machine.weights.withUnsafeMutableBufferPointer { weights in
        machine.visibleBias.withUnsafeMutableBufferPointer { visibleBias in
          machine.hiddenBias.withUnsafeMutableBufferPointer { hiddenBias in
            weightVelocity.withUnsafeMutableBufferPointer { weightVelocity in
              visibleVelocity.withUnsafeMutableBufferPointer { visibleVelocity in
                hiddenVelocity.withUnsafeMutableBufferPointer { hiddenVelocity in
                  let training = DistillRBMTraining(
                    weights: weights.baseAddress!,
                    visibleBias: visibleBias.baseAddress!,
                    hiddenBias: hiddenBias.baseAddress!,
                    weightVelocity: weightVelocity.baseAddress!,
                    visibleVelocity: visibleVelocity.baseAddress!,
                    hiddenVelocity: hiddenVelocity.baseAddress!,
                    learningRate: 0.1,
                    momentum: 0.9,
                    weightDecay: 0.01
                  )
                  distill_rbm_train(
                    rbm,
                    training,
                    data,
                    count,
                    &chains,
                    count,
                    2,
                    meanField,
                    how
                  )
                }
              }
            }
          }
        }
      }
    }
  }
}

import CTorch
import Foundation
import Testing

private let rounding = Double(Float.ulpOfOne) / 2

extension NADETests {
  @Suite struct Probabilities {
    /// Float32 sums of `inputs` terms, each rounded a few times.
    private func expectClose(_ found: [Float], _ expected: [Double], inputs: Int) {
      for (found, expected) in zip(found, expected) {
        let tolerance = 4 * rounding * (abs(expected) + Double(inputs))
        #expect(abs(Double(found) - expected) <= tolerance, "\(found), not \(expected)")
      }
    }

    @Test(arguments: KernelPath.all, [false, true])
    func agreesWithFloat64(path: KernelPath, rectified: Bool) {
      for (inputs, hidden) in [(1, 1), (7, 3), (37, 70), (64, 300)] {
        let model = ReferenceNADE(
          inputs: inputs,
          hidden: hidden,
          rectified: rectified,
          shuffled: true,
          scale: 0.3,
          seed: 1
        )
        var numbers = SeededNumbers(seed: 2)
        for grey in [false, true] {
          let images = numbers.images(41, inputs, grey: grey)
          path.run {
            let kernel = NADEKernel(model, path: path, threads: 2)
            let expected = images.map(model.logProbability)
            expectClose(kernel.logProbability(images), expected, inputs: inputs)
            expectClose(kernel.forward(images), expected, inputs: inputs)
            expectClose(
              kernel.conditionals(images),
              images.flatMap(model.conditionals),
              inputs: 16
            )
          }
        }
      }
    }

    @Test(arguments: KernelPath.all) func agreesAtFullSize(path: KernelPath) {
      let model = ReferenceNADE(inputs: 784, hidden: 500, scale: 0.2, seed: 3)
      var numbers = SeededNumbers(seed: 4)
      let images = numbers.images(3, 784, on: 0.13)
      path.run {
        let kernel = NADEKernel(model, path: path, threads: 2)
        expectClose(
          kernel.logProbability(images),
          images.map(model.logProbability),
          inputs: 784
        )
      }
    }

    @Test(arguments: KernelPath.all) func sumsToOne(path: KernelPath) {
      let inputs = 10
      let model = ReferenceNADE(inputs: inputs, hidden: 33, shuffled: true, scale: 1, seed: 5)
      let images = (0..<1 << inputs).map { code in
        (0..<inputs).map { Double(code >> $0 & 1) }
      }
      path.run {
        let total = NADEKernel(model, path: path, threads: 2).logProbability(images)
          .map { exp(Double($0)) }.reduce(0, +)
        #expect(abs(total - 1) < 4 * rounding * 10)
      }
    }

    /// |a| far beyond 87, where e^(−a) leaves Float32: in some images and blocks (scale 20), in
    /// nearly all (scale 400). Weights are multiples of ¼, so that a itself is exact in Float32.
    @Test(arguments: KernelPath.all, [20.0, 400])
    func extremeWeights(path: KernelPath, scale: Double) {
      var model = ReferenceNADE(inputs: 40, hidden: 80, scale: scale, seed: 6)
      model.inputWeights = model.inputWeights.map { ($0 * 4).rounded() / 4 }
      model.c = model.c.map { ($0 * 4).rounded() / 4 }
      model.outputWeights = model.outputWeights.map { Double(Float($0 / scale)) }
      model.b = model.b.map { Double(Float($0 / scale)) }
      var numbers = SeededNumbers(seed: 7)
      let images = numbers.images(30, 40, on: 0.2)
      let reached = images.map { model.logits($0).a.joined().map { abs($0) }.max()! }
      #expect(reached.contains { $0 > 87 })
      path.run {
        let kernel = NADEKernel(model, path: path, threads: 2)
        expectClose(kernel.logProbability(images), images.map(model.logProbability), inputs: 40)
        _ = kernel.forward(images)
        let gradient = kernel.gradient()
        #expect(gradient.allSatisfy { $0.isFinite })
        let (along, expected) = model.directionalDerivative(seed: 8) { model in
          -images.map(model.logProbability).reduce(0, +) / 30
        }
        let found = zip(gradient, along).map { Double($0) * $1 }.reduce(0, +)
        let size = gradient.map { Double($0) * Double($0) }.reduce(0, +).squareRoot()
        #expect(abs(found - expected) < 1e-5 * size)
      }
    }

    @Test func bytesAndFloatsAreTheSame() {
      let model = ReferenceNADE(inputs: 30, hidden: 70, seed: 8)
      var numbers = SeededNumbers(seed: 9)
      let images = numbers.images(9, 30)
      let kernel = NADEKernel(model)
      #expect(kernel.logProbability(images) == kernel.logProbability(images, asFloats: true))
    }

    @Test(arguments: KernelPath.all) func sameForAnyThreadsAndBatches(path: KernelPath) {
      let model = ReferenceNADE(inputs: 50, hidden: 600, shuffled: true, seed: 10)
      var numbers = SeededNumbers(seed: 11)
      let images = numbers.images(70, 50)
      path.run {
        let one = NADEKernel(model, path: path, threads: 1).logProbability(images)
        for threads: Int32 in [2, 3, 5] {
          let kernel = NADEKernel(model, path: path, threads: threads)
          #expect(kernel.logProbability(images) == one)
          #expect(images.flatMap { kernel.logProbability([$0]) } == one)
          #expect(kernel.forward(images) == one)
        }
      }
    }

    @Test func refusesWhatIsNoPermutation() {
      #expect(distill_nade_create(3, 2, 0, [0, 1, 1]) == nil)
      #expect(distill_nade_create(3, 2, 0, [0, 1, 3]) == nil)
      #expect(distill_nade_create(0, 2, 0, nil) == nil)
    }
  }
}

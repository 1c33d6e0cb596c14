import CTorch
import Testing

extension NADETests {
  @Suite struct Scores {
    @Test(arguments: [(false, false), (false, true), (true, false), (true, true)])
    func inputDerivative(rectified: Bool, grey: Bool) {
      let model = ReferenceNADE(
        inputs: 23,
        hidden: 70,
        rectified: rectified,
        shuffled: true,
        seed: 40
      )
      var numbers = SeededNumbers(seed: 41)
      let images = numbers.images(5, 23, grey: grey)
      let expected = images.flatMap { image in
        image.indices.map { index -> Double in
          var above = image
          var below = image
          above[index] += 1e-5
          below[index] -= 1e-5
          return (model.logProbability(above) - model.logProbability(below)) / 2e-5
        }
      }
      #expect(
        relativeError(images.flatMap(model.inputDerivative).map { Float($0) }, expected) < 1e-6
      )
      for path in KernelPath.all {
        path.run {
          let kernel = NADEKernel(model, path: path, threads: 2)
          #expect(relativeError(kernel.inputDerivative(images), expected) < 2e-6, "\(path)")
        }
      }
    }

    /// The R-operator against central differences, in Float64, of ½‖∇_x log q − s‖².
    @Test(arguments: [(false, false), (false, true), (true, false)])
    func gradientOfScoreMatching(rectified: Bool, grey: Bool) {
      let model = ReferenceNADE(
        inputs: 11,
        hidden: 66,
        rectified: rectified,
        shuffled: true,
        seed: 42
      )
      var numbers = SeededNumbers(seed: 43)
      let images = numbers.images(3, 11, grey: grey)
      let scores = images.map { _ in (0..<11).map { _ in Double(Float(numbers.normal())) } }
      let weights = [0.5, 2, -1]
      func loss(_ model: ReferenceNADE, _ n: Int) -> Double {
        zip(model.inputDerivative(images[n]), scores[n]).map { ($0 - $1) * ($0 - $1) }
          .reduce(0, +) / 2
      }
      let expected = model.finiteDifferences { model in
        weights.indices.map { weights[$0] * loss(model, $0) }.reduce(0, +)
      }
      for path in KernelPath.all {
        path.run {
          let kernel = NADEKernel(model, path: path, threads: 2)
          let (losses, gradient) = kernel.scoreGradient(
            images,
            scores: scores.flatMap { $0.map { Float($0) } },
            weights: weights.map { Float($0) }
          )
          #expect(relativeError(losses, (0..<3).map { loss(model, $0) }) < 2e-6, "\(path)")
          #expect(relativeError(gradient, expected) < 4e-6, "\(path)")
        }
      }
    }

    /// Units far in saturation: the tangent must stay finite and right there, too.
    @Test(arguments: KernelPath.all) func extremeWeights(path: KernelPath) {
      var model = ReferenceNADE(inputs: 12, hidden: 40, scale: 60, seed: 44)
      model.inputWeights = model.inputWeights.map { ($0 * 4).rounded() / 4 }
      model.c = model.c.map { ($0 * 4).rounded() / 4 }
      model.outputWeights = model.outputWeights.map { Double(Float($0 / 60)) }
      model.b = model.b.map { Double(Float($0 / 60)) }
      var numbers = SeededNumbers(seed: 45)
      let images = numbers.images(6, 12)
      #expect(images.contains { model.logits($0).a.joined().contains { abs($0) > 87 } })
      let expected = images.flatMap(model.inputDerivative)
      path.run {
        let kernel = NADEKernel(model, path: path)
        #expect(relativeError(kernel.inputDerivative(images), expected) < 1e-5)
      }
    }
  }
}

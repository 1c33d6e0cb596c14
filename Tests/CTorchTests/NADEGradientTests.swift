import CTorch
import Foundation
import Testing

extension NADETests {
  @Suite struct Gradients {
    /// Float32 against central differences of the Float64 model, on every path through the code.
    @Test(arguments: [(false, false), (false, true), (true, false), (true, true)])
    func agreesWithFiniteDifferences(rectified: Bool, grey: Bool) {
      let model = ReferenceNADE(
        inputs: 19,
        hidden: 70,
        rectified: rectified,
        shuffled: true,
        seed: 20
      )
      var numbers = SeededNumbers(seed: 21)
      let images = numbers.images(4, 19, grey: grey)
      let weights: [Double] = [0.5, -2, 0, 1.25]
      let mean = model.finiteDifferences { model in
        -images.map(model.logProbability).reduce(0, +) / 4
      }
      let weighted = model.finiteDifferences { model in
        zip(weights, images).map { $0 * model.logProbability($1) }.reduce(0, +)
      }
      for path in KernelPath.all {
        path.run {
          let kernel = NADEKernel(model, path: path, threads: 2)
          _ = kernel.forward(images)
          #expect(relativeError(kernel.gradient(), mean) < 3e-6, "\(path)")
          _ = kernel.forward(images)
          #expect(
            relativeError(kernel.gradient(weights.map { Float($0) }), weighted) < 3e-6,
            "\(path)"
          )
        }
      }
    }

    /// The same toward soft targets, which only the residuals see: pixels still feed the recursion.
    @Test(arguments: [(false, false), (false, true), (true, false), (true, true)])
    func agreesTowardSoftTargets(rectified: Bool, grey: Bool) {
      let model = ReferenceNADE(
        inputs: 19,
        hidden: 70,
        rectified: rectified,
        shuffled: true,
        seed: 27
      )
      var numbers = SeededNumbers(seed: 28)
      let images = numbers.images(4, 19, grey: grey)
      let targets = numbers.images(4, 19, grey: true)
      func values(_ model: ReferenceNADE) -> [Double] {
        zip(images, targets).map { image, target in
          var sum = 0.0
          for (t, z) in zip(target, model.logits(image).z) {
            sum += t * z - max(z, 0) - log1p(exp(-abs(z)))
          }
          return sum
        }
      }
      let expected = values(model)
      let weights: [Double] = [0.5, -2, 0, 1.25]
      let mean = model.finiteDifferences { -values($0).reduce(0, +) / 4 }
      let weighted = model.finiteDifferences { zip(weights, values($0)).map(*).reduce(0, +) }
      for path in KernelPath.all {
        path.run {
          let kernel = NADEKernel(model, path: path, threads: 2)
          let found = kernel.forward(images, toward: targets)
          #expect(relativeError(found, expected) < 1e-6, "\(path)")
          #expect(relativeError(kernel.gradient(), mean) < 3e-6, "\(path)")
          _ = kernel.forward(images, toward: targets)
          #expect(
            relativeError(kernel.gradient(weights.map { Float($0) }), weighted) < 3e-6,
            "\(path)"
          )
        }
      }
    }

    /// Small batches, batches longer than a cache piece, one hidden unit, many blocks.
    @Test(arguments: [(1, 1, 1), (9, 5, 3), (33, 17, 40), (20, 700, 5)])
    func agreesForAnyShape(inputs: Int, hidden: Int, count: Int) {
      let model = ReferenceNADE(inputs: inputs, hidden: hidden, seed: 22)
      var numbers = SeededNumbers(seed: 23)
      let images = numbers.images(count, inputs)
      let (direction, expected) = model.directionalDerivative(seed: 26) { model in
        -images.map(model.logProbability).reduce(0, +) / Double(count)
      }
      for path in KernelPath.all {
        path.run {
          let kernel = NADEKernel(model, path: path, threads: 2)
          _ = kernel.forward(images)
          let gradient = kernel.gradient().map { Double($0) }
          let found = zip(gradient, direction).map(*).reduce(0, +)
          let size = gradient.map { $0 * $0 }.reduce(0, +).squareRoot()
          #expect(abs(found - expected) < 1e-5 * size, "\(path)")
        }
      }
    }

    @Test(arguments: KernelPath.all) func sameForAnyThreads(path: KernelPath) {
      let model = ReferenceNADE(inputs: 40, hidden: 600, shuffled: true, seed: 24)
      var numbers = SeededNumbers(seed: 25)
      let images = numbers.images(33, 40)
      let scores = (0..<33 * 40).map { _ in Float(numbers.normal()) }
      path.run {
        let results = [1, 2, 3, 7].map { threads in
          let kernel = NADEKernel(model, path: path, threads: threads)
          _ = kernel.forward(images)
          let gradient = kernel.gradient()
          kernel.setOptimizer(DISTILL_NADE_ADAM, rate: 0.01, beta1: 0.9)
          for _ in 0..<3 {
            _ = kernel.forward(images)
            distill_nade_descend(kernel.plan, nil)
          }
          return [gradient, kernel.read(), kernel.scoreGradient(images, scores: scores).gradient]
        }
        for other in results.dropFirst() { #expect(other == results[0]) }
      }
    }
  }

  @Suite struct Optimizers {
    /// The formulas of the header, in Float64.
    struct Reference {
      var kind: Int
      var rate: Double, beta1: Double, beta2 = 0.999, epsilon: Double, averaging: Double
      var p: [Double], first: [Double], second: [Double], average: [Double]
      var steps = 0

      mutating func step(_ gradient: [Float]) {
        steps += 1
        for i in p.indices {
          let g = Double(gradient[i])
          switch kind {
          case DISTILL_NADE_SGD:
            first[i] = beta1 * first[i] + g
            p[i] -= rate * first[i]
          case DISTILL_NADE_ADAM:
            first[i] = beta1 * first[i] + (1 - beta1) * g
            second[i] = beta2 * second[i] + (1 - beta2) * g * g
            let m = first[i] / (1 - pow(beta1, Double(steps)))
            let v = second[i] / (1 - pow(beta2, Double(steps)))
            p[i] -= rate * m / (v.squareRoot() + epsilon)
          default:
            first[i] = beta1 * first[i] + (1 - beta1) * g * g
            let d = g * ((second[i] + epsilon) / (first[i] + epsilon)).squareRoot()
            second[i] = beta1 * second[i] + (1 - beta1) * d * d
            p[i] -= rate * d
          }
          average[i] += averaging * (p[i] - average[i])
        }
      }
    }

    /// Every step's gradient is asked for, handed to the Float64 optimiser, and then the fused step
    /// and the step with a given gradient are both made: all three stay together.
    @Test(arguments: KernelPath.all, [DISTILL_NADE_SGD, DISTILL_NADE_ADAM, DISTILL_NADE_ADADELTA])
    func followsTheFormulas(path: KernelPath, kind: Int) {
      let model = ReferenceNADE(inputs: 21, hidden: 70, shuffled: true, seed: 30)
      var numbers = SeededNumbers(seed: 31)
      path.run {
        let fused = NADEKernel(model, path: path, threads: 2)
        let given = NADEKernel(model, path: path, threads: 2)
        let zero = [Double](repeating: 0, count: model.flat.count)
        var reference = Reference(
          kind: kind,
          rate: kind == DISTILL_NADE_ADADELTA ? 1 : 0.05,
          beta1: 0.9,
          epsilon: 1e-6,
          averaging: 0.25,
          p: model.flat,
          first: zero,
          second: zero,
          average: zero
        )
        for kernel in [fused, given] {
          kernel.setOptimizer(
            kind,
            rate: Float(reference.rate),
            beta1: 0.9,
            epsilon: 1e-6,
            averaging: 0.25
          )
        }
        for _ in 0..<5 {
          let images = numbers.images(6, 21)
          _ = given.forward(images)
          let gradient = given.gradient()
          reference.step(gradient)
          given.apply(gradient)
          _ = fused.forward(images)
          distill_nade_descend(fused.plan, nil)
          #expect(fused.read() == given.read())
        }
        #expect(distill_nade_get_optimizer(fused.plan).steps == 5)
        // Adam divides by √v̂ + ε, which makes relative errors of g errors of the step.
        let moved = zip(reference.p, model.flat).map { $0 - $1 }
        let found = zip(fused.read(), model.flat).map { Float(Double($0) - $1) }
        #expect(relativeError(found, moved) < 1e-5)
        #expect(relativeError(fused.read(DISTILL_NADE_AVERAGE), reference.average) < 1e-6)
        #expect(relativeError(fused.read(DISTILL_NADE_FIRST_SLOT), reference.first) < 1e-5)
      }
    }

    @Test func stateGoesOutAndIn() {
      let model = ReferenceNADE(inputs: 12, hidden: 66, shuffled: true, seed: 32)
      var numbers = SeededNumbers(seed: 33)
      let images = numbers.images(8, 12)
      let whole = NADEKernel(model)
      let resumed = NADEKernel(model)
      whole.setOptimizer(DISTILL_NADE_ADAM, rate: 0.01, beta1: 0.9)
      func step(_ kernel: NADEKernel) {
        _ = kernel.forward(images)
        distill_nade_descend(kernel.plan, nil)
      }
      for _ in 0..<3 { step(whole) }
      distill_nade_set_optimizer(resumed.plan, distill_nade_get_optimizer(whole.plan))
      for what in [
        DISTILL_NADE_PARAMETERS, DISTILL_NADE_FIRST_SLOT, DISTILL_NADE_SECOND_SLOT,
        DISTILL_NADE_AVERAGE,
      ] {
        resumed.write(whole.read(what), to: what)
      }
      for _ in 0..<3 {
        step(whole)
        step(resumed)
      }
      #expect(whole.read() == resumed.read())
    }
  }
}

extension NADEKernel {
  convenience init(_ model: ReferenceNADE, path: KernelPath, threads: Int) {
    self.init(model, path: path, threads: Int32(threads))
  }
  func setOptimizer(
    _ kind: Int,
    rate: Float,
    beta1: Float,
    epsilon: Float = 1e-8,
    averaging: Float = 0
  ) {
    distill_nade_set_optimizer(
      plan,
      distill_nade_optimizer(
        kind: Int32(kind),
        learning_rate: rate,
        beta1: beta1,
        beta2: 0.999,
        epsilon: epsilon,
        averaging: averaging,
        steps: 0
      )
    )
  }
}

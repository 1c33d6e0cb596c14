import CTorch
import Foundation
import Testing

/// Philox 4x32-10 as published, one counter at a time.
func philox(_ counter: [UInt32], key: [UInt32]) -> [UInt32] {
  var c = counter
  var k = key
  for _ in 0..<10 {
    let a = UInt64(c[0]) * 0xD251_1F53
    let b = UInt64(c[2]) * 0xCD9E_8D57
    c = [
      UInt32(truncatingIfNeeded: b >> 32) ^ c[1] ^ k[0], UInt32(truncatingIfNeeded: b),
      UInt32(truncatingIfNeeded: a >> 32) ^ c[3] ^ k[1], UInt32(truncatingIfNeeded: a),
    ]
    k = [k[0] &+ 0x9E37_79B9, k[1] &+ 0xBB67_AE85]
  }
  return c
}

extension NADETests {
  @Suite struct Sampling {
    /// The known answers that come with Random123.
    @Test func philoxIsAsPublished() {
      #expect(
        philox([0, 0, 0, 0], key: [0, 0])
          == [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8]
      )
      let ones = UInt32.max
      #expect(
        philox([ones, ones, ones, ones], key: [ones, ones])
          == [0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd]
      )
      #expect(
        philox(
          [0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344],
          key: [0xa409_3822, 0x299f_31d0]
        )
          == [0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1]
      )
    }

    /// Every pixel is 1 exactly where the documented random number is below y of the Float64 model
    /// (but for numbers so near y that Float32 may decide otherwise).
    @Test(arguments: KernelPath.all, [false, true])
    func followsTheGenerator(path: KernelPath, rectified: Bool) {
      let inputs = 150
      let count = 21
      let model = ReferenceNADE(
        inputs: inputs,
        hidden: 70,
        rectified: rectified,
        shuffled: true,
        scale: 0.3,
        seed: 50
      )
      let seed: UInt64 = 0x0123_4567_89ab_cdef
      let first: UInt64 = 0x1_ffff_fff0
      path.run {
        let kernel = NADEKernel(model, path: path, threads: 2)
        let (samples, logs) = kernel.sample(count, seed: seed, stream: 7, first: first)
        for n in 0..<count {
          let x = samples[n * inputs..<(n + 1) * inputs].map { Double($0) }
          let y = model.conditionals(x)
          let index = first + UInt64(n)
          for (position, input) in model.order.map(Int.init).enumerated() {
            let words = philox(
              [
                UInt32(position / 64 * 16 + position % 16), UInt32(truncatingIfNeeded: index),
                UInt32(index >> 32), 7,
              ],
              key: [0x89ab_cdef, 0x0123_4567]
            )
            let u = (Double(words[position % 64 / 16] >> 9) + 0.5) / 8_388_608
            if abs(u - y[input]) > 1e-5 { #expect((x[input] == 1) == (u < y[input])) }
          }
          #expect(abs(Double(logs[n]) - model.logProbability(x)) < 1e-4)
        }
      }
    }

    /// Pearson's test of 40,000 samples against the enumerated probabilities, at level 1e−4.
    @Test(arguments: KernelPath.all) func hasTheRightFrequencies(path: KernelPath) {
      let inputs = 6
      let count = 40_000
      let model = ReferenceNADE(inputs: inputs, hidden: 20, shuffled: true, scale: 1, seed: 51)
      path.run {
        let (samples, _) = NADEKernel(model, path: path, threads: 2).sample(count, seed: 1)
        var observed = [Double](repeating: 0, count: 1 << inputs)
        for n in 0..<count {
          observed[(0..<inputs).reduce(0) { $0 | Int(samples[n * inputs + $1]) << $1 }] += 1
        }
        let expected = (0..<1 << inputs).map { code in
          Double(count) * exp(model.logProbability((0..<inputs).map { Double(code >> $0 & 1) }))
        }
        #expect(pearson(observed, expected) < 3.719, "more than the normal quantile of 1 − 1e−4")
      }
    }

    /// With the first inputs given the rest is drawn from q given these.
    @Test func conditionalFrequencies() {
      let inputs = 7
      let given = 3
      let count = 20_000
      let model = ReferenceNADE(inputs: inputs, hidden: 20, shuffled: true, scale: 1, seed: 52)
      var start = [UInt8](repeating: 0, count: count * inputs)
      let known = model.order.prefix(given).map(Int.init)
      let rest = model.order.dropFirst(given).map(Int.init)
      for n in 0..<count { start[n * inputs + known[1]] = 1 }
      let (samples, _) = NADEKernel(model, threads: 2)
        .sample(count, seed: 2, given: given, from: start)
      var observed = [Double](repeating: 0, count: 1 << rest.count)
      for n in 0..<count {
        let x = samples[n * inputs..<(n + 1) * inputs]
        #expect(known.map { x[x.startIndex + $0] } == [0, 1, 0])
        var code = 0
        for (bit, input) in rest.enumerated() { code |= Int(x[x.startIndex + input]) << bit }
        observed[code] += 1
      }
      var expected = observed.indices.map { code -> Double in
        var x = [Double](repeating: 0, count: inputs)
        x[known[1]] = 1
        for (bit, input) in rest.enumerated() { x[input] = Double(code >> bit & 1) }
        return exp(model.logProbability(x))
      }
      let total = expected.reduce(0, +)
      expected = expected.map { $0 / total * Double(count) }
      #expect(pearson(observed, expected) < 3.719)
    }

    @Test(arguments: KernelPath.all) func sameForAnyThreadsAndCalls(path: KernelPath) {
      let inputs = 90
      let model = ReferenceNADE(inputs: inputs, hidden: 300, shuffled: true, seed: 53)
      path.run {
        let one = NADEKernel(model, path: path, threads: 1).sample(45, seed: 3)
        for threads: Int32 in [2, 3] {
          let kernel = NADEKernel(model, path: path, threads: threads)
          let other = kernel.sample(45, seed: 3)
          #expect(other.samples == one.samples)
          #expect(other.logProbability == one.logProbability)
          let parts = [kernel.sample(13, seed: 3), kernel.sample(32, seed: 3, first: 13)]
          #expect(parts.flatMap(\.samples) == one.samples)
        }
        #expect(NADEKernel(model).sample(45, seed: 3, stream: 1).samples != one.samples)
      }
    }

    /// Units that leave the bounds of the product form in the middle of a sample.
    @Test(arguments: KernelPath.all) func extremeWeights(path: KernelPath) {
      var model = ReferenceNADE(inputs: 60, hidden: 40, scale: 20, seed: 54)
      model.inputWeights = model.inputWeights.map { ($0 * 4).rounded() / 4 }
      model.c = model.c.map { ($0 * 4).rounded() / 4 }
      model.outputWeights = model.outputWeights.map { Double(Float($0 / 20)) }
      model.b = model.b.map { Double(Float($0 / 20)) }
      path.run {
        let (samples, logs) = NADEKernel(model, path: path).sample(20, seed: 4)
        let images = (0..<20).map { n in samples[n * 60..<(n + 1) * 60].map { Double($0) } }
        #expect(images.contains { model.logits($0).a.joined().contains { abs($0) > 87 } })
        for (image, log) in zip(images, logs) {
          #expect(abs(Double(log) - model.logProbability(image)) < 1e-4)
        }
      }
    }
  }
}

/// Pearson's χ² as a standard normal number (Wilson & Hilferty, 1931); cells that expect fewer
/// than five are counted as one.
private func pearson(_ observed: [Double], _ expected: [Double]) -> Double {
  var square = 0.0
  var cells = 0.0
  var few = (observed: 0.0, expected: 0.0)
  func add(_ observed: Double, _ expected: Double) {
    square += (observed - expected) * (observed - expected) / expected
    cells += 1
  }
  for (observed, expected) in zip(observed, expected) {
    if expected >= 5 {
      add(observed, expected)
    } else {
      few = (few.observed + observed, few.expected + expected)
    }
  }
  if few.expected > 0 { add(few.observed, few.expected) }
  let degrees = cells - 1
  let spread = 2 / (9 * degrees)
  return (pow(square / degrees, 1 / 3.0) - (1 - spread)) / spread.squareRoot()
}

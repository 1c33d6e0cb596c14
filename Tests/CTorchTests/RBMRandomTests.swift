import CTorch
import Foundation
import Testing

extension KernelTests {
  /// The generator, against Random123's published answers, and its uniform numbers.
  @Suite struct RBMRandomTests {
    @Test func philoxGivesThePublishedNumbers() {
      let answers: [(counter: [UInt32], key: [UInt32], numbers: [UInt32])] = [
        ([0, 0, 0, 0], [0, 0], [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8]),
        (
          [UInt32](repeating: .max, count: 4), [.max, .max],
          [0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd]
        ),
        (
          [0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344], [0xa409_3822, 0x299f_31d0],
          [0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1]
        ),
      ]
      withEveryArchitecture { name in
        for answer in answers {
          var numbers = [UInt32](repeating: 0, count: 4)
          distill_random_philox(answer.counter, answer.key, &numbers)
          #expect(numbers == answer.numbers, "\(name)")
        }
      }
    }

    /// The documented mapping from units to words of blocks, checked through the single block.
    @Test func uniformsAreTheWordsOfTheirBlocks() {
      let seed: UInt64 = 0x0123_4567_89ab_cdef
      let step: UInt64 = 0x0012_3456_789a_bcde
      withEveryArchitecture { name in
        var uniforms = [Float](repeating: 0, count: 200)
        distill_random_uniform(seed, step, 5, 77, 200, &uniforms)
        for unit in 0..<200 {
          let counter: [UInt32] = [
            UInt32(unit / 64 * 16 + unit % 16), 77, UInt32(truncatingIfNeeded: step),
            UInt32(step >> 32 & 0xff_ffff) | 5 << 24,
          ]
          let key = [UInt32(truncatingIfNeeded: seed), UInt32(seed >> 32)]
          var block = [UInt32](repeating: 0, count: 4)
          distill_random_philox(counter, key, &block)
          let expected = (Double(block[unit % 64 / 16] >> 1) + 0.5) / 0x1p31
          #expect(abs(Double(uniforms[unit]) - expected) <= 0x1p-24, "\(name) unit \(unit)")
          #expect(uniforms[unit] > 0 && uniforms[unit] < 1)
        }
      }
    }

    /// Chi-square over 256 bins of a million numbers, and the serial correlation of neighbours.
    @Test func uniformsAreUniform() {
      let perChain = 1000
      let chains = 1000
      var counts = [Int](repeating: 0, count: 256)
      var products = 0.0
      for chain in 0..<chains {
        var uniforms = [Float](repeating: 0, count: perChain)
        distill_random_uniform(3, 9, 0, UInt32(chain), Int64(perChain), &uniforms)
        for u in uniforms { counts[Int(u * 256)] += 1 }
        for (u, next) in zip(uniforms, uniforms.dropFirst()) {
          products += (Double(u) - 0.5) * (Double(next) - 0.5)
        }
      }
      let expected = Double(perChain * chains) / 256
      let chiSquare = counts.reduce(0) { $0 + pow(Double($1) - expected, 2) / expected }
      #expect(chiSquare < chiSquareLimit(degrees: 255))
      // The product of two centred uniforms has standard deviation 1/12.
      let deviations = products * 12 / Double(chains * (perChain - 1)).squareRoot()
      #expect(abs(deviations) < 5)
    }
  }
}

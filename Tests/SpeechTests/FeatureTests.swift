import Speech
import Tensors
import Testing

/// Features as librosa computes them.
@Suite struct FeatureTests {
  struct Case: Decodable {
    let rate: Int
    let window, hop, lowest, highest: Double
    let bands, frames: Int
    let samples, values: [Double]
  }
  struct Content: Decodable { let features: [Case] }

  static let cases = (Fixture.decode("features.json") as Content).features

  private func features(_ own: Case) throws -> LogMel {
    try LogMel(
      rate: own.rate,
      windowSeconds: own.window,
      hopSeconds: own.hop,
      bands: own.bands,
      lowest: own.lowest,
      highest: own.highest
    )
  }

  @Test(arguments: cases.indices) func areThoseOfAnotherLibrary(_ index: Int) throws {
    let own = Self.cases[index]
    let features = try features(own)
    let found = features(Tensor(own.samples).cast(to: .float32)).withDeltas()
    let wanted = Tensor(own.values).reshaped(to: [own.frames, 3 * own.bands])
    #expect(found.shape == wanted.shape && features.frames(in: own.samples.count) == own.frames)
    #expect(found.largestDifference(from: wanted.cast(to: .float32)) < 1e-4)
    // Far from constant, quiet frames among them.
    #expect(wanted.maximum().doubleValue - wanted.minimum().doubleValue > 10)
  }

  @Test func soundsAreHeardTogetherAsOneByOne() throws {
    let features = try LogMel(rate: 16_000)
    let sounds = Tensor.normal([3, 1_000], using: RandomGenerator(seed: 1))
    let together = features(sounds).withDeltas()
    #expect(together.shape == [3, features.frames(in: 1_000), 120])
    for index in 0..<3 {
      let alone = features(sounds[index]).withDeltas()
      #expect(alone.largestDifference(from: together[index]) < 1e-5)
    }
    #expect(features.samples(of: features.frames(in: 1_000)) <= 1_000)
  }

  @Test func aToneIsLoudestInItsBand() throws {
    let features = try LogMel(rate: 16_000)
    for hertz in [200.0, 1_000, 4_000] {
      let frame = features(.tone(hertz, count: 400))[0]
      let band = frame.indexOfMaximum().scalar(Int.self)
      let weights = features.triangles.selecting(band, along: 1)
      #expect(weights[Int(hertz / 40)].doubleValue > 0.4)
    }
  }

  @Test func silenceIsTheFloor() throws {
    let features = try LogMel(rate: 16_000)
    let frames = features(.zeros([1_000]))
    #expect((frames.exponential - 1e-6).magnitude.maximum().doubleValue < 1e-12)
    #expect(frames.withDeltas().slicing(40..<120, along: 1).magnitude.maximum().doubleValue == 0)
  }

  /// A gain, or a filter, adds a constant to the logarithms.
  @Test func aChannelIsTakenOut() throws {
    let features = try LogMel(rate: 16_000)
    let sound = Tensor.normal([4_000], .float64, using: RandomGenerator(seed: 1))
    let (soft, loud) = (features(sound), features(sound * 8))
    #expect(abs((loud - soft).mean().doubleValue - 2 * 2.0794415) < 1e-5)
    #expect(loud.withoutChannel.largestDifference(from: soft.withoutChannel) < 1e-4)
  }

  @Test func whatCannotBeHeardIsRefused() {
    func said(_ make: () throws -> LogMel) -> String? {
      do {
        _ = try make()
        return nil
      } catch {
        return "\(error)"
      }
    }
    #expect(said { try LogMel(rate: 16_000, bands: 400) }?.contains("so narrow") == true)
    #expect(said { try LogMel(rate: 16_000, highest: 9_000) }?.contains("half the rate") == true)
    #expect(said { try LogMel(rate: 16_000, bands: 0) }?.contains("at least one") == true)
    #expect(said { try LogMel(rate: 16_000, hopSeconds: 0) }?.contains("no samples") == true)
    #expect(said { try LogMel(rate: 10, windowSeconds: 0.01) }?.contains("no samples") == true)
  }

  @Test func slopesAreThoseOfALine() {
    let line = (Tensor.range(0..<9, .float32) * 3).insertingAxis(1)
    for reach in 1...3 {
      let slopes = line.deltas(reach: reach)
      let inner = slopes.slicing(reach..<9 - reach, along: 0)
      #expect((inner - 3).magnitude.maximum().doubleValue < 1e-6)
      // The line stops at its ends.
      #expect(slopes[0].doubleValue < 3 && slopes[8].doubleValue < 3)
    }
  }
}

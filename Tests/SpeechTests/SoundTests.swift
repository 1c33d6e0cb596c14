import Foundation
import Tensors
import Testing

@testable import Speech

/// What rooms, noise, telephones and other rates do to sound.
@Suite struct SoundTests {
  struct Case: Decodable { let samples, values: [Double] }
  struct Content: Decodable { let resamplings: [Case] }

  @Test func anotherRateIsThatOfSciPy() {
    let content: Content = Fixture.decode("features.json")
    #expect(content.resamplings.count == 7)
    for own in content.resamplings {
      let found = Tensor(own.samples).resampled(to: own.values.count)
      let wanted = Tensor(own.values)
      #expect(found.shape == wanted.shape)
      #expect(found.largestDifference(from: wanted) < 1e-8, "\(own.samples.count)")
    }
  }

  @Test func aToneKeepsItsPitchAtAnotherRate() {
    let there = Tensor.tone(1_000, count: 2_205, rate: 22_050)
    let found = there.resampled(from: 22_050, to: 16_000)
    #expect(found.shape == [1_600])
    #expect(found.largestDifference(from: .tone(1_000, count: 1_600)) < 1e-9)
    // Many at once.
    let both = Tensor.stacked([there, there * 2]).resampled(from: 22_050, to: 16_000)
    #expect(both[1].largestDifference(from: found * 2) < 1e-9)
  }

  @Test func echoesAreAConvolution() {
    let sound = Tensor.normal([50], .float64, using: RandomGenerator(seed: 1))
    let response = Tensor.normal([20], .float64, using: RandomGenerator(seed: 2))
    let found = Degradation.convolved(sound, with: response).scalars(Double.self)
    let (x, h) = (sound.scalars(Double.self), response.scalars(Double.self))
    for t in x.indices {
      let wanted = h.indices.filter { $0 <= t }.map { h[$0] * x[t - $0] }.reduce(0, +)
      #expect(abs(found[t] - wanted) < 1e-12)
    }
  }

  /// A click in a room is the room's response.
  @Test func echoesDecayAsSaid() {
    let click = Tensor.concatenated([Tensor([1.0]), .zeros([15_999], .float64)])
    let heard = Degradation.reverberant(click, rate: 16_000, seconds: 0.4, ratio: 6, seed: 3)
    #expect(abs(heard[0].doubleValue - 1) < 1e-9)
    let echoes = heard[1..<6_400].squared
    // 6 dB below the direct sound together.
    #expect(abs(10 * log10(echoes.sum().doubleValue) + 6) < 1e-6)
    // The half of the time takes the half of the decibels: 30.
    let early = echoes[0..<1_600].mean().doubleValue
    let late = echoes[3_200..<4_800].mean().doubleValue
    #expect(abs(10 * log10(early / late) - 30) < 1.5)
    let again = Degradation.reverberant(click, rate: 16_000, seconds: 0.4, ratio: 6, seed: 3)
    let other = Degradation.reverberant(click, rate: 16_000, seconds: 0.4, ratio: 6, seed: 4)
    #expect(
      again.largestDifference(from: heard) == 0 && other.largestDifference(from: heard) > 0.01
    )
  }

  @Test(arguments: [0.0, 0.5, 1]) func noiseIsAsLoudAsSaid(_ slope: Double) {
    let sound = Tensor.tone(440, count: 16_000) * 0.3
    let power = sound.squared.mean().doubleValue
    let noisy = Degradation.noisy(sound, ratio: 7, slope: slope, power: power, seed: 5)
    let noise = noisy - sound
    #expect(abs(10 * log10(power / noise.squared.mean().doubleValue) - 7) < 1e-6)
    // Three octaves higher, its power is so many times smaller.
    let spectrum = Spectrum(of: noise).power
    let low = spectrum[500..<700].mean().doubleValue
    let high = spectrum[4_000..<5_600].mean().doubleValue
    #expect(abs(log2(low / high) - 6 * slope) < 0.6)
  }

  @Test(arguments: [(100.0, 0.0), (1_000, 1), (3_000, 1), (3_900, 0), (6_000, 0)])
  func aTelephoneHasABand(_ hertz: Double, _ share: Double) {
    // Beside a tone that passes, so that loudness is comparable.
    let sound = Tensor.tone(600, count: 16_000) + .tone(hertz, count: 16_000)
    let heard = Degradation.telephone(sound, rate: 16_000) { $0 }
    let spectrum = Spectrum(of: heard).power
    let (own, other) = (spectrum[Int(hertz)].doubleValue, spectrum[600].doubleValue)
    #expect(abs(own / other - share) < 1e-6)
    #expect(heard.shape == sound.shape)
  }

  @Test func aTelephoneRoundsBetweenItsFilters() {
    let sound = Tensor.tone(600, count: 1_600)
    var seen = 0.0
    let heard = Degradation.telephone(sound, rate: 16_000) {
      #expect($0.shape == [800])
      seen = $0.magnitude.maximum().doubleValue
      return $0 * 0.5
    }
    #expect(abs(seen - 0.5) < 1e-12 && heard.magnitude.maximum().doubleValue < 0.26)
  }

  @Test func silenceStaysSilent() {
    let silence = Tensor.zeros([800], .float64)
    #expect(silence.atPeak(0.5).magnitude.maximum().doubleValue == 0)
    #expect(Tensor([0.1, -0.2]).atPeak(0.5).scalars(Double.self) == [0.25, -0.5])
  }
}

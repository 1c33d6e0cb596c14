import Foundation
import Tensors

/// What is done to clean sound so that it comes from somewhere else.
///
/// All are functions of a seed, and of one sound, `[samples]`, Float64.
public enum Degradation {
  /// Speech in a room: the sound and its decaying echoes.
  ///
  /// The impulse response is 1 followed by white noise under an exponential, whose energy falls by 60 dB
  /// within `seconds` (Polack 1988).
  ///
  /// - Parameters:
  ///   - seconds: The reverberation time T₆₀.
  ///   - ratio: Decibels by which the direct sound is stronger than all echoes together.
  public static func reverberant(
    _ sound: Tensor,
    rate: Int,
    seconds: Double,
    ratio: Double,
    seed: UInt64
  ) -> Tensor {
    let count = max(2, Int(min(seconds, 2) * Double(rate)))
    let noise = Tensor.normal([count], .float64, using: RandomGenerator(seed: seed))
    let times = Tensor.range(0..<count, .float64) / Double(rate)
    let echoes = (noise * (times * (-3 * log(10) / seconds)).exponential)
      .slicing(1..<count, along: 0)
    let scale = pow(10, -ratio / 20) / echoes.squared.sum().doubleValue.squareRoot()
    let response = Tensor.concatenated([Tensor([1.0]), echoes * scale]).moved(to: sound.device)
    return convolved(sound, with: response)
  }

  /// The sound with the echoes of a response, cut to its own length.
  static func convolved(_ sound: Tensor, with response: Tensor) -> Tensor {
    let length = sound.count + response.count - 1
    let product = Spectrum(of: sound, length: length).times(Spectrum(of: response, length: length))
    return product.inverse(length: length)[0..<sound.count]
  }

  /// With noise of its own, so many decibels weaker than the speech.
  ///
  /// - Parameters:
  ///   - ratio: The signal-to-noise ratio: mean power where there is speech, by mean power of the noise.
  ///   - slope: a of a power spectrum of 1/f^2a: 0 white, ½ pink, 1 brown.
  ///   - power: The mean power of speech, which a pause would make smaller.
  public static func noisy(
    _ sound: Tensor,
    ratio: Double,
    slope: Double,
    power: Double,
    seed: UInt64
  ) -> Tensor {
    let count = sound.count
    let white = Tensor.normal([count], .float64, using: RandomGenerator(seed: seed))
      .moved(to: sound.device)
    let places = Tensor.range(0..<count / 2 + 1, .float64, on: sound.device).clamped(min: 8)
    let noise = Spectrum(of: white).times(places.raised(to: -slope)).inverse(length: count)
    let scale = (power * pow(10, -ratio / 10) / noise.squared.mean().doubleValue).squareRoot()
    return sound + noise * scale
  }

  /// Through a telephone: 8,000 samples a second, the band of 300 to 3,400 Hz, and 8 bits a sample by a
  /// law that `rounding` follows; back at the rate that it had.
  public static func telephone(
    _ sound: Tensor,
    rate: Int,
    rounding: (Tensor) -> Tensor
  ) -> Tensor {
    let narrow = sound.resampled(from: rate, to: 8_000)
    let count = narrow.count
    let hertz =
      Tensor.range(0..<count / 2 + 1, .float64, on: sound.device) * (8_000 / Double(count))
    // From nothing at 200 to everything at 300, and from everything at 3,400 to nothing at 3,800.
    let rising = ((hertz - 200) / 100).clamped(min: 0, max: 1)
    let falling = ((3_800 - hertz) / 400).clamped(min: 0, max: 1)
    let band = Spectrum(of: narrow).times(rising * falling).inverse(length: count)
    return rounding(band.atPeak(0.5)).resampled(to: sound.count)
  }
}

extension Tensor {
  /// Sound whose loudest sample is `peak`, Float64; silence stays silent.
  public func atPeak(_ peak: Double) -> Tensor {
    let samples = cast(to: .float64)
    let loudest = samples.magnitude.maximum().doubleValue
    return loudest > 0 ? samples * (peak / loudest) : samples
  }
}

import Foundation
import Tensors

private let unfold = Operator("aten::unfold")

/// The logarithm of the energies in bands that are equally wide on the mel scale, frame by frame: what
/// acoustic models listen to (Davis and Mermelstein 1980, without the cosine transform).
///
/// ```swift
/// let features = LogMel(rate: 16_000)
/// let frames = features(samples)             // [frames, 40]
/// let inputs = frames.withDeltas()           // [frames, 120]
/// ```
///
/// A frame is `window` samples under a Hann window; its power spectrum is summed under triangles whose
/// corners are equally far apart in mel(f) = 2595 log₁₀(1 + f/700) (O'Shaughnessy 1987), and of
/// each sum, but of `floor` at least, the natural logarithm is taken. As torchaudio's `MelSpectrogram`
/// and librosa's `melspectrogram` have it, with `mel_scale="htk"`, `norm=None` and `center=False`.
public struct LogMel {
  /// Samples a second.
  public let rate: Int
  /// Samples of a frame, and from one frame to the next.
  public let window: Int
  public let hop: Int
  /// `[frequencies, bands]`: the triangles.
  public let triangles: Tensor
  public let floor: Double
  private let shape: Tensor

  public var bands: Int { triangles.shape[1] }

  /// - Parameters:
  ///   - windowSeconds: The default, 25 ms, is usual, as is a hop of 10 ms.
  ///   - bands: The default is 40.
  ///   - lowest: Hertz where the first triangle begins.
  ///   - highest: Hertz where the last one ends; the default is half the rate.
  ///   - floor: The least energy; full scale is 1. The default, 1e−6, is what rounding to 16 bits leaves.
  /// - Throws: ``SpeechError`` when a band has no frequency, or a frame no samples.
  public init(
    rate: Int,
    windowSeconds: Double = 0.025,
    hopSeconds: Double = 0.01,
    bands: Int = 40,
    lowest: Double = 60,
    highest: Double? = nil,
    floor: Double = 1e-6
  ) throws {
    let top = highest ?? Double(rate) / 2
    let (window, hop) = (
      Int((windowSeconds * Double(rate)).rounded()), Int((hopSeconds * Double(rate)).rounded())
    )
    guard window > 1, hop > 0, floor > 0 else {
      throw SpeechError(
        "frames of \(windowSeconds) s every \(hopSeconds) s have no samples at \(rate) a second"
      )
    }
    guard bands > 0, lowest >= 0, lowest < top, top <= Double(rate) / 2 else {
      throw SpeechError(
        "\(bands) bands from \(lowest) to \(top) Hz: must be at least one, within half the rate of "
          + "\(rate)"
      )
    }
    self.rate = rate
    self.window = window
    self.hop = hop
    self.floor = floor
    let frequencies = Tensor.range(0..<window / 2 + 1, .float64) * (Double(rate) / Double(window))
    let corners = Tensor.linearSpace(
      from: Self.mel(lowest),
      to: Self.mel(top),
      count: bands + 2,
      .float64
    )
    let hertz = (((corners / 2_595) * log(10)).exponential - 1) * 700
    let (left, middle, right) = (hertz[0..<bands], hertz[1..<bands + 1], hertz[2..<bands + 2])
    let places = frequencies.insertingAxis(1)
    let rising = (places - left) / (middle - left)
    let falling = (right - places) / (right - middle)
    triangles = rising.minimum(falling).clamped(min: 0)
    guard (triangles.sum(along: 0) .> 0).isAllTrue else {
      throw SpeechError(
        "\(bands) bands from \(lowest) to \(top) Hz are so narrow that some hold none of the "
          + "\(window / 2 + 1) frequencies of a frame of \(window) samples: have fewer bands, or a "
          + "longer frame"
      )
    }
    let turn = Tensor.range(0..<window, .float64) * (2 * Double.pi / Double(window))
    shape = 0.5 - 0.5 * turn.cosine
  }

  static func mel(_ hertz: Double) -> Double { 2_595 * log10(1 + hertz / 700) }

  /// How many whole frames so many samples have.
  public func frames(in samples: Int) -> Int { samples < window ? 0 : 1 + (samples - window) / hop }

  /// How many samples so many frames have.
  public func samples(of frames: Int) -> Int { (frames - 1) * hop + window }

  /// The features of sounds, `[…, samples]` to `[…, frames, bands]`, Float32. Sums are in Float64: what
  /// is loud in a frame does not hide what is quiet.
  ///
  /// - Parameter samples: At least one frame of them, on the device where the triangles are.
  public func callAsFunction(_ samples: Tensor) -> Tensor {
    let energies = Spectrum(of: framed(samples) * shape.moved(to: samples.device)).power
      .matmul(triangles.moved(to: samples.device))
    return energies.clamped(min: floor).logarithm.cast(to: .float32)
  }

  /// Σ x² of each frame without a window, `[…, samples]` to `[…, frames]`, Float64.
  public func energies(_ samples: Tensor) -> Tensor { framed(samples).squared.sum(along: -1) }

  private func framed(_ samples: Tensor) -> Tensor {
    unfold(
      .tensor(samples.cast(to: .float64)),
      .integer(-1),
      .integer(window),
      .integer(hop)
    )
  }
}

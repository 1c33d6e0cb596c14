import Distill
import Foundation
import Runs

/// Utterances as networks hear them.
package struct AcousticPart {
  package let recordings: AcousticRecordings
  /// `[utterances, frames, features]`, of the domain that the part is of.
  package let inputs: Tensor
  /// The same utterances before a room, noise and a telephone changed them.
  package let clean: Tensor
  /// Of the frames of the networks' outputs.
  package let labels: FrameLabels

  package var count: Int { recordings.utterances.count }
}

/// The utterances of an experiment.
package struct AcousticWorld {
  package let recipe: AcousticExperiment
  package let source: AcousticPart
  package let adaptation: AcousticPart
  package let validation: AcousticPart
  package let test: AcousticPart
  /// Of the features of a frame, `[1, features]`: what networks hear is (x − mean) / deviation.
  package let scale: (mean: Tensor, deviation: Tensor)

  package static let stride = 2

  /// - Throws: `RunError`, ``FileError`` or ``SpeechError`` when recordings are missing, damaged or
  ///   silent, and `Stopped`.
  package init(_ recipe: AcousticExperiment, seed: UInt64, _ run: Run) throws {
    self.recipe = recipe
    let parts = try recipe.recordings()
    let listener = try AcousticListener(recipe, run.device)
    run.work.begin(
      "recordings read",
      of: parts.map(\.utterances.count).reduce(0, +),
      "recordings"
    )
    defer { run.work.end() }
    var done = 0
    // The same scale for all: that of the clean recordings that the teacher learns from.
    var scale: (mean: Tensor, deviation: Tensor)?
    var heard: [AcousticPart] = []
    for (number, part) in parts.enumerated() {
      let sounds = try part.utterances.enumerated().map { index, utterance in
        try run.stopIfAsked("no network")
        defer {
          done += 1
          run.work.update(done)
        }
        return try listener.sound(
          utterance.read(),
          of: utterance.file,
          changed: number > 0,
          seed: mixed(seed &* 1_000_003 &+ UInt64(number), index)
        )
      }
      let clean = Tensor.stacked(sounds.map(\.clean))
      let inputs = Tensor.stacked(sounds.map(\.heard))
      let of = scale ?? Self.scale(of: inputs)
      scale = of
      let labels = try FrameLabels(
        words: part.utterances.map(\.word),
        of: recipe.words.count,
        where: .stacked(sounds.map(\.isSpeech))
      )
      heard.append(
        AcousticPart(
          recordings: part,
          inputs: (inputs - of.mean) / of.deviation,
          clean: (clean - of.mean) / of.deviation,
          labels: labels.every(Self.stride)
        )
      )
    }
    (source, adaptation, validation, test) = (heard[0], heard[1], heard[2], heard[3])
    self.scale = scale!
  }

  private static func scale(of inputs: Tensor) -> (mean: Tensor, deviation: Tensor) {
    let frames = inputs.flattened(from: 0, through: 1)
    let deviation = frames.standardDeviation(along: 0, keepingAxes: true).clamped(min: 1e-3)
    return (frames.mean(along: 0, keepingAxes: true), deviation)
  }

  package func network(_ shape: AcousticShape, seed: UInt64) -> AcousticNetwork {
    AcousticNetwork(
      features: source.inputs.shape[2],
      widths: shape.widths,
      recurrent: shape.recurrent,
      stride: Self.stride,
      classes: recipe.words.count + 1,
      using: RandomGenerator(seed: seed, on: source.inputs.device)
    )
  }

  package var summary: String {
    func speakers(_ part: AcousticPart) -> Int {
      Set(part.recordings.utterances.map(\.speaker)).count
    }
    return "\(recipe.words.count) words; \(grouped(source.count)) clean utterances of "
      + "\(speakers(source)) speakers; in the target domain \(grouped(adaptation.count)) of "
      + "\(speakers(adaptation)) speakers to adapt by, of which \(grouped(recipe.labelled)) are labelled, "
      + "\(grouped(validation.count)) of validation and \(grouped(test.count)) of "
      + "\(speakers(test)) other speakers of test"
  }
}

/// Makes features of files.
struct AcousticListener {
  private let recipe: AcousticExperiment
  private let features: LogMel
  private let device: Device
  private let samples: Int

  init(_ recipe: AcousticExperiment, _ device: Device) throws {
    (self.recipe, features, self.device) = (recipe, try recipe.features(), device)
    samples = Int(recipe.seconds * Double(recipe.rate))
  }

  /// The features of a recording: of its sound made as loud as all others', `clean`, and of what a room,
  /// noise and a telephone make of that.
  ///
  /// - Throws: ``FileError`` when it is silent, or too long for a word.
  func sound(
    _ recording: Recording,
    of file: URL,
    changed: Bool,
    seed: UInt64
  ) throws -> (clean: Tensor, heard: Tensor, isSpeech: Tensor) {
    guard recording.seconds <= 600, recording.samples.count > 0 else {
      throw FileError(
        file,
        "the recording is \(short(recording.seconds)) s long",
        "give one of a word"
      )
    }
    let whole = recording.mono.cast(to: .float64)
      .resampled(from: recording.rate, to: recipe.rate)
    guard whole.magnitude.maximum().doubleValue > 0 else {
      throw FileError(file, "the recording is silent", "record or fetch it again")
    }
    let spoken = loudest(whole).atPeak(0.5)
    // Digital silence is nowhere but in files.
    let hiss = Tensor.normal([samples], .float64, using: RandomGenerator(seed: seed)) * 1e-4
    let clean = spoken + hiss
    let isSpeech = features.isSpeech(clean, within: recipe.speechDecibels)
    let heard = changed ? changedSound(clean, isSpeech, seed) : clean
    return (inputs(clean), inputs(heard), isSpeech.moved(to: device))
  }

  private func inputs(_ sound: Tensor) -> Tensor {
    features(sound).withoutChannel.withDeltas().moved(to: device)
  }

  /// As many samples as an utterance has: the part of the most energy of a longer recording, silence on
  /// both sides of a shorter one.
  private func loudest(_ sound: Tensor) -> Tensor {
    let missing = samples - sound.count
    if missing >= 0 { return sound.padded([(missing / 2, missing - missing / 2)]) }
    let sums = Tensor.concatenated([Tensor([0.0]), sound.squared.cumulativeSum(along: 0)])
    let energies = sums[samples..<sums.count] - sums[0..<sums.count - samples]
    let start = energies.indexOfMaximum().scalar(Int.self)
    return sound[start..<start + samples]
  }

  /// Through a room, noise and a telephone.
  private func changedSound(_ clean: Tensor, _ isSpeech: Tensor, _ seed: UInt64) -> Tensor {
    var random = RandomStream(seed: seed, stream: 1)
    func draw(_ ends: [Double]) -> Double {
      ends[0] + (ends[1] - ends[0]) * Double(random.next() >> 11) * 0x1p-53
    }
    let room = Degradation.reverberant(
      clean,
      rate: recipe.rate,
      seconds: draw(recipe.reverberation),
      ratio: draw(recipe.direct),
      seed: seed &+ 1
    )
    let share = isSpeech.cast(to: .float64).mean().doubleValue
    let noisy = Degradation.noisy(
      room,
      ratio: draw(recipe.noise),
      slope: draw([0, 1]),
      power: room.squared.mean().doubleValue / max(share, 1e-3),
      seed: seed &+ 2
    )
    return Degradation.telephone(noisy, rate: recipe.rate, rounding: Companding.muLaw.rounded)
  }
}

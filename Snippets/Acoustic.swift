// An acoustic model of clean speech adapts a small one to the telephone.
// Run: make data-speech && swift run -c release Acoustic

// snippet.show
import Distill
import Foundation

let folder = URL(fileURLWithPath: ".data/speech")
let words = (0...9).map(String.init)
let features = try LogMel(rate: 16_000, bands: 32, lowest: 200, highest: 3_600)
let samples = features.samples(of: 130)  // 1.3 seconds

/// A word of a speaker as 1.3 seconds at 16,000 samples a second.
func sound(_ speaker: String, _ word: String) throws -> Tensor {
  let recording = try WAV.read(from: folder.appendingPathComponent("\(speaker)/\(word).wav"))
  let sound = recording.mono.resampled(from: recording.rate, to: 16_000).atPeak(0.5)
  let missing = max(0, samples - sound.count)
  let quiet = sound.padded([(missing / 2, missing - missing / 2)])[0..<samples]
  return quiet + Tensor.normal([samples], .float64, using: RandomGenerator(seed: 1)) * 1e-4
}

/// The same through a room, noise, and a telephone.
func called(_ sound: Tensor, seed: UInt64) -> Tensor {
  let room = Degradation.reverberant(sound, rate: 16_000, seconds: 0.3, ratio: 6, seed: seed)
  let power = 2 * room.squared.mean().doubleValue  // About half of it is speech.
  let noisy = Degradation.noisy(room, ratio: 15, slope: 0.5, power: power, seed: seed)
  return Degradation.telephone(noisy, rate: 16_000, rounding: Companding.muLaw.rounded)
}

@MainActor func inputs(_ sounds: [Tensor]) -> Tensor {
  features(.stacked(sounds)).withoutChannel.withDeltas()
}

@MainActor func utterances(_ speakers: [String]) throws -> (sounds: [Tensor], labels: FrameLabels) {
  let sounds = try speakers.flatMap { speaker in try words.map { try sound(speaker, $0) } }
  let labels = try FrameLabels(
    words: sounds.indices.map { $0 % words.count },
    of: words.count,
    where: features.isSpeech(.stacked(sounds))
  )
  return (sounds, labels.every(2))  // The networks' frames are every second one.
}

@MainActor func network(_ widths: [Int], seed: UInt64) -> AcousticNetwork {
  AcousticNetwork(
    features: 3 * features.bands,
    widths: widths,
    classes: words.count + 1,
    using: RandomGenerator(seed: seed)
  )
}

// The source domain: clean speech. Teacher and student learn it.
let known = try utterances(["f1", "f2", "m1", "m2", "m3"].map { "synthetic/it-\($0)" })
let (teacher, student) = (network([96, 96, 96], seed: 1), network([32, 32, 32], seed: 2))
for model in [teacher, student] {
  let batches = Examples(inputs(known.sounds)).batches(of: 25, epochs: 60, shuffled: 3)
  try train(
    model,
    on: batches,
    minimizing: .frameCrossEntropy(known.labels),
    using: Adam(learningRate: 3e-3)
  )
}

// The target domain: two other speakers, called. The teacher hears what was said before.
let few = try utterances(["synthetic/it-f3", "synthetic/it-m4"])
let heard = inputs(few.sounds.enumerated().map { called($0.element, seed: UInt64($0.offset)) })
let answers = try RecordedTeacher(
  of: ModuleTeacher(teacher, observedAs: .reals),
  on: inputs(few.sounds)
)
@MainActor func score(_ speaker: String) throws -> Recognition {
  let test = try utterances([speaker])
  let sounds = test.sounds.enumerated().map { called($0.element, seed: 100 + UInt64($0.offset)) }
  return try Recognition(of: student.logits(of: inputs(sounds)), test.labels)
}
let before = try score("telephone/it-menardi")
try distill(
  answers,
  into: student,
  on: Examples(heard).batches(of: 20, epochs: 100, shuffled: 4),
  minimizing: 0.5 * .frameCrossEntropy(few.labels)
    + 0.5 * .frameSoftCrossEntropy(classes: words.count + 1, temperature: 2),
  using: Adam(learningRate: 3e-3)
)
let after = try score("telephone/it-menardi")
print("frames", before.frameAccuracy, "→", after.frameAccuracy)
print("words ", before.wordAccuracy, "→", after.wordAccuracy)

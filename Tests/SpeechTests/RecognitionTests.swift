import Distillation
import Foundation
import Networks
import Speech
import Tensors
import Testing

/// Labels of frames, their losses, networks over frames, and what is counted.
@Suite struct RecognitionTests {
  struct Losses: Decodable {
    let student, teacher: [Double]
    let words, speech: [Int]
    let batch, frames, classes: Int
    let temperature, hard, second, soft, softened: Double
  }

  private func observation(_ values: [Double], _ own: Losses) -> Observation {
    let shape = [own.batch, own.frames * own.classes]
    return Observation(Tensor(values).reshaped(to: shape), meaning: .reals)
  }

  private func value(_ loss: Loss, _ own: Losses, indices: [Int]) throws -> Double {
    let student = observation(own.student, own)
    let comparison = Comparison(
      student,
      observation(own.teacher, own),
      inputs: .zeros([own.batch, 1]),
      indices: Tensor(indices)
    )
    return try loss(comparison).doubleValue
  }

  @Test func softTargetsAreThoseOfAnotherProgram() throws {
    let own: Losses = Fixture.decode("losses.json")
    let loss = Loss.frameSoftCrossEntropy(classes: own.classes)
    #expect(abs(try value(loss, own, indices: [0, 1, 2]) - own.soft) < 1e-6)
    let softened = Loss.frameSoftCrossEntropy(classes: 4, temperature: own.temperature)
    #expect(abs(try value(softened, own, indices: [0, 1, 2]) - own.softened) < 1e-6)
  }

  @Test func labelsAreLookedUpByUtterance() throws {
    let own: Losses = Fixture.decode("losses.json")
    let isSpeech = Tensor(own.speech).reshaped(to: [own.batch, own.frames]) .> 0
    let labels = try FrameLabels(words: own.words, of: 3, where: isSpeech)
    #expect(labels.classes.scalars(Int.self) == [3, 3, 0, 0, 3, 0, 1, 1, 1, 0, 0, 0, 2, 2, 2])
    let loss = Loss.frameCrossEntropy(labels)
    #expect(abs(try value(loss, own, indices: [0, 1, 2]) - own.hard) < 1e-6)
    #expect(abs(try value(loss, own, indices: [2, 1, 0]) - own.hard) > 1e-3)
    // What is not known counts for nothing.
    let some = labels.known([1])
    #expect(
      some.classes.scalars(Int.self) == [-1, -1, -1, -1, -1, 0, 1, 1, 1, 0, -1, -1, -1, -1, -1]
    )
    #expect(abs(try value(.frameCrossEntropy(some), own, indices: [2, 1, 0]) - own.second) < 1e-6)
    #expect(try value(.frameCrossEntropy(some), own, indices: [2, 2, 0]) == 0)
    let halves = labels.every(2)
    #expect(halves.classes.scalars(Int.self) == [3, 0, 3, 0, 1, 0, 0, 2, 2])
    #expect(labels.rows([2, 0]).words == [1, 2])
    #expect(labels.rows([2, 0]).classes[1].scalars(Int.self) == [3, 3, 0, 0, 3])
  }

  @Test func whatDoesNotBelongTogetherIsRefused() throws {
    let own: Losses = Fixture.decode("losses.json")
    let isSpeech = Tensor.ones([3, 5]) .> 0
    let labels = try FrameLabels(words: [0, 1, 2], of: 3, where: isSpeech)
    #expect(throws: SpeechError.self) { try FrameLabels(words: [0, 3, 2], of: 3, where: isSpeech) }
    #expect(throws: SpeechError.self) { try FrameLabels(words: [0, 1], of: 3, where: isSpeech) }
    func said(_ loss: Loss, _ indices: [Int]) -> String? {
      do {
        _ = try value(loss, own, indices: indices)
        return nil
      } catch {
        return "\(error)"
      }
    }
    #expect(said(.frameCrossEntropy(labels), [0, 1, 3])?.contains("utterance 3") == true)
    #expect(said(.frameCrossEntropy(labels.every(2)), [0, 1, 2])?.contains("5 frames") == true)
    #expect(said(.frameSoftCrossEntropy(classes: 7), [0, 1, 2])?.contains("20 outputs") == true)
  }

  @Test(arguments: [0, 5]) func networksGiveFrames(_ recurrent: Int) {
    let network = AcousticNetwork(
      features: 6,
      widths: [4, 7, 5],
      recurrent: recurrent,
      classes: 3,
      using: RandomGenerator(seed: 1)
    )
    let inputs = Tensor.normal([2, 21, 6], using: RandomGenerator(seed: 2))
    #expect(network(inputs).shape == [2, 33] && network.frames(of: 21) == 11)
    let logits = network.logits(of: inputs, chunk: 1)
    #expect(logits.shape == [2, 11, 3])
    #expect(logits.largestDifference(from: network(inputs).reshaped(to: [2, 11, 3])) < 1e-5)
    // Convolutions, their norms, and classes; gates of both directions.
    let convolutions = 5 * (6 * 4 + 4 * 7 + 7 * 5) + 2 * (4 + 7 + 5)
    let gates = 2 * (3 * 5 * 5 + 3 * 5 * recurrent + 6 * 5)
    let parameters =
      recurrent == 0 ? convolutions + 5 * 3 + 3 : convolutions + gates + 2 * recurrent * 3 + 3
    #expect(network.parameterCount == parameters)
    // A frame hears its neighbours and, without recurrence, none that is far.
    let far = Tensor.concatenated(
      [inputs[0..<2].slicing(0..<20, along: 1), .ones([2, 1, 6])],
      along: 1
    )
    let change = (network.logits(of: far) - logits).magnitude.maximum(along: 0, 2)
    #expect(change[10].doubleValue > 1e-4)
    #expect((change[0].doubleValue < 1e-6) == (recurrent == 0))
  }

  @Test func framesAndWordsAreCounted() throws {
    let isSpeech = Tensor([1, 1, 1, 1, 0, 0, 1, 1]).reshaped(to: [2, 4]) .> 0
    let labels = try FrameLabels(words: [0, 1], of: 2, where: isSpeech)
    func frame(_ silence: Double, _ first: Double, _ second: Double) -> [Double] {
      [log(silence), log(first), log(second)]
    }
    // Three frames of the first for a little, one of the second for sure; then silence, and one each.
    let rows = [
      frame(0.2, 0.45, 0.35), frame(0.2, 0.45, 0.35), frame(0.5, 0.4, 0.1), frame(0, 0, 1),
      frame(0.9, 0.1, 0), frame(0.9, 0.1, 0), frame(0.1, 0.6, 0.3), frame(0.1, 0.1, 0.8),
    ]
    let logits = Tensor(rows.flatMap { $0 }).clamped(min: -100).reshaped(to: [2, 4, 3])
    let found = try Recognition(of: logits, labels)
    #expect(found.frameAccuracies == [0.5, 0.5])
    // 1.3 against 1.8, and 0.9 against 1.1.
    #expect(found.words == [1, 1] && found.isRight == [false, true])
    #expect(found.frameAccuracy == 0.5 && found.wordAccuracy == 0.5)
    #expect(throws: SpeechError.self) { try Recognition(of: logits[0..<1], labels) }
    let silent = try FrameLabels(words: [0, 1], of: 2, where: .zeros([2, 4]) .> 0)
    #expect(throws: SpeechError.self) { try Recognition(of: logits, silent) }
  }

  @Test func speechIsWhereEnergyIs() throws {
    let features = try LogMel(rate: 16_000)
    let quiet = Tensor.zeros([3_200], .float64)
    let sound = Tensor.concatenated([quiet, .tone(500, count: 3_200) * 0.3, quiet + 1e-4])
    let found = features.isSpeech(sound).scalars(Bool.self)
    let inside = found.indices.filter { found[$0] }
    #expect(inside.first! >= 17 && inside.first! <= 20 && inside.last! >= 38 && inside.last! <= 40)
    #expect(inside.count == inside.last! - inside.first! + 1)
    #expect(!features.isSpeech(quiet).scalars(Bool.self).contains(true))
  }

  /// Tones are learnt, and a student is drawn towards its teacher.
  @Test func aStudentLearnsFromLabelsAndTeacher() throws {
    let features = try LogMel(rate: 8_000, bands: 12)
    let words = (0..<30).map { $0 % 3 }
    let generator = RandomGenerator(seed: 4)
    let sounds = Tensor.stacked(
      words.map { word in
        let tone = Tensor.tone([400, 900, 1_900][word], count: 1_800, rate: 8_000) * 0.2
        let edges = Tensor.zeros([900], .float64)
        let noise = Tensor.normal([3_600], .float64, using: generator) * 0.01
        return .concatenated([edges, tone, edges]) + noise
      }
    )
    let inputs = features(sounds)
    let labels = try FrameLabels(words: words, of: 3, where: features.isSpeech(sounds, within: 12))
      .every(2)
    func network(_ seed: UInt64) -> AcousticNetwork {
      AcousticNetwork(
        features: 12,
        widths: [8, 8],
        classes: 4,
        using: RandomGenerator(seed: seed)
      )
    }
    let batches = Examples(inputs).batches(of: 10, epochs: 20, shuffled: 1)
    let teacher = network(1)
    try train(
      teacher,
      on: batches,
      minimizing: .frameCrossEntropy(labels),
      using: Adam(learningRate: 0.01)
    )
    let learnt = try Recognition(of: teacher.logits(of: inputs), labels)
    #expect(learnt.wordAccuracy == 1 && learnt.frameAccuracy > 0.8)
    let student = network(2)
    try distill(
      ModuleTeacher(teacher, observedAs: .reals),
      into: student,
      on: batches,
      minimizing: 0.2 * .frameCrossEntropy(labels)
        + 0.8 * .frameSoftCrossEntropy(classes: 4, temperature: 2),
      using: Adam(learningRate: 0.01)
    )
    #expect(try Recognition(of: student.logits(of: inputs), labels).wordAccuracy == 1)
  }
}

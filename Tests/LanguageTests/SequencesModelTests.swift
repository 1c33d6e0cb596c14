import Distillation
import Foundation
import Networks
import Tensors
import Testing

@testable import Language

/// A model of three tokens, and everything it may say.
struct SequencesWorld {
  static let length = 3

  static func model(_ seed: UInt64, tokens: Int = 3, length: Int = length) -> SequenceModel {
    let model = SequenceModel(
      tokens: tokens,
      width: 4,
      hidden: 5,
      length: length,
      .float64,
      using: RandomGenerator(seed: seed)
    )
    // Far from uniform.
    model.head.weight.replace(with: model.head.weight.value * 4)
    return model
  }

  /// Every way to go on from token 0, `[27, 4]`.
  static var windows: Tensor {
    Tensor((0..<27).flatMap { [0, $0 / 9, $0 / 3 % 3, $0 % 3] }, shape: [27, 4])
  }

  static func batch(_ rows: [Int]) -> Batch { Batch(windows: windows[rows: Tensor(rows)]) }

  /// log of the probability of each window, `[27]`.
  static func logs(_ model: SequenceModel) -> Tensor {
    let batch = Batch(windows: windows)
    return model(batch.inputs).logSoftmax()
      .gathering(batch.labels!.insertingAxis(1), along: 1).reshaped(to: [27, length])
      .sum(along: 1)
  }
}

@Suite struct SequencesModelTests {
  private static let documents = ["ab", "", "abba", "b", "aaab"].map { Array($0.utf8) }

  private static func position(_ model: SequenceModel, after prefix: [Int]) -> [Double] {
    model.onWindows(of: prefix.count)(Tensor(prefix)).logSoftmax()[-1].scalars(Double.self)
  }

  @Test func probabilitiesOfAllSequencesAddUpToOne() {
    let sum = SequencesWorld.logs(SequencesWorld.model(1)).exponential.sum().doubleValue
    #expect(abs(sum - 1) < 1e-12)
  }

  /// Windows beside each other, filled up, of any length: what a model says at a place depends on what
  /// is before it in its window alone.
  @Test func scoresAreThoseOfEachDocumentAlone() throws {
    let vocabulary = ByteVocabulary(bytesOf: Self.documents)
    let (model, teacher) = (SequencesWorld.model(1), SequencesWorld.model(2))
    let panel = try DocumentPanel(Self.documents, in: vocabulary)
    let scores = panel.scores(of: model, beside: panel.answers(of: teacher))
    #expect(panel.bytes == [3, 1, 5, 2, 5])
    for (place, document) in Self.documents.enumerated() {
      let tokens = try vocabulary.encoded(document)
      var (bits, divergence, agreement) = (0.0, 0.0, 0.0)
      for (index, next) in (tokens + [0]).enumerated() {
        let prefix = [0] + tokens[..<index]
        let own = Self.position(model, after: prefix)
        let taught = Self.position(teacher, after: prefix)
        bits -= own[next] / log(2)
        divergence += zip(taught, own).reduce(0) { $0 + exp($1.0) * ($1.0 - $1.1) } / log(2)
        agreement += own.firstIndex(of: own.max()!) == taught.firstIndex(of: taught.max()!) ? 1 : 0
      }
      #expect(abs(scores.bits[place] - bits) < 1e-9)
      #expect(abs(scores.divergence![place] - divergence) < 1e-9)
      #expect(scores.agreement![place] == agreement)
    }
    // The mean is the ratio of the sums.
    let perByte = panel.perByte(scores.bits)
    let mean = perByte.reduce(0, +) / 5
    #expect(abs(mean - scores.bits.reduce(0, +) / 16) < 1e-12)
    #expect(panel.perByte([3, 1, 5, 2, 5]).allSatisfy { abs($0 - 1) < 1e-12 })
  }

  /// All documents of up to two bytes, and everything that goes on: nothing else may be said.
  @Test func documentsAreADistribution() throws {
    let documents = ["", "a", "b", "aa", "ab", "ba", "bb"].map { Array($0.utf8) }
    let model = SequencesWorld.model(3)
    let panel = try DocumentPanel(documents, in: ByteVocabulary(bytesOf: documents))
    let ended = panel.scores(of: model).bits.reduce(0) { $0 + exp2(-$1) }
    var open = 0.0
    for rest in 0..<8 {
      let tokens = [1 + rest / 4, 1 + rest / 2 % 2, 1 + rest % 2]
      var log = 0.0
      for index in 0..<3 {
        log += Self.position(model, after: [0] + tokens[..<index])[tokens[index]]
      }
      open += exp(log)
    }
    #expect(abs(ended + open - 1) < 1e-9)
  }

  @Test func windowsAreTheTextInOrder() throws {
    let windows = try SequenceWindows([[1, 2], [2, 2, 1]], length: 3, batch: 5, seed: 4)
    // 0 1 2 0 2 2 1 0, of which the last fills no window.
    #expect(windows.windows.scalars(Int.self) == [0, 1, 2, 0, 0, 2, 2, 1])
    #expect(windows.positions.scalars(Int.self) == [0, 1, 2, 0, 2, 2])
    let batch = try #require(try windows.batch(3))
    let rows = batch.indices!.scalars(Int.self)
    #expect(rows.sorted() == Array(0..<6) && batch.count == 6)
    #expect(batch.inputs.scalars(Int.self) == rows.map { [0, 1, 2, 0, 2, 2][$0] })
    #expect(batch.labels!.scalars(Int.self) == rows.map { [1, 2, 0, 2, 2, 1][$0] })
    #expect(throws: LanguageError.self) {
      try SequenceWindows([[1]], length: 3, batch: 1, seed: 4)
    }
  }

  /// As often as the model says, and the same at the same step.
  @Test func whatAStudentWritesIsDrawnFromIt() throws {
    let model = SequencesWorld.model(5)
    let prompts = Tensor.zeros([40_000, 1], .int64)
    let drawn = model.continued(prompts, to: 4, using: RandomGenerator(seed: 1))
    #expect(drawn.shape == [40_000, 4])
    let rows = drawn.scalars(Int.self)
    var counts = [Double](repeating: 0, count: 27)
    for row in 0..<40_000 {
      counts[9 * rows[4 * row + 1] + 3 * rows[4 * row + 2] + rows[4 * row + 3]] += 1
    }
    let expected = SequencesWorld.logs(model).exponential.scalars(Double.self).map { $0 * 40_000 }
    let chi = zip(counts, expected).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) / $1.1 }
    // 26 degrees of freedom: above 58 once in 3,000 times.
    #expect(chi < 58, "\(chi)")

    let windows = try SequenceWindows([[1, 2, 2, 1, 1, 2]], length: 3, batch: 2, seed: 4)
    let own = OwnSequences(of: model, after: windows, prompt: 2, seed: 9)
    let (first, again, other) = try (own.batch(7)!, own.batch(7)!, own.batch(8)!)
    #expect(first.inputs.scalars(Int.self) == again.inputs.scalars(Int.self))
    #expect(first.labels!.scalars(Int.self) == again.labels!.scalars(Int.self))
    #expect(first.indices == nil && other.count == 6)
    // Prompts are the text's.
    let prompt = first.inputs.reshaped(to: [2, 3]).slicing(0..<2, along: 1).scalars(Int.self)
    #expect([[0, 1], [2, 1]].contains(Array(prompt[..<2])))
  }

  /// Longer tokens are matched by where they end: the teacher has seen the same bytes.
  @Test func teachersOfBytesAreAskedWhereTokensEnd() throws {
    let documents = ["abab", "bababb", "aabab"].map { Array($0.utf8) }
    let bytes = ByteVocabulary(bytesOf: documents)
    let tokens = try bytes.merging(3, in: documents)
    let teacher = SequencesWorld.model(6)
    let windows = try SequenceWindows(
      documents.map { try tokens.encoded($0) },
      length: 2,
      batch: 1,
      seed: 0
    )
    let said = try windows.recorded(teacher, of: bytes, aligningTo: tokens).observation
    #expect(said.values.shape == [windows.count * 2, tokens.count])
    let rows = windows.positions.scalars(Int.self)
    for position in rows.indices {
      let start = position / 2 * 2
      let seen = try bytes.encoded(
        Array(tokens.decoded(Array(rows[start...position]))).filter { $0 != 10 }
      )
      // Ends of documents are tokens of their own.
      let prefix = rows[start...position].flatMap { token in
        tokens.tokens[token].map { bytes.tokens.firstIndex(of: [$0])! }
      }
      #expect(prefix.filter { $0 != 0 } == seen)
      let wanted = Self.position(teacher, after: prefix)
      let found = said.values[position].scalars(Double.self)
      #expect(zip(found, wanted).allSatisfy { abs($0 - $1) < 1e-9 })
      #expect(found[3...].allSatisfy { $0 == -1e4 })
    }
    // Of the same tokens it is what was said anyway.
    let plain = try SequenceWindows(
      documents.map { try bytes.encoded($0) },
      length: 2,
      batch: 1,
      seed: 0
    )
    let aligned = try plain.recorded(teacher, of: bytes, aligningTo: bytes).observation.values
    let own = try plain.recorded(teacher).observation.logProbabilities()
    #expect(aligned.largestDifference(from: own) < 1e-9)
    #expect(throws: LanguageError.self) {
      try plain.recorded(teacher, of: tokens, aligningTo: bytes)
    }
  }
}

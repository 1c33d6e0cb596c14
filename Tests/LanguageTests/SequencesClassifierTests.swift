import Foundation
import Networks
import Tensors
import Testing

@testable import Exchange
@testable import Language

/// Classifiers of short texts, and where these come from.
@Suite struct SequencesClassifierTests {
  private static let texts = ["an owl", "", "Зірка", "a"]

  @Test func bytesStandBetweenTheirEnds() {
    let rows = ByteTexts.encoded(["ab", "é", "abcdef"], length: 5).scalars(Int.self)
    #expect(rows == [257, 98, 99, 257, 0, 257, 196, 170, 257, 0, 257, 98, 99, 100, 257])
  }

  /// By loops over the n-grams of each text.
  @Test func logitsAreSumsOfTheRowsOfNGrams() {
    let (classes, rows, longest, length) = (3, 50, 3, 12)
    let model = ByteNGrams(classes: classes, rows: rows, longest: longest, .float64)
    let generator = RandomGenerator(seed: 1)
    model.table.replace(with: .normal([rows, classes], .float64, using: generator))
    model.bias.replace(with: .normal([classes], .float64, using: generator))
    let logits = model(ByteTexts.encoded(Self.texts, length: length))
    let (table, bias) = (
      model.table.value.scalars(Double.self), model.bias.value.scalars(Double.self)
    )
    for (place, text) in Self.texts.enumerated() {
      let ids = [257] + text.utf8.prefix(length - 2).map { Int($0) + 1 } + [257]
      var (sums, count) = ([Double](repeating: 0, count: classes), 0.0)
      for size in 1...longest where size <= ids.count {
        for start in 0...(ids.count - size) {
          let hash = ids[start..<(start + size)].reduce(0) { $0 * 263 + $1 }
          let row = (hash % 1_000_000_007 * 1_000_003 + size) % 998_244_353 % rows
          for index in 0..<classes { sums[index] += table[row * classes + index] }
          count += 1
        }
      }
      for index in 0..<classes {
        let wanted = sums[index] / count.squareRoot() + bias[index]
        #expect(abs(logits[place][index].doubleValue - wanted) < 1e-12)
      }
    }
  }

  private static func models() -> [any Module] {
    let generator = RandomGenerator(seed: 2)
    let ngrams = ByteNGrams(classes: 4, rows: 64)
    ngrams.table.replace(with: .normal([64, 4], using: generator))
    return [
      ngrams, ByteConvolutions(classes: 4, width: 6, filters: 8, using: generator),
      ByteRecurrence(classes: 4, width: 6, hidden: 5, using: generator),
    ]
  }

  /// How long rows are, and what stands in others, says nothing about a text.
  @Test(arguments: 0..<3)
  func whatFollowsATextDoesNotCount(_ kind: Int) {
    let model = Self.models()[kind]
    let long = model(ByteTexts.encoded(Self.texts, length: 40))
    let short = model(ByteTexts.encoded(Self.texts, length: 14))
    #expect(long.largestDifference(from: short) < 1e-5)
    for (place, text) in Self.texts.enumerated() {
      let alone = model(ByteTexts.encoded([text], length: max(3, text.utf8.count + 2)))
      #expect(alone.largestDifference(from: long[place..<(place + 1)]) < 1e-5)
    }
    #expect(long[0].largestDifference(from: long[3]) > 1e-3)
  }

  @Test func gradientsReachEveryParameter() throws {
    let inputs = ByteTexts.encoded(Self.texts, length: 20)
    for model in Self.models() {
      let (_, gradients) = try valueWithGradients(of: model.parameters) {
        model(inputs).logSoftmax().selecting(1, along: 1).sum()
      }
      #expect(gradients.allSatisfy { $0.isAllFinite && $0.magnitude.sum().doubleValue > 0 })
    }
  }

  private func read(_ text: String) throws -> ParallelCaptions {
    let file = FileManager.default.temporaryDirectory
      .appendingPathComponent("captions-\(UUID().uuidString).tsv")
    defer { try? FileManager.default.removeItem(at: file) }
    try Data(text.utf8).write(to: file)
    return try ParallelCaptions(file)
  }

  @Test func captionsAreRead() throws {
    let found = try read(
      ParallelCaptions.header
        + "\nz/owl\tz\ten\tAn owl.\nz/owl\tz\tuk\tСова.\na/pear\ta\ten\tA pear.\na/pear\ta\tml\t\u{0D3E}x\n"
    )
    #expect(found.classes == ["a", "z"] && found.languages == ["en", "ml", "uk"])
    #expect(
      found.stamps.map(\.name) == ["z/owl", "a/pear"] && found.stamps.map(\.label) == [1, 0]
    )
    #expect(found.stamps[0].captions == ["en": "An owl.", "uk": "Сова."])
    // A mark that joins what is before it.
    #expect(found.stamps[1].captions["ml"] == "\u{0D3E}x")
  }

  @Test(arguments: [
    ("", "does not begin"), ("a\tb\n", "does not begin"), ("HEAD\n", "no captions"),
    ("HEAD\na\tb\tc\n", "four cells"), ("HEAD\na\tb\tc\t\n", "four cells"),
    ("HEAD\na\tb\ten\tx\na\tc\tde\tx\n", "two classes"),
    ("HEAD\na\tb\ten\tx\na\tb\ten\ty\n", "two captions"),
  ])
  func damagedCaptionsAreRefused(_ text: String, _ says: String) {
    let error = #expect(throws: FileError.self) {
      try read(text.replacingOccurrences(of: "HEAD", with: ParallelCaptions.header))
    }
    #expect(error?.description.contains(says) == true)
    #expect(error?.description.contains("\n") == false)
  }
}

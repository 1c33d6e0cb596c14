import Exchange
import Foundation
import Probability
import Testing

@testable import Predictive

/// What is done to draws on their way.
@Suite struct DrawStreamTests {
  private func numbers(_ stream: any DrawStream, _ most: Int = 100) throws -> [Double] {
    var values: [Double] = []
    while values.count < most, let draw = try stream.next() { values.append(draw[0]) }
    return values
  }

  private func counting(_ count: Int) -> SequenceDraws<[[Double]]> {
    SequenceDraws((0..<count).map { [Double($0)] })
  }

  @Test func streamsRepeatPrefixAndMap() throws {
    let repeated = RepeatedDraws(MappedDraws(counting(3)) { [$0[0] * 2] }, times: 2)
    #expect(try numbers(repeated) == [0, 0, 2, 2, 4, 4])
    try repeated.restart()
    #expect(try numbers(repeated, 3) == [0, 0, 2])

    let source = counting(5)
    let read = try [#require(source.next()), #require(source.next())]
    let prefixed = PrefixedDraws(read, source)
    #expect(try numbers(prefixed) == [0, 1, 2, 3, 4])
    try prefixed.restart()
    #expect(try numbers(prefixed) == [0, 1, 2, 3, 4])
  }

  @Test func bagsGiveEveryDrawAlike() throws {
    let bag = BagDraws((0..<4).map { [Double($0)] }, seed: 3)
    let values = try numbers(bag, 8_000)
    for number in 0..<4 {
      #expect(abs(zScore(values.map { $0 == Double(number) ? 1 : 0 }, 0.25)) < zLimit)
    }
    bag.restart()
    #expect(try numbers(bag, 8_000) == values)
  }

  @Test(arguments: [0, 3, 8, 9, 16, 17, 1_000, 4_097])
  func thinnedBagsKeepEvenDistances(_ count: Int) {
    var bag = ThinnedBag(capacity: 8)
    for value in 0..<count { bag.add([Double(value)]) }
    #expect(bag.seen == count && bag.draws.count <= 8)
    #expect(bag.draws.count >= min(count, 4))
    #expect(bag.draws.enumerated().allSatisfy { $1[0] == Double($0 * bag.stride) })
  }

  @Test func filesOfOneLengthAreRead() throws {
    let texts = ["x[0],x[1]\n1,2\n3,4\n", "x[0],x[1]\n5,6\n7,8\n9,10\n"]
    let files = try texts.map { text in
      let url = FileManager.default.temporaryDirectory
        .appendingPathComponent("draws-\(UUID().uuidString).csv")
      try Data(text.utf8).write(to: url)
      return url.path
    }
    defer { for file in files { try? FileManager.default.removeItem(atPath: file) } }
    #expect(throws: PredictiveError.self) { try DrawFile.read(files) }
    let draws = try DrawFile.read([files[0], files[0]])
    #expect(draws.chains == 2 && draws.count == 2 && draws.values == [1, 2, 3, 4, 1, 2, 3, 4])
  }

  @Test func chainsAreStreams() throws {
    let chain = MarkovChain(SliceSampler(LogisticCase().posterior), burnIn: 20, seed: 3)
    let stream = ChainDraws(chain, limit: 4)
    let first = try numbers(stream)
    #expect(first == Array(chain.prefix(4)).map { $0[0] } && stream.count == 4)
    stream.restart()
    #expect(try numbers(stream) == first)
  }
}

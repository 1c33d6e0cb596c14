import Foundation
import Tensors
import Testing

@testable import Exchange

/// WAV files that libsndfile wrote, and hostile ones.
@Suite struct WAVTests {
  struct File: Decodable {
    let file: String
    let rate, channels: Int
    let values: [Double]
  }
  struct Content: Decodable {
    let files: [File]
    let laws: [String: [Int]]
  }

  private static let content = try! JSONDecoder().decode(
    Content.self,
    from: Data(contentsOf: Fixtures.url("wav.json"))
  )

  @Test(arguments: content.files.map(\.file)) func samplesAreThoseOfLibsndfile(name: String) throws
  {
    let own = try #require(Self.content.files.first { $0.file == name })
    let found = try WAV.read(from: Fixtures.url(name))
    #expect(found.rate == own.rate)
    #expect(found.samples.shape == [own.channels, own.values.count / own.channels])
    let wanted = Tensor(own.values).reshaped(to: found.samples.shape).cast(to: .float32)
    #expect(found.samples.largestDifference(from: wanted) < 1e-7)
    #expect(found.mono.shape == [13] && abs(found.seconds - 13 / 11_025) < 1e-12)
  }

  @Test(arguments: Companding.allCases) func lawsAreThoseOfTelephony(law: Companding) throws {
    let wanted = try #require(Self.content.laws["\(law)"])
    let found = law.expanded(Tensor((0...255).map { UInt8($0) }).reshaped(to: [16, 16]))
    #expect(found.shape == [16, 16])
    #expect((found * 32_768).scalars(Int.self) == wanted)
    // The nearest of them.
    let samples = Tensor.uniform([500], .float64, using: RandomGenerator(seed: 1)) * 2 - 1
    for (sample, rounded) in zip(
      samples.scalars(Double.self),
      law.rounded(samples).scalars(Double.self)
    ) {
      let nearest = wanted.map { Double($0) / 32_768 }.min {
        abs($0 - sample) < abs($1 - sample)
      }
      #expect(abs(rounded - sample) == abs(nearest! - sample))
    }
  }

  @Test func whatWasWrittenIsRead() throws {
    let folder = try TemporaryFolder()
    let url = folder.url.appendingPathComponent("a.wav")
    let samples = Tensor.normal([2, 50], using: RandomGenerator(seed: 1)) * 0.6
    try WAV.write(Recording(samples, rate: 16_000), to: url)
    let found = try WAV.read(from: url)
    // Beyond full scale it is clipped.
    let wanted = samples.clamped(min: -1, max: 32_767 / 32_768)
    #expect(found.rate == 16_000 && found.samples.shape == [2, 50])
    #expect(found.samples.largestDifference(from: wanted) <= 0.5 / 32_768 + 1e-7)
    let mono = Recording(samples[0], rate: 8_000)
    #expect(mono.samples.shape == [1, 50])
  }

  /// A file of two chunks, with what is to be changed in it.
  private func wav(
    code: Int = 1,
    channels: Int = 1,
    rate: Int = 8_000,
    frame: Int = 2,
    bits: Int = 16,
    format length: Int = 16,
    data promised: Int? = nil,
    samples: [UInt8] = [0, 0, 255, 127],
    before: [UInt8] = []
  ) -> [UInt8] {
    func number(_ value: Int, _ count: Int) -> [UInt8] {
      (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
    }
    return Array("RIFF".utf8) + number(0, 4) + Array("WAVE".utf8) + before + Array("fmt ".utf8)
      + number(length, 4) + number(code, 2) + number(channels, 2) + number(rate, 4)
      + number(rate * frame, 4) + number(frame, 2) + number(bits, 2) + Array("data".utf8)
      + number(promised ?? samples.count, 4) + samples
  }

  @Test func unusualFilesAreRead() throws {
    let folder = try TemporaryFolder()
    func read(_ bytes: [UInt8]) throws -> [Float] {
      try WAV.read(from: folder.file("a.wav", bytes)).samples.scalars()
    }
    let wanted: [Float] = [0, 32_767 / 32_768]
    #expect(try read(wav()) == wanted)
    // A length that was not known, other chunks of an odd length, and what follows the samples.
    #expect(try read(wav(data: 0xFFFF_FFFF)) == wanted)
    #expect(try read(wav(before: Array("LIST".utf8) + [3, 0, 0, 0, 1, 2, 3, 0])) == wanted)
    #expect(try read(wav(data: 4) + [1, 2, 3]) == wanted)
    #expect(try read(wav(samples: [])) == [])
  }

  @Test func hostileFilesAreRefused() throws {
    let folder = try TemporaryFolder()
    let nan: [UInt8] = [0, 0, 192, 127]
    for (bytes, problem) in [
      ([], "ends inside the header"), (Array("RIFX".utf8) + wav().dropFirst(4), "not a WAV file"),
      (Array(wav().prefix(30)), "promises 16 bytes but only 10 follow"),
      (Array(wav().prefix(36)), "has no chunk 'data'"), (Array(wav().prefix(40)), "ends inside"),
      (wav(data: 5), "promises 5 bytes but only 4 follow"),
      (wav(data: 0x7FFF_FFFF), "promises 2147483647 bytes"),
      (wav(samples: [1, 2, 3]), "no whole number of frames of 2"),
      (wav(code: 2), "format 2 with 16"),
      (wav(bits: 12), "format 1 with 12"), (wav(channels: 0, frame: 0), "0 channels"),
      (wav(rate: 0), "at 0 samples"), (wav(channels: 2), "said to have 2 bytes"),
      (wav(channels: 65_535, frame: 65_534), "said to have 65534"),
      (wav(format: 4), "has 4 bytes and needs 16"), (wav(code: 0xFFFE), "an extension"),
      (wav(code: 3, frame: 4, bits: 32, samples: nan), "not finite"),
      (Array(wav().prefix(12)) + Array("data".utf8) + [0, 0, 0, 0], "before the chunk 'fmt '"),
      (wav(before: Array("LIST".utf8) + [255, 255, 255, 255]), "promises 4294967295"),
    ] as [([UInt8], String)] {
      let url = try folder.file("a.wav", bytes)
      #expect(sentence { _ = try WAV.read(from: url) }.contains(problem))
    }
    #expect(sentence { _ = try WAV.read(from: folder.url) }.contains("not a regular file"))
    #expect(sentence { _ = try WAV.read(from: Fixtures.url("comma.csv")) }.contains("not a WAV"))
  }
}

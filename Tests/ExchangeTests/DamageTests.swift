import Foundation
import Tensors
import Testing

@testable import Exchange

/// Valid files cut at every byte and changed at every byte: an error or a result, never a trap.
@Suite struct DamageTests {
  private static let files = [
    "u1-3.idx", "f8-3.idx.gz", "members.idx.gz", "f4-little-C.npy", "b1-little-F.npy",
    "version2.npy", "version3.npy", "stored.npz", "deflated.npz", "zip64.npz", "comma.csv",
    "bar.csv", "comma.csv.gz", "i16.wav", "f32.wav", "ulaw.wav",
  ]

  /// The numbers of a file in one string; nil where reading threw.
  private func outcome(_ url: URL) -> String? {
    do {
      switch url.lastPathComponent {
      case let name where name.contains(".idx"): return try IDX.read(from: url).digest
      case let name where name.contains(".npy"): return try NumPy.read(from: url).digest
      case let name where name.contains(".npz"):
        return try NumPy.readArchive(from: url).sorted { $0.key < $1.key }
          .map { $0.key + $0.value.digest }.joined()
      case let name where name.contains(".wav"): return try WAV.read(from: url).samples.digest
      default:
        let table = try CSV.read(from: url, labels: "kind")
        return table.values.digest + (table.labels ?? []).joined()
      }
    } catch {
      let text = (error as? FileError)?.description
      #expect(text != nil, "\(error)")
      #expect(text?.contains("\n") == false)
      return nil
    }
  }

  @Test(arguments: files) func cutAtEveryByte(name: String) throws {
    let folder = try TemporaryFolder()
    let whole = Fixtures.bytes(name)
    #expect(outcome(try folder.file(name, whole)) != nil)
    for count in 0..<whole.count {
      let read = outcome(try folder.file(name, whole.prefix(count)))
      // Only text has shorter texts that are whole.
      if !name.hasSuffix(".csv") { #expect(read == nil, "\(count) bytes of \(name)") }
    }
  }

  @Test(arguments: files) func changedAtEveryByte(name: String) throws {
    let folder = try TemporaryFolder()
    let whole = Fixtures.bytes(name)
    let right = outcome(try folder.file(name, whole))
    var differences = 0
    for index in whole.indices {
      for flip: UInt8 in [0x01, 0x80, 0xff] {
        var changed = whole
        changed[index] ^= flip
        let read = outcome(try folder.file(name, changed))
        if read != nil, read != right { differences += 1 }
      }
    }
    // A checksum leaves no change unseen, except of names, which it does not cover: here these are
    // stored twice, and the second is believed.
    if name.hasSuffix(".gz") { #expect(differences == 0) }
  }

  @Test func randomBytesAreRefused() throws {
    let folder = try TemporaryFolder()
    let generator = RandomGenerator(seed: 1)
    for start: [UInt8] in [[], [0x1f, 0x8b, 8], [0, 0, 8, 2], NumPyHeader.magic + [1, 0]] {
      for _ in 0..<50 {
        let noise = Tensor.randomIntegers(0..<256, [200], using: generator).scalars(UInt8.self)
        for name in ["a.idx", "a.npy", "a.npz", "a.csv"] {
          #expect(outcome(try folder.file(name, start + noise)) == nil)
        }
      }
    }
  }
}

extension Tensor {
  fileprivate var digest: String {
    "\(elementType)\(shape)\(elementType == .bool ? [] : scalars(Double.self))"
  }
}

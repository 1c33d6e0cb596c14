import Foundation
import Tensors
import Testing

@testable import Exchange

/// Small files that stand for much are refused with the numbers before they take memory; the same
/// unpacked are read.
@Suite struct MemoryBoundTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// The reading of a file with a bound of 100 kB in place of the usual one, which tests would take
  /// seconds to reach.
  private func refusal(_ body: () throws -> Void) -> String {
    MemoryBound.$free.withValue(1e5) {
      do { try body() } catch { return "\(error)" }
      return ""
    }
  }

  @Test func packedArrays() throws {
    let zeros = Tensor.zeros([200_000], .uint8)
    let (packed, plain) = (
      folder.url.appendingPathComponent("a.gz"), folder.url.appendingPathComponent("a")
    )
    for url in [packed, plain] { try IDX.write(zeros, to: url) }
    let said = refusal { _ = try IDX.read(from: packed) }
    #expect(said.contains("its array of shape [200000] would be 0.0002 GB in memory, "), "\(said)")
    #expect(
      said.contains("times the 0.0002")
        && said.hasSuffix("unpack it (gunzip; numpy.savez in place of savez_compressed)")
    )
    #expect(refusal { _ = try IDX.read(from: plain) } == "")
  }

  /// Several arrays of one archive count together.
  @Test func packedArchives() throws {
    let arrays = Dictionary(
      uniqueKeysWithValues: (0..<6).map { ("a\($0)", Tensor.zeros([60_000], .uint8)) }
    )
    let (packed, plain) = (
      folder.url.appendingPathComponent("a.npz"), folder.url.appendingPathComponent("b.npz")
    )
    try NumPy.writeArchive(arrays, to: packed, compressed: true)
    try NumPy.writeArchive(arrays, to: plain)
    #expect(
      refusal { _ = try NumPy.readArchive(from: packed) }.contains("its array of shape [60000]")
    )
    #expect(refusal { _ = try NumPy.readArchive(from: plain) } == "")
    // Looking at them keeps none.
    #expect(
      refusal {
        for case .failure(let error) in try NumPy.summaries(of: packed).values { throw error }
      } == ""
    )
  }

  @Test func packedTables() throws {
    let (packed, plain) = (
      folder.url.appendingPathComponent("a.csv.gz"), folder.url.appendingPathComponent("a.csv")
    )
    for url in [packed, plain] {
      try CSV.write(Tensor.zeros([20_000, 2]), columns: ["a", "b"], to: url)
    }
    let said = refusal { _ = try CSV.read(from: packed) }
    #expect(said.contains("the table up to row 16,384 would be 0.000131 GB in memory"), "\(said)")
    #expect(refusal { _ = try CSV.read(from: plain) } == "")
    let chunks = refusal {
      let reader = try CSVReader(packed)
      while try reader.nextRows(1_000) != nil {}
    }
    #expect(chunks == "")
    try CSV.write(Tensor.zeros([1, 5_000]), to: packed)
    #expect(refusal { _ = try CSVReader(packed) }.contains("its row of 5000 columns"))
  }

  @Test func moreThanTheMachineHas() throws {
    let url = try folder.file("a", [1])
    let bound = MemoryBound(url)
    try bound.take(1e6, for: "a part")
    let said = sentence { try bound.take(Double(MachineMemory.bytes), for: "the rest") }
    #expect(said.contains("the rest takes") && said.contains("GB of memory; give a part of it"))
  }
}

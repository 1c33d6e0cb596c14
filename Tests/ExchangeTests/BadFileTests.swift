import Foundation
import Tensors
import Testing

@testable import Exchange

/// Files that are missing, cut, damaged or hostile: one sentence, never a trap.
@Suite struct BadFileTests {
  private func npy(_ header: String, version: UInt8 = 1, body: [UInt8] = []) -> [UInt8] {
    let text = Array(header.utf8)
    let length = [UInt8(text.count & 0xff), UInt8(text.count >> 8)]
    return NumPyHeader.magic + [version, 0] + length + text + body
  }

  @Test(arguments: [
    ("{'descr': '<f8', 'fortran_order': False, 'shape': (-1,), }", "not a dictionary"),
    ("{'descr': '<f8', 'fortran_order': False, 'shape': (99999999999999999999,), }", "not a dict"),
    ("{'descr': '<f8', 'fortran_order': False, 'shape': (4294967296, 4294967296), }", "impossible"),
    (
      "{'descr': '<f8', 'fortran_order': False, 'shape': (0, 4294967296, 4294967296), }",
      "impossible"
    ),
    (
      "{'descr': '<f8', 'fortran_order': False, 'shape': (1000000000000,), }", "promises 8000000000"
    ),
    ("{'descr': '<f8', 'fortran_order': False, }", "not a dictionary"),
    ("{'descr': '<f8', 'descr': '<f8', 'fortran_order': False, 'shape': (), }", "not a dictionary"),
    ("{'descr': '<f8', 'fortran_order': Maybe, 'shape': (), }", "not a dictionary"),
    ("{'descr': '|O', 'fortran_order': False, 'shape': (1,), }", "'|O' are not supported"),
    ("{'descr': '<f8", "not a dictionary"), ("", "not a dictionary"), ("{", "not a dictionary"),
    ("{'descr': '<f8', 'fortran_order': False, 'shape': (", "not a dictionary"),
  ])
  func hostileNumPyHeaders(header: String, problem: String) throws {
    let folder = try TemporaryFolder()
    let url = try folder.file("a.npy", npy(header))
    #expect(sentence { _ = try NumPy.read(from: url) }.contains(problem))
  }

  @Test(arguments: [
    ([0, 0, 8, 1, 0xff, 0xff, 0xff, 0xff], "promises 4294967295 bytes but at most 0 can follow"),
    ([0, 0, 14, 3] + [UInt8](repeating: 0xff, count: 12), "impossible shape"),
    ([0, 0, 14, 255] + [UInt8](repeating: 0, count: 1020), "impossible shape"),
    ([0, 0, 7, 1, 0, 0, 0, 1, 0], "not an IDX file"), ([0, 0, 8, 2, 0, 0, 0, 1], "ends inside"),
    ([0, 0, 8, 1, 0, 0, 0, 1, 5, 6], "goes on after"), ([], "ends inside the header"),
  ])
  func hostileIDXHeaders(bytes: [UInt8], problem: String) throws {
    let folder = try TemporaryFolder()
    let url = try folder.file("a.idx", bytes)
    #expect(sentence { _ = try IDX.read(from: url) }.contains(problem))
  }

  @Test(arguments: [
    ("structured.npy", "is not a dictionary"), ("text.npy", "'<U1' are not supported"),
    ("complex.npy", "'<c16' are not supported"), ("u8-large.npy", "larger than 2⁶³"),
    ("stored.npz", "read it with NumPy.readArchive"), ("absent.npy", "no such file"),
    ("", "not a regular file"),
  ])
  func mislabelledArrays(name: String, problem: String) {
    #expect(sentence { _ = try NumPy.read(from: Fixtures.url(name)) }.contains(problem))
  }

  @Test func mislabelledArchives() {
    let notes = Fixtures.url("notes.zip")
    #expect(sentence { _ = try NumPy.readArchive(from: notes) }.contains("holds no NumPy array"))
    let array = Fixtures.url("scalar.npy")
    #expect(sentence { _ = try NumPy.readArchive(from: array) }.contains("not a complete zip"))
    let stored = Fixtures.url("stored.npz")
    let text = sentence { _ = try NumPy.readArchive(from: stored, only: ["bias"]) }
    #expect(text.contains("no array named 'bias'; choose from: größe, mask, weights"))
  }

  @Test func aWrongChecksumIsFound() throws {
    var bytes = Fixtures.bytes("stored.npz")
    // The last byte of the first member's array.
    let second = bytes.indices.dropFirst(4).first {
      bytes[$0...].starts(with: [0x50, 0x4b, 3, 4])
    }!
    bytes[second - 1] ^= 1
    let folder = try TemporaryFolder()
    let url = try folder.file("a.npz", bytes)
    #expect(sentence { _ = try NumPy.readArchive(from: url) }.contains("checksum is wrong"))
  }

  @Test func aBombIsRefusedBeforeItIsInflated() throws {
    // A megabyte of zeros in a file that promises seven bytes.
    let folder = try TemporaryFolder()
    let url = folder.url.appendingPathComponent("a.gz")
    try NewFile.write(to: url) { file in
      let packed = DeflatingWriter(.gzip, to: file.append)
      try ([0, 0, 8, 1, 0, 0, 0, 7] as [UInt8]).withUnsafeBytes(packed.append)
      try [UInt8](repeating: 0, count: 1 << 20).withUnsafeBytes(packed.append)
      try packed.finish()
    }
    #expect(sentence { _ = try IDX.read(from: url) }.contains("goes on after"))
    // A promise that no deflated stream of this length can keep.
    let huge = folder.url.appendingPathComponent("b.gz")
    try NewFile.write(to: huge) { file in
      let packed = DeflatingWriter(.gzip, to: file.append)
      try ([0, 0, 8, 1, 0xff, 0xff, 0xff, 0xff, 1] as [UInt8]).withUnsafeBytes(packed.append)
      try packed.finish()
    }
    #expect(sentence { _ = try IDX.read(from: huge) }.contains("promises 4294967295 bytes"))
  }

  @Test func typesThatAFormatLacks() throws {
    let folder = try TemporaryFolder()
    let url = folder.url.appendingPathComponent("a")
    let short = Tensor.ones([2], .bfloat16)
    #expect(sentence { try NumPy.write(short, to: url) }.contains("bfloat16; cast to float32"))
    #expect(sentence { try IDX.write(Tensor([1, 2]), to: url) }.contains("int64; cast to"))
    let nowhere = folder.url.appendingPathComponent("no/such/a.npy")
    #expect(sentence { try NumPy.write(Tensor([1]), to: nowhere) }.contains("No such file"))
    #expect(folder.names.isEmpty)
  }

  @Test func aFailedWriteLeavesTheOldFile() throws {
    let folder = try TemporaryFolder()
    let url = folder.url.appendingPathComponent("a.npz")
    try NumPy.writeArchive(["x": Tensor([1, 2])], to: url)
    let before = try Data(contentsOf: url)
    let arrays = ["a": Tensor([1]), "b": Tensor.ones([2], .bfloat16)]
    _ = sentence { try NumPy.writeArchive(arrays, to: url) }
    #expect(try Data(contentsOf: url) == before)
    #expect(folder.names == ["a.npz"])
  }
}

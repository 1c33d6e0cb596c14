import Foundation
import Tensors
import Testing

@testable import Exchange

/// Arrays in IDX and NumPy files.
@Suite struct ArrayFileTests {
  private func read(_ name: String, member: String? = nil) throws -> Tensor {
    let url = Fixtures.url(name)
    if let member { return try #require(NumPy.readArchive(from: url)[member]) }
    return name.hasSuffix(".npy") ? try NumPy.read(from: url) : try IDX.read(from: url)
  }

  @Test(arguments: Fixtures.expected)
  func readsWhatIndependentToolsWrote(expected: Fixtures.Expected) throws {
    let tensor = try read(expected.file, member: expected.member)
    #expect(tensor.elementType.rawValue == expected.type)
    #expect(tensor.shape == expected.shape)
    if tensor.elementType == .bool {
      #expect(tensor.scalars(Bool.self).map { $0 ? 1 : 0 } == expected.values)
    } else {
      #expect(tensor.scalars(Double.self) == expected.values)
    }
  }

  @Test(arguments: Fixtures.expected)
  func readsBackWhatItWrote(expected: Fixtures.Expected) throws {
    let folder = try TemporaryFolder()
    let tensor = try read(expected.file, member: expected.member)
    let plain = folder.url.appendingPathComponent("a.npy")
    try NumPy.write(tensor, to: plain)
    var copies = [try NumPy.read(from: plain)]
    for compressed in [false, true] {
      let archive = folder.url.appendingPathComponent("a.npz")
      try NumPy.writeArchive(["x": tensor, "é": tensor], to: archive, compressed: compressed)
      let arrays = try NumPy.readArchive(from: archive, only: ["é"])
      #expect(arrays.count == 1)
      copies.append(try #require(arrays["é"]))
    }
    if expected.file.contains(".idx") {
      for name in ["a.idx", "a.idx.gz"] {
        let url = folder.url.appendingPathComponent(name)
        try IDX.write(tensor, to: url)
        copies.append(try IDX.read(from: url))
      }
    }
    for copy in copies {
      #expect(copy.elementType == tensor.elementType)
      #expect(copy.shape == tensor.shape)
      #expect(copy.largestDifference(from: tensor) == 0)
    }
    #expect(Set(folder.names).isSubset(of: ["a.npy", "a.npz", "a.idx", "a.idx.gz"]))
  }

  @Test func writesTheBytesOfOtherTools() throws {
    let folder = try TemporaryFolder()
    for name in ["f4-3.idx", "i2-1.idx"] {
      let url = folder.url.appendingPathComponent(name)
      try IDX.write(IDX.read(from: Fixtures.url(name)), to: url)
      #expect(Array(try Data(contentsOf: url)) == Fixtures.bytes(name))
    }
    for name in ["f8-little-C.npy", "u1-little-C.npy", "scalar.npy", "vector.npy", "version1.npy"] {
      let url = folder.url.appendingPathComponent(name)
      try NumPy.write(NumPy.read(from: Fixtures.url(name)), to: url)
      #expect(Array(try Data(contentsOf: url)) == Fixtures.bytes(name), "\(name)")
    }
  }

  @Test func anEmptyArchiveHoldsNothing() throws {
    #expect(try NumPy.readArchive(from: Fixtures.url("none.npz")).isEmpty)
  }

  @Test(
    .enabled(if: Fixtures.shared != nil, "shared/data is absent: set DISTILL_SHARED to its folder")
  )
  func readsThePublishedMachineAndItsData() throws {
    let data = Fixtures.shared!.appendingPathComponent("data")
    let machine = try NumPy.readArchive(from: data.appendingPathComponent("rbm-cd25-500.npz"))
    let images = try NumPy.readArchive(
      from: data.appendingPathComponent("binarized-mnist.npz"),
      only: ["test"]
    )
    let visible = try #require(images["test"]).cast(to: .float64)
    let weights = try #require(machine["weights"])
    #expect(weights.shape == [784, 500])
    let hidden = visible.matmul(weights) + machine["hidden_bias"]!
    let energy = visible.matmul(machine["visible_bias"]!) + hidden.softplus.sum(along: 1)
    // The number that the data's README states, to all its digits.
    #expect(abs(energy.mean().doubleValue - 364.92593) < 5e-6)
  }
}

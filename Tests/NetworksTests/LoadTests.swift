import Foundation
import Tensors
import Testing

@testable import Networks

@Suite struct LoadTests {
  private func network(_ widths: [Int] = [4, 3, 2], seed: UInt64) -> MLP {
    MLP(widths, using: RandomGenerator(seed: seed))
  }

  @Test func savedWeightsComeBack() throws {
    try withTemporaryFolder { folder in
      let url = folder.appending(path: "net.safetensors")
      let (a, b) = (network(seed: 1), network(seed: 2))
      try a.save(to: url, metadata: ["epoch": "3"])
      let report = try b.load(from: url)
      #expect(report.isComplete && report.matched.count == 4 && report.converted.isEmpty)
      #expect(report.description == "4 matched")
      for (mine, theirs) in zip(a.parameters, b.parameters) {
        #expect(mine.value.largestDifference(from: theirs.value) == 0)
      }
      #expect(try Safetensors.read(from: url).metadata == ["epoch": "3"])
    }
  }

  @Test func typesAreThoseOfTheNetwork() throws {
    try withTemporaryFolder { folder in
      let url = folder.appending(path: "net.safetensors")
      let (a, b) = (network(seed: 1), network(seed: 2))
      b.move(.float64)
      try b.save(to: url)
      let report = try a.load(from: url)
      #expect(report.converted == ["0.weight", "0.bias", "2.weight", "2.bias"])
      #expect(report.description == "4 matched; 4 of them converted")
      #expect(a.parameters.allSatisfy { $0.value.elementType == .float32 })
      // b began as Float32 numbers, so nothing is lost on the way back.
      for (mine, theirs) in zip(a.parameters, b.parameters) {
        #expect(mine.value.largestDifference(from: theirs.value) == 0)
      }
    }
  }

  @Test func weightsOfAnotherNetworkAreRefusedAndNothingChanges() throws {
    try withTemporaryFolder { folder in
      let url = folder.appending(path: "net.safetensors")
      try network([4, 5, 2, 2], seed: 1).save(to: url)
      let net = network(seed: 2)
      let before = net.parameters.map { $0.value.scalars(Float.self) }
      let error = #expect(throws: WeightsError.self) { try net.load(from: url) }
      #expect(
        error?.description == """
          the weights in '\(url.path)' are of another network: unexpected: 4.bias, 4.weight; \
          of another shape: 0.weight is [5, 4] instead of [3, 4], 0.bias is [5] instead of [3], \
          2.weight is [2, 5] instead of [2, 3]
          """
      )
      #expect(net.parameters.map { $0.value.scalars(Float.self) } == before)
    }
  }

  @Test func looseLoadingTakesWhatFits() throws {
    try withTemporaryFolder { folder in
      let url = folder.appending(path: "net.safetensors")
      let source = network([4, 3], seed: 1)
      try source.save(to: url)
      let net = network([4, 3, 3, 3, 3], seed: 2)
      let report = try net.load(from: url, strict: false)
      #expect(report.matched == ["0.weight", "0.bias"])
      #expect(report.missing.count == 6 && report.unexpected.isEmpty)
      #expect(report.description == "2 matched; missing: 2.weight, 2.bias, 4.weight and 3 more")
      let loaded = net.parameters[0].value
      #expect(loaded.largestDifference(from: source.parameters[0].value) == 0)
    }
  }

  @Test func buffersAreSavedToo() throws {
    try withTemporaryFolder { folder in
      let url = folder.appending(path: "norm.safetensors")
      let generator = RandomGenerator(seed: 1)
      let (a, b) = (BatchNorm(3), BatchNorm(3))
      _ = a(.normal([8, 3], using: generator), Pass(training: generator))
      try a.save(to: url)
      try b.load(from: url)
      let x = Tensor.normal([8, 3], using: generator)
      #expect(a(x).largestDifference(from: b(x)) == 0)
      #expect(b.numBatchesTracked.value.scalar(Int.self) == 1)
      let paths = try Safetensors.read(from: url).tensors.keys.sorted()
      #expect(paths == ["bias", "num_batches_tracked", "running_mean", "running_var", "weight"])
    }
  }
}

import Distillation
import Exchange
import Foundation
import Networks
import Tensors

/// Chains that any process sampled, each in a file of its own, for the run that all of them are for.
///
/// A chain depends on the seed, its number, the data and how it is sampled, so it is the same whoever
/// samples it. Files carry a hash of all that and of their draws; those of several machines are merged by
/// copying them into one folder.
package struct KeptChains {
  package let folder: URL
  /// What a chain depends on beside its number, hashed.
  private let key: String

  /// - Parameters:
  ///   - run: The folder of the run; the chains are beside it.
  ///   - maker: The program and machine, which decide the last bits.
  /// - Throws: `RunError` where the data cannot be read.
  package init(
    besideRun run: String,
    _ plan: PredictivePlan,
    seed: UInt64,
    by maker: [String: String]
  ) throws {
    folder = URL(fileURLWithPath: run + ".chains")
    var plan = plan
    let table = try plan.data.table.map { try SHA256.hash(of: URL(fileURLWithPath: $0)) }
    // What becomes of draws, where files lie and how many chains there are does not matter to a chain.
    (plan.student, plan.isCertified, plan.sampling.chains) = (StudentOptions(), false, 1)
    (plan.data.table, plan.data.heldOut, plan.data.comparedRows) = (nil, nil, 1)
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    let facts = Facts(plan: plan, seed: seed, table: table, maker: maker)
    var hash = SHA256()
    hash.update(try encoder.encode(facts))
    key = hash.finalize()
  }

  private struct Facts: Encodable {
    let plan: PredictivePlan
    let seed: UInt64
    let table: String?
    let maker: [String: String]
  }

  package func file(_ index: Int) -> URL {
    folder.appendingPathComponent("chain-\(index + 1).safetensors")
  }

  /// A chain that is there; nil where it is not, or is shorter.
  ///
  /// - Parameters:
  ///   - limit: The draws that it must have.
  ///   - width: Numbers of a draw.
  /// - Throws: `RunError` where the file is damaged, or of another run.
  package func chain(_ index: Int, limit: Int, width: Int) throws -> ChainDraws? {
    let file = file(index)
    guard FileManager.default.fileExists(atPath: file.path) else { return nil }
    let content: (tensors: [String: Tensor], metadata: [String: String])
    do {
      content = try Safetensors.read(from: file)
    } catch {
      throw RunError(
        "\(file.path) is damaged (\(sentence(for: error))): remove it, and it is sampled again"
      )
    }
    guard content.metadata["key"] == key, content.metadata["chain"] == "\(index + 1)" else {
      throw RunError(
        "\(file.path) is a chain of other data, another seed, program or machine, or was sampled in another "
          + "way: move it elsewhere, and it is sampled again"
      )
    }
    guard let draws = content.tensors["draws"], let divergent = content.tensors["divergent"],
      draws.rank == 2, draws.shape[1] == width, draws.elementType == .float64,
      draws.isAllFinite, divergent.elementType == .uint8, divergent.shape == [draws.shape[0]],
      content.metadata["sha256"] == Self.hash(draws, divergent)
    else {
      throw RunError("\(file.path) is damaged: remove it, and it is sampled again")
    }
    guard draws.shape[0] >= limit else { return nil }
    return ChainDraws(
      draws.rowsOfScalars,
      divergent: divergent.scalars(UInt8.self).map { $0 != 0 },
      limit: limit
    )
  }

  /// Samples a chain and keeps it.
  ///
  /// - Throws: `Stopped`, before anything is written.
  package func sample(
    _ index: Int,
    _ chain: ChainDraws,
    limit: Int,
    _ work: Work
  ) throws {
    chain.restart()
    var (draws, divergent): ([[Double]], [UInt8]) = ([], [])
    while draws.count < limit, let draw = chain.next() {
      if work.isCancelled() { throw Stopped("stopped in chain \(index + 1); it is sampled anew") }
      draws.append(draw)
      divergent.append(chain.latestIsDivergent ? 1 : 0)
      work.update(draws.count)
    }
    let tensors = ["draws": Tensor(draws), "divergent": Tensor(divergent)]
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    try Safetensors.write(
      tensors,
      metadata: [
        "key": key, "chain": "\(index + 1)",
        "sha256": Self.hash(tensors["draws"]!, tensors["divergent"]!),
      ],
      to: file(index)
    )
  }

  static func hash(_ tensors: Tensor...) -> String {
    var hash = SHA256()
    for tensor in tensors { tensor.contiguous.withUnsafeBytes { hash.update(Data($0)) } }
    return hash.finalize()
  }
}

extension SampledDraws {
  /// Takes chains that were sampled before.
  ///
  /// - Returns: How many there were.
  package func take(_ kept: KeptChains) throws -> Int {
    guard let limit = drawsOfChain else { return 0 }
    var count = 0
    for index in 0..<chainCount {
      let width = chain(index).width
      guard let chain = try kept.chain(index, limit: limit, width: width) else { continue }
      replaceChain(index, by: chain)
      count += 1
    }
    return count
  }
}

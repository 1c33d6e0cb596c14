import Exchange
import Foundation
import Networks
import Tensors

/// The archive that `torch.save` writes: a pickle, and the numbers of each storage.
struct PickledWeights {
  private(set) var entries: [NamedTensor] = []
  private let url: URL
  private let archive: StoredArchive
  private let folder: String
  private let data: PickledData
  private var storages: [String: Tensor] = [:]

  static let writer = "torch.save(model.state_dict(), …)"
  /// What checkpoints keep weights under.
  private static let usualNames = [
    "state_dict", "model_state_dict", "model", "net", "weights", "params",
  ]

  init(_ url: URL) throws {
    let start = try? RegularFile.open(url).read(upToCount: 2)
    if let start, start.first == 0x80 {
      throw FileError(
        url,
        "this is a pickle as PyTorch wrote it before 1.6, without an archive around it",
        "load it in PyTorch and save it again with \(Self.writer)"
      )
    }
    try self.init(StoredArchive(url, writer: Self.writer))
  }

  /// - Parameter mayBeEmpty: Whether a dictionary without tensors is right.
  init(_ archive: StoredArchive, mayBeEmpty: Bool = false) throws {
    (self.archive, url) = (archive, archive.url)
    guard let pickle = archive.names.first(where: { $0.hasSuffix("/data.pkl") }) else {
      throw FileError(
        url,
        "this archive holds no weights of PyTorch",
        "write it with \(Self.writer)"
      )
    }
    folder = String(pickle.dropLast("data.pkl".count))
    if archive.names.contains(folder + "constants.pkl") {
      throw FileError(
        url,
        "this is a TorchScript program, not weights",
        "export the model with torch.export, or save its state_dict"
      )
    }
    if let order = try archive.bytes(of: folder + "byteorder"), order != Data("little".utf8) {
      throw FileError(url, "its numbers are not little-endian", "write it with \(Self.writer)")
    }
    guard let size = archive.size(of: pickle), size <= 1 << 26,
      let bytes = try archive.bytes(of: pickle)
    else {
      throw FileError(url, "its pickle has more bytes than names of weights take", "do not use it")
    }
    do {
      data = try PickledData(Array(bytes))
      let (keys, values) = try dictionary(mayBeEmpty: mayBeEmpty)
      for (key, value) in zip(keys, values) {
        guard case .text(let name) = key, case .tensor(let index) = value else { continue }
        entries.append(NamedTensor(name: name, tensor: try tensor(data.tensors[index], name)))
      }
    } catch let refusal as PickledData.Refusal {
      throw FileError(url, refusal.problem, refusal.advice)
    }
    guard Set(entries.map(\.name)).count == entries.count else {
      throw FileError(url, "two of its tensors have the same name", "write it with \(Self.writer)")
    }
  }

  private func holdsTensors(_ container: PickledData.Container) -> Bool {
    !container.isList
      && zip(container.keys, container.values).contains { pair in
        if case (.text, .tensor) = pair { true } else { false }
      }
  }

  /// The dictionary of tensors: the whole, or the one that a checkpoint keeps them in.
  private func dictionary(
    mayBeEmpty: Bool
  ) throws -> ([PickledData.Value], [PickledData.Value]) {
    guard case .container(let index) = data.result, !data.containers[index].isList else {
      throw PickledData.Refusal(
        problem: "it holds no tensors by name",
        advice: "save the weights with \(Self.writer)"
      )
    }
    let whole = data.containers[index]
    if holdsTensors(whole) || mayBeEmpty && whole.keys.isEmpty { return (whole.keys, whole.values) }
    var found: [(name: String, container: PickledData.Container)] = []
    for (key, value) in zip(whole.keys, whole.values) {
      guard case .text(let name) = key, case .container(let index) = value else { continue }
      if holdsTensors(data.containers[index]) { found.append((name, data.containers[index])) }
    }
    let usual = Self.usualNames.lazy.compactMap { name in found.first { $0.name == name } }.first
    guard let chosen = found.count == 1 ? found[0] : usual else {
      let names = found.map { "'\($0.name.prefix(40))'" }.joined(separator: ", ")
      throw PickledData.Refusal(
        problem: found.isEmpty
          ? "it holds no tensors by name" : "it holds several dictionaries of tensors (\(names))",
        advice: "save the weights alone, with \(Self.writer)"
      )
    }
    return (chosen.container.keys, chosen.container.values)
  }

  private mutating func tensor(_ facts: PickledData.TensorFacts, _ name: String) throws -> Tensor {
    let member = "\(folder)data/\(facts.storage.key)"
    let key = "\(member) \(facts.storage.type)"
    guard let storage = try storages[key] ?? archive.numbers(in: member, facts.storage.type) else {
      throw FileError(
        url,
        "the numbers of '\(name.prefix(80))' are missing",
        "write it with \(Self.writer)"
      )
    }
    storages[key] = storage
    guard facts.sizes.count == facts.strides.count, facts.storage.count <= storage.count,
      ProgramArchive.fits(facts.sizes, facts.strides, facts.offset, in: storage.count)
    else {
      throw FileError(
        url,
        "the tensor '\(name.prefix(80))' reaches beyond its bytes",
        "write it with \(Self.writer)"
      )
    }
    return try withTorchErrors {
      Aten.strided(
        .tensor(storage),
        .integers(facts.sizes),
        .integers(facts.strides),
        .integer(facts.offset)
      )
    }
  }
}

private enum Aten {
  static let strided = Operator("aten::as_strided")
}

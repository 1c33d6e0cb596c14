import Exchange
import Foundation
import Tensors

/// The archive that `torch.export.save` writes: one program as JSON, and its weights as bytes. Nothing
/// in it is executed, and nothing is unpacked to disk.
struct ProgramArchive {
  let url: URL
  let program: ProgramSchema
  let archive: StoredArchive
  /// The folder inside that everything is in, with its slash.
  let root: String
  private(set) var entries: [String: (folder: String, entry: PayloadSchema.Entry)] = [:]
  private var storages: [String: Tensor] = [:]
  /// The weights of programs that keep them as a dictionary, as PyTorch before 2.8 did.
  private var pickled: [String: Tensor] = [:]
  /// Whether they do, so that other weights cannot take their place.
  let keepsDictionary: Bool

  static let writer = "torch.export.save of PyTorch 2.8 or newer"
  private static let older = "serialized_exported_program.json"

  init(_ url: URL) throws {
    self.url = url
    let archive = try StoredArchive(url, writer: Self.writer)
    self.archive = archive
    func refusal(_ problem: String) -> FileError {
      FileError(url, problem, "write it with \(Self.writer)")
    }
    keepsDictionary = archive.names.contains(Self.older)
    if keepsDictionary {
      root = ""
      program = try Self.program(Self.older, archive)
      for kind in ["state_dict", "constants"] {
        let member = "serialized_\(kind).pt"
        // What there is nothing of may be no archive at all.
        guard archive.size(of: member) ?? 0 > 0,
          let inner = try archive.archive(in: member, writer: Self.writer)
        else { continue }
        let known = try PickledWeights(inner, mayBeEmpty: true).entries
        for entry in known { pickled[entry.name] = entry.tensor }
      }
      return
    }
    guard let format = archive.names.first(where: { $0.hasSuffix("archive_format") }),
      try archive.bytes(of: format) == Data("pt2".utf8)
    else { throw refusal("this archive holds no exported program") }
    let root = String(format.dropLast("archive_format".count))
    guard try archive.bytes(of: root + "archive_version") == Data("0".utf8) else {
      throw refusal("its archive is of a version that is not known here")
    }
    guard try archive.bytes(of: root + "byteorder") == Data("little".utf8) else {
      throw refusal("its numbers are not little-endian")
    }
    let models = archive.names.filter { $0.hasPrefix(root + "models/") && $0.hasSuffix(".json") }
    guard models.count == 1 else {
      let count = models.count
      throw refusal("it holds \(count) programs where one is expected")
    }
    program = try Self.program(models[0], archive)
    self.root = root
    let name = models[0].dropFirst(root.count + "models/".count).dropLast(".json".count)
    for kind in ["constants", "weights"] {
      let folder = "\(root)data/\(kind)/"
      let config = "\(folder)\(name)_\(kind)_config.json"
      guard archive.names.contains(config) else { continue }
      for (path, entry) in try Self.read(PayloadSchema.self, config, archive).config {
        entries[path] = (folder, entry)
      }
    }
  }

  private static func program(_ name: String, _ archive: StoredArchive) throws -> ProgramSchema {
    let version = try read(VersionAlone.self, name, archive).schemaVersion
    guard version.major == 8 else {
      throw FileError(
        archive.url,
        "its schema is version \(version.major).\(version.minor), and 8 is known here",
        "write it with PyTorch 2.6 to 2.15"
      )
    }
    return try read(ProgramSchema.self, name, archive)
  }

  private struct VersionAlone: Decodable { var schemaVersion: ProgramSchema.Version }

  func notes() throws -> [String: String] { try archive.notes() }

  private static func read<Value: Decodable>(
    _ type: Value.Type,
    _ name: String,
    _ archive: StoredArchive
  ) throws -> Value {
    do {
      let decoder = CarefulJSONDecoder()
      decoder.keyDecodingStrategy = .convertFromSnakeCase
      return try decoder.decode(type, from: archive.bytes(of: name) ?? Data())
    } catch let error as DecodingError {
      throw FileError(
        archive.url,
        at: .member(name),
        "its JSON is not that of an exported program (\(error.place))",
        "write it with \(writer)"
      )
    }
  }

  /// A parameter, buffer or constant.
  ///
  /// - Throws: `FileError` when it is missing, reaches beyond its bytes, or is of a kind that is not
  ///   read.
  mutating func weight(_ path: String) throws -> Tensor {
    func refusal(_ problem: String) -> FileError {
      FileError(url, "the weight '\(path.prefix(80))' \(problem)", "export the model again")
    }
    if let tensor = pickled[path] { return tensor }
    guard let (folder, entry) = entries[path] else { throw refusal("is missing") }
    guard !entry.usePickle, let facts = entry.tensorMeta else {
      throw refusal("is kept as a pickle, which could run programs and is never read")
    }
    guard !entry.pathName.contains(where: { $0 == "/" || $0 == "\\" }) else {
      throw refusal("names a file outside its folder")
    }
    guard let type = ElementType(exported: facts.dtype), facts.layout == 7 else {
      throw refusal("has an element type or layout that is not known here")
    }
    let member = folder + entry.pathName
    let key = "\(member) \(type)"
    guard let storage = try storages[key] ?? archive.numbers(in: member, type) else {
      throw refusal("has no bytes: '\(member.suffix(80))' is missing")
    }
    storages[key] = storage
    let sizes = facts.sizes.map { $0.asInt ?? -1 }
    let strides = facts.strides.map { $0.asInt ?? -1 }
    guard let offset = facts.storageOffset.asInt, sizes.count == strides.count,
      Self.fits(sizes, strides, offset, in: storage.count)
    else { throw refusal("reaches beyond its bytes") }
    return try withTorchErrors {
      Aten.strided(.tensor(storage), .integers(sizes), .integers(strides), .integer(offset))
    }
  }

  /// Whether every element lies among `count` ones.
  static func fits(_ sizes: [Int], _ strides: [Int], _ offset: Int, in count: Int) -> Bool {
    guard sizes.count <= 64, offset >= 0, offset <= count,
      zip(sizes, strides).allSatisfy({ $0 >= 0 && $1 >= 0 })
    else { return false }
    var elements = 1
    for size in sizes {
      let (product, overflows) = elements.multipliedReportingOverflow(by: max(size, 1))
      if overflows { return false }
      elements = product
    }
    if sizes.contains(0) { return true }
    // Repeated elements take no bytes in the file but would in memory.
    guard elements <= max(count, 1 << 20) else { return false }
    var last = offset
    for (size, stride) in zip(sizes, strides) {
      let (step, overflows) = (size - 1).multipliedReportingOverflow(by: stride)
      if overflows || step > count { return false }
      last += step
    }
    return last < count
  }
}

private enum Aten {
  static let strided = Operator("aten::as_strided")
}

extension ElementType {
  /// The type of a number in exported programs.
  init?(exported code: Int) {
    let types: [Int: ElementType] = [
      1: .uint8, 2: .int8, 3: .int16, 4: .int32, 5: .int64, 6: .float16, 7: .float32, 8: .float64,
      12: .bool, 13: .bfloat16,
    ]
    guard let type = types[code] else { return nil }
    self = type
  }
}

extension DecodingError {
  /// Where it is, in a few words.
  fileprivate var place: String {
    func words(_ context: Context) -> String {
      let path = context.codingPath.suffix(3).map(\.stringValue).joined(separator: ".")
      return path.isEmpty ? "it is no JSON" : "at \(path.prefix(100))"
    }
    return switch self {
    case .typeMismatch(_, let context), .valueNotFound(_, let context), .dataCorrupted(let context):
      words(context)
    case .keyNotFound(let key, _): "'\(key.stringValue)' is missing"
    @unknown default: "unknown"
    }
  }
}

import Exchange
import Foundation
import Tensors

extension ExportedProgram {
  /// Writes a program with other weights, which `torch.export.load` reads like the first.
  ///
  /// - Parameters:
  ///   - weights: By the paths that PyTorch gives them, of the shapes and types that the program has;
  ///     others stay.
  ///   - notes: Text to keep beside it, as `extra_files` do.
  ///   - url: The program.
  /// - Throws: `FileError` when the program cannot be read, or the other not be written.
  static func write(
    _ weights: [String: Tensor],
    notes: [String: String] = [:],
    like url: URL,
    to destination: URL
  ) throws {
    var archive = try ProgramArchive(url)
    try archive.requireWritable()
    try archive.write(weights, notes, to: destination)
  }
}

extension ProgramArchive {
  /// - Throws: `FileError` when other weights cannot take the place of its own.
  func requireWritable() throws {
    guard !keepsDictionary else {
      throw FileError(
        url,
        "this program keeps its weights as PyTorch before 2.8 did, so that others cannot be put back",
        "export it with PyTorch 2.8 or newer"
      )
    }
  }

  fileprivate mutating func write(
    _ weights: [String: Tensor],
    _ notes: [String: String],
    to destination: URL
  ) throws {
    var members: [String: Tensor] = [:]
    for (path, tensor) in weights.sorted(by: { $0.key < $1.key }) {
      let view = try view(of: path, in: &members)
      guard view.shape == tensor.shape, view.elementType == tensor.elementType else {
        throw FileError(
          url,
          "the weight '\(path.prefix(80))' is of another shape",
          "export it again"
        )
      }
      _ = try withTorchErrors {
        Aten.copy(.tensor(view), .tensor(tensor.moved(to: .cpu)), .bool(false))
      }
    }
    for (name, text) in notes { members["\(root)extra/\(name)"] = Tensor(Array(text.utf8)) }
    try archive.write(to: destination, replacing: members)
  }

  /// A weight as a view of its member's numbers, which may be changed.
  private mutating func view(
    of path: String,
    in members: inout [String: Tensor]
  ) throws -> Tensor {
    let known = try weight(path)
    let (folder, entry) = entries[path]!
    let member = folder + entry.pathName
    let storage = try members[member] ?? archive.numbers(in: member, known.elementType)!.copied
    members[member] = storage
    let facts = entry.tensorMeta!
    return try withTorchErrors {
      Aten.strided(
        .tensor(storage),
        .integers(facts.sizes.map { $0.asInt! }),
        .integers(facts.strides.map { $0.asInt! }),
        .integer(facts.storageOffset.asInt!)
      )
    }
  }
}

private enum Aten {
  static let strided = Operator("aten::as_strided")
  static let copy = Operator("aten::copy_")
}

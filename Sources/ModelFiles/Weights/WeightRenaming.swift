import Exchange

/// Another name for a tensor of a file, or for a layer with all that is in it: `OLD=NEW`.
///
/// A name is split at its dots: `encoder=0` makes `encoder.weight` `0.weight` and leaves
/// `encoder2.weight`. With nothing behind the sign OLD is taken away.
public struct WeightRenaming: Hashable {
  public let old: String
  public let new: String

  /// - Throws: `RunError` when the text does not say what is renamed.
  public init(_ text: String) throws {
    let parts = text.split(separator: "=", omittingEmptySubsequences: false)
    guard parts.count == 2, !parts[0].isEmpty else {
      throw RunError("'\(text)' renames nothing: write OLD=NEW, such as encoder=0")
    }
    (old, new) = (String(parts[0]), String(parts[1]))
  }

  /// The new name; nil for what is called otherwise.
  fileprivate func name(for name: String) -> String? {
    if name == old { return new.isEmpty ? nil : new }
    guard name.hasPrefix(old + ".") else { return nil }
    return new.isEmpty ? String(name.dropFirst(old.count + 1)) : new + name.dropFirst(old.count)
  }
}

extension [NamedTensor] {
  /// With other names, one renaming after another.
  ///
  /// - Parameters:
  ///   - place: The file, for people.
  ///   - requiringUse: Whether there must be something of every old name.
  /// - Throws: `RunError` when there is not, or two would have the same name.
  public func renamed(
    _ renamings: [WeightRenaming],
    in place: String,
    requiringUse: Bool = true
  ) throws -> [NamedTensor] {
    var tensors = self
    for renaming in renamings {
      var isUsed = false
      for index in tensors.indices {
        guard let name = renaming.name(for: tensors[index].name) else { continue }
        tensors[index].name = name
        tensors[index].isRenamed = true
        isUsed = true
      }
      guard isUsed || !requiringUse else {
        let names = map(\.name).prefix(8).joined(separator: ", ")
        throw RunError(
          "'\(place)' has nothing called '\(renaming.old)' to rename: it has \(names)"
            + (count > 8 ? ", …" : "")
        )
      }
    }
    var seen: Set<String> = []
    if let twice = tensors.first(where: { !seen.insert($0.name).inserted }) {
      throw RunError("renaming leaves two tensors of '\(place)' called '\(twice.name)'")
    }
    return tensors
  }
}

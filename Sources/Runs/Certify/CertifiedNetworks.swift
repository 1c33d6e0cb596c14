import Distill
import Foundation

extension Provenance.Network {
  /// How a certificate names a file of weights: from its own folder where the file lies in it, so
  /// that both can be moved together and nothing is said of the machine that made them.
  package static func name(of file: URL, in folder: URL) -> String {
    let (path, root) = (file.standardizedFileURL.path, folder.standardizedFileURL.path + "/")
    return path.hasPrefix(root) ? String(path.dropFirst(root.count)) : path
  }

  /// Where the file is now; nil when it is not there.
  ///
  /// - Parameter folder: The certificate's.
  package func file(in folder: URL) -> URL? {
    let places: [URL]
    if weights.name.hasPrefix("/") {
      // Version 0.1.0 named files absolutely; certificate and files may have moved since.
      let parts = weights.name.split(separator: "/").suffix(2)
      places = [
        URL(fileURLWithPath: weights.name),
        folder.appendingPathComponent(parts.joined(separator: "/")),
        folder.appendingPathComponent(String(parts.last ?? "")),
      ]
    } else {
      places = [folder.appendingPathComponent(weights.name)]
    }
    return places.first { FileManager.default.fileExists(atPath: $0.path) }
  }
}

extension Certificate {
  /// Compares the files of weights that the certificate names with the hashes that it gives them.
  ///
  /// - Parameter folder: The certificate's.
  /// - Returns: The names of those that are not there any more.
  /// - Throws: `RunError` when one is another than the one that was measured, or the networks
  ///   are not a student and a control for every seed.
  package func requireNetworks(in folder: URL) throws -> [String] {
    let expected = CompressionRole.allCases.flatMap { role in
      provenance.seeds.map { "\(role.rawValue) \($0)" }
    }
    let named = provenance.networks.map { "\($0.role) \($0.seed)" }
    guard named.sorted() == expected.sorted() else {
      throw RunError(
        "the certificate names the networks \(named.joined(separator: ", ")), and its seeds are "
          + "those of \(expected.joined(separator: ", ")): it was not made by this program"
      )
    }
    return try provenance.missingNetworks(in: folder)
  }
}

extension Provenance {
  /// The networks that are not there.
  ///
  /// - Throws: `RunError` for one that is another than that of the certificate.
  package func missingNetworks(in folder: URL) throws -> [String] {
    try networks.compactMap { network in
      guard let file = network.file(in: folder) else { return network.weights.name }
      let now = try Provenance.Content(file)
      guard now.sha256 == network.weights.sha256, now.bytes == network.weights.bytes else {
        throw RunError(
          "'\(file.path)' is not the file that the certificate is about: its hash is "
            + "\(now.sha256.prefix(12))… instead of \(network.weights.sha256.prefix(12))…"
        )
      }
      return nil
    }
  }

  /// What the work is done again with, where that is not what the certificate was made with.
  package func changes(now program: Provenance.Content, on machine: [String: String]) -> [String] {
    var changes: [String] = []
    if version != programVersion {
      changes.append("version \(programVersion) instead of \(version)")
    } else if self.program.sha256 != program.sha256 {
      changes.append("another build of version \(programVersion)")
    }
    for name in Set(self.machine.keys).union(machine.keys).sorted()
    where self.machine[name] != machine[name] {
      changes.append(
        "\(name) \(machine[name] ?? "none") instead of \(self.machine[name] ?? "none")"
      )
    }
    return changes
  }
}

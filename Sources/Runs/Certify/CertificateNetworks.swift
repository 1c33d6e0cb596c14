import Distill
import Foundation

/// The students and controls that a certificate is about, all trained by this program, each in a
/// file of its own, so that an interrupted certificate resumes.
package struct CertificateNetworks {
  package struct Trained {
    package let role: CompressionRole
    package let seed: UInt64
    package let network: any Module
    package let file: URL
  }

  package let run: any Certifiable
  package let recipeSHA256: String
  /// Where networks are kept; ``NetworkOrigin/claim(_:_:)`` made it ready.
  package let folder: RunFolder
  /// Where the run's own networks are, which must be the same; nil for a replay.
  package let own: RunFolder?
  package let work: Work

  /// A student and a control of every seed, those of the run's own seed first.
  ///
  /// - Throws: `RunError` when one of the run's own networks is another than its recipe trains
  ///   here; `Stopped` when an interruption came.
  ///
  /// - Parameter roles: Which of a seed. The default is both.
  package func trained(
    _ seeds: [UInt64],
    _ roles: [CompressionRole] = CompressionRole.allCases
  ) throws -> (students: [Trained], controls: [Trained]) {
    let all = try seeds.enumerated().flatMap { index, seed in
      try roles.map {
        try network($0, seed: seed, named: "\($0.rawValue) \(index + 1) of \(seeds.count)")
      }
    }
    return (all.filter { $0.role == .student }, all.filter { $0.role == .control })
  }

  /// The name of a network's file.
  static func file(_ role: CompressionRole, _ seed: UInt64) -> String {
    "\(role.rawValue)-\(seed).safetensors"
  }

  /// Trains one network, unless it is finished.
  package func train(_ role: CompressionRole, seed: UInt64) throws {
    _ = try network(role, seed: seed, named: "\(role.rawValue) of seed \(seed)")
  }

  private func network(
    _ role: CompressionRole,
    seed: UInt64,
    named name: String
  ) throws -> Trained {
    let file = Self.file(role, seed)
    let place = folder.file(file)
    let checkpoint = "\(role.rawValue)-\(seed).checkpoint.safetensors"
    let network: any Module
    if folder.contains(file) {
      network = run.freshNetwork(seed: seed)
      try network.load(from: place)
      folder.removeCheckpoint(checkpoint)
      work.note("\(name): finished before")
    } else {
      network = try run.trained(
        role,
        seed: seed,
        named: name,
        checkpoint: folder.file(checkpoint)
      )
      try network.save(
        to: place,
        metadata: [
          "model": run.subject, "seed": "\(seed)", "recipe": recipeSHA256,
          "loss": role == .student ? run.studentLoss : run.controlLoss,
        ]
      )
      folder.removeCheckpoint(checkpoint)
    }
    if let own, seed == run.firstSeed, let file = run.ownFiles[role], own.contains(file) {
      try requireSame(own, file, as: place)
      work.note("\(name): the same, bit for bit, as '\(own.file(file).path)'")
      return Trained(role: role, seed: seed, network: network, file: own.file(file))
    }
    return Trained(role: role, seed: seed, network: network, file: place)
  }

  /// A certificate of networks of two programs would be of neither.
  private func requireSame(_ own: RunFolder, _ file: String, as place: URL) throws {
    let kept = try Safetensors.read(from: own.file(file)).tensors
    let trained = try Safetensors.read(from: place).tensors
    let isSame =
      kept.keys == trained.keys && kept.allSatisfy { $0.value.hasSameBits(as: trained[$0.key]!) }
    guard isSame else {
      throw RunError(
        "'\(own.file(file).path)' is not what its recipe trains with this program\(changes(own)): "
          + "repeat the run, or certify it with the program, machine and number of threads that "
          + "made it"
      )
    }
  }

  /// What the recipe says of the machine that is otherwise now.
  private func changes(_ own: RunFolder) -> String {
    struct Header: Decodable {
      let program: String
      let machine: MachineFacts
    }
    guard let text = try? own.recipeText(),
      let header = try? YAMLText.decode(Header.self, from: text)
    else { return "" }
    var then = header.machine.deciding
    then["version"] = header.program
    var now = MachineFacts.current(device: run.test.device).deciding
    now["version"] = programVersion
    let changed = then.filter { $0.value != now[$0.key] }.sorted { $0.key < $1.key }
    guard !changed.isEmpty else { return "" }
    let list = changed.map { "\($0.key) \($0.value), now \(now[$0.key]!)" }
    return " (the run had \(list.joined(separator: "; ")))"
  }
}

extension Tensor {
  /// Whether type, shape and every bit are the same; NaN is the same as itself here.
  fileprivate func hasSameBits(as other: Tensor) -> Bool {
    guard elementType == other.elementType, shape == other.shape else { return false }
    return withUnsafeBytes { mine in other.withUnsafeBytes { mine.elementsEqual($0) } }
  }
}

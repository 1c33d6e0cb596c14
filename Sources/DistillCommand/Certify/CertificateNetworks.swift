import Distill
import Foundation

/// The students and controls that a certificate is about, each in a file of its own, so that an
/// interrupted certificate goes on.
struct CertificateNetworks {
  struct Trained {
    let role: CompressionRole
    let seed: UInt64
    let network: any Module
    let file: URL
  }

  let run: any Certifiable
  /// The hash of the recipe: networks of another recipe are not taken.
  let recipeSHA256: String
  /// Where networks are kept.
  let folder: RunFolder
  /// Where the run's own networks are; nil trains those again too, as a replay must.
  let own: RunFolder?
  let console: Console

  /// A network of every seed: the run's own, one that was finished before, or a new one.
  func networks(_ role: CompressionRole, seeds: [UInt64]) throws -> [Trained] {
    try seeds.enumerated().map { index, seed in
      try network(role, seed: seed, named: "\(role.rawValue) \(index + 1) of \(seeds.count)")
    }
  }

  private func network(
    _ role: CompressionRole,
    seed: UInt64,
    named name: String
  ) throws -> Trained {
    if let own, seed == run.firstSeed, let file = run.ownFiles[role], own.contains(file) {
      let network = run.freshNetwork(seed: seed)
      try network.load(from: own.file(file))
      return Trained(role: role, seed: seed, network: network, file: own.file(file))
    }
    let file = "\(role.rawValue)-\(seed).safetensors"
    let place = folder.file(file)
    if folder.contains(file) {
      let metadata = try Safetensors.read(from: place).metadata
      if metadata["recipe"] == recipeSHA256 {
        let network = run.freshNetwork(seed: seed)
        try network.load(from: place)
        console.say("\(name): finished before")
        return Trained(role: role, seed: seed, network: network, file: place)
      }
      console.say("\(name): the network in '\(place.path)' is of another recipe; training it again")
    }
    let checkpoint = "\(role.rawValue)-\(seed).checkpoint.safetensors"
    let network = try run.trained(
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
    folder.remove(checkpoint)
    return Trained(role: role, seed: seed, network: network, file: place)
  }
}

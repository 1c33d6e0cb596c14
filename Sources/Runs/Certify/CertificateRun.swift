import Distill
import Foundation

/// Trains the networks that a certificate is about, measures them, and writes the certificate.
package struct CertificateRun {

  package let run: any Certifiable
  package let recipe: String
  package let seeds: [UInt64]
  /// The run's folder, whose networks must be those that are trained here; nil for a replay, which
  /// takes nothing from it.
  package let own: RunFolder?
  /// Where the certificate goes.
  package let folder: RunFolder
  /// Where the networks go.
  package let networkFolder: RunFolder
  package let rule: CertificateRule
  /// What a cascade of the students promises; nil where the run has none.
  package let cascade: CascadeSettings?
  package let program: Provenance.Content
  package let work: Work

  /// - Parameters:
  ///   - seeds: How many; the first is that of the run.
  ///   - out: Where the certificate goes, if not into the run's folder.
  ///   - program: The executable file. The default is this program's.
  package init(
    of run: any Certifiable,
    recipe: String,
    seeds: Int,
    in own: RunFolder,
    out: URL? = nil,
    rule: CertificateRule = CertificateRule(),
    program: Provenance.Content? = nil,
    _ work: Work
  ) throws {
    self.run = run
    self.recipe = recipe
    self.seeds = (0..<seeds).map { run.firstSeed &+ UInt64($0) }
    self.own = own
    folder = RunFolder(url: out ?? own.url, command: "certify")
    networkFolder = RunFolder(url: folder.file("certificate"), command: "certify")
    self.rule = rule
    cascade = try Cascade.recorded(beside: own.file(CompressionRun.studentFile))?.settings
    self.program = try program ?? .program()
    self.work = work
  }

  /// All of a certificate's work done again, from nothing.
  ///
  /// - Parameter folder: The networks go into a folder of their own in it, never into that of the
  ///   networks that were certified.
  package init(
    replaying provenance: Provenance,
    _ rule: CertificateRule,
    _ cascade: CascadeSettings? = nil,
    of run: any Certifiable,
    in folder: URL,
    program: Provenance.Content? = nil,
    _ work: Work
  ) throws {
    self.run = run
    recipe = provenance.recipe
    seeds = provenance.seeds
    own = nil
    self.folder = RunFolder(url: folder, command: "replay")
    networkFolder = try NetworkOrigin.replayFolder(in: folder)
    self.rule = rule
    self.cascade = cascade
    self.program = try program ?? .program()
    self.work = work
  }

  /// - Returns: The certificate as it was written.
  /// - Throws: `Stopped` when an interruption came; finished networks are kept.
  @discardableResult
  package func perform() throws -> Certificate {
    try locked {
      let certificate = try certificate()
      try write(certificate)
      return certificate
    }
  }

  /// Does work that nobody else does in the folder at that time.
  func locked<Result>(_ body: () throws -> Result) throws -> Result {
    // A run that certifies itself has locked its folder.
    let isLocked = own!.lock != nil && own!.url == folder.url
    let lock = isLocked ? nil : try RunLock(folder.url)
    defer { lock?.release() }
    do {
      return try body()
    } catch is Stopped {
      throw Stopped(
        "stopped; finished networks are kept: resume with distill certify \(own!.url.path)"
          + (own!.url == folder.url ? "" : " --out \(folder.url.path)")
      )
    }
  }

  /// Trains a part of the networks, in a folder that other processes may share, or that is brought
  /// together with theirs by copying.
  ///
  /// - Returns: Whether all networks are there now.
  /// - Throws: `Stopped` when an interruption came; finished networks are kept. `RunError` where the
  ///   folder holds networks of another program, recipe or machine.
  package func perform(_ shard: Shard) throws -> Bool {
    try origin.claim(networkFolder, replacing: false, work)
    let place = networkFolder.file(".shard-\(shard.number)-of-\(shard.count)")
    let lock = try RunLock(place)
    defer {
      lock.release()
      rmdir(place.path)
    }
    let all = seeds.flatMap { seed in roles.map { (role: $0, seed: seed) } }
    let own = all[shard.share(of: all.count)]
    do {
      for (role, seed) in own { try networks.train(role, seed: seed) }
    } catch is Stopped {
      throw Stopped(
        "stopped; finished networks are kept: the same command with --shard \(shard) resumes"
      )
    }
    let left = all.count { role, seed in
      !networkFolder.contains(CertificateNetworks.file(role, seed))
    }
    work.note(
      "part \(shard) is done: \(own.count) of \(all.count) networks"
        + (left == 0
          ? ""
          : "; \(left) of other parts are not here yet. With all of them in "
            + "\(networkFolder.url.path): distill certify \(self.own!.url.path) --seeds \(seeds.count)")
    )
    return left == 0
  }

  var origin: NetworkOrigin {
    NetworkOrigin(
      recipe: SHA256.hash(of: recipe),
      program: program.sha256,
      data: run.dataFiles.map(\.sha256),
      teacher: run.teacherFiles.map(\.sha256),
      machine: MachineFacts.current(device: run.test.device).deciding
    )
  }

  var networks: CertificateNetworks {
    CertificateNetworks(
      run: run,
      recipeSHA256: SHA256.hash(of: recipe),
      folder: networkFolder,
      own: own,
      work: work
    )
  }

  /// - Parameter known: Another certificate, whose times are taken over.
  package func certificate(timedAs known: Certificate? = nil) throws -> Certificate {
    try origin.claim(networkFolder, work)
    let (students, controls) = try networks.trained(seeds)
    let measurement = CertificateMeasurement(
      run: run,
      students: students.map(\.network),
      controls: controls.map(\.network),
      rule: rule,
      shiftSeed: run.firstSeed,
      cascade: cascade,
      work: work
    )
    let measured = try measurement.settings(cascadeCost: known?.cascade?.cost)
    let costs =
      try known.map { try measurement.costs(timedAs: ($0.teacherCost, $0.studentCost)) }
      ?? measurement.costs()
    return try CertificateFile.sealed(
      Certificate(
        subject: run.subject,
        studentLoss: run.studentLoss,
        controlLoss: run.controlLoss,
        settings: measured.settings,
        rule: rule,
        calibrations: measured.calibrations,
        recalls: measured.recalls,
        classes: run.classes,
        cascade: measured.cascade,
        choice: run.choice,
        teacherCost: costs.teacher,
        studentCost: costs.student,
        provenance: provenance(of: students + controls)
      )
    )
  }

  /// How a certificate of some networks came to be.
  func provenance(of networks: [CertificateNetworks.Trained]) throws -> Provenance {
    Provenance(
      version: programVersion,
      program: program,
      data: run.dataFiles.map { Provenance.Content($0) },
      teacher: run.teacherFiles.map { Provenance.Content($0) },
      recipe: recipe,
      recipeSHA256: SHA256.hash(of: recipe),
      networks: try networks.map {
        var weights = Provenance.Content(try HashedFiles($0.file.path))
        weights.name = Provenance.Network.name(of: $0.file, in: folder.url)
        return Provenance.Network(role: $0.role.rawValue, seed: $0.seed, weights: weights)
      },
      seeds: seeds,
      shiftSeed: run.firstSeed,
      machine: MachineFacts.current(device: run.test.device).deciding,
      date: Date().formatted(.iso8601)
    )
  }

  private func write(_ certificate: Certificate) throws {
    let json = String(decoding: try certificate.json(), as: UTF8.self)
    try folder.write(json + "\n", to: CertificateFile.name)
    try folder.write(certificate.page.html, to: CertificateFile.page)
    let shifts =
      certificate.shifted.isEmpty ? "" : "\n\(certificate.shiftTable.text(width: 80))"
    let text = """

      \(certificate.verdict): \(certificate.summary)
      \(certificate.decidingNote.map { "\nWhat would decide: \($0).\n" } ?? "")
      \(certificate.modelTable.text(width: 80))
      \(certificate.differenceTable.text(width: 80))\(shifts)
      \(certificate.costTable.text(width: 80))\(cascadeText(certificate))
      \(certificate.rule.text)

      """
    for warning in certificate.warnings { work.warn(warning) }
    work.show(
      text,
      Answer(
        word: certificate.verdict,
        summary: certificate.summary,
        wouldDecide: certificate.decidingNote,
        certificate: folder.file(CertificateFile.name).path
      )
    )
    work.note(
      "the certificate is \(folder.file(CertificateFile.name).path), and for people "
        + folder.file(CertificateFile.page).path
    )
  }

  private func cascadeText(_ certificate: Certificate) -> String {
    certificate.cascade.map {
      "\nThe cascade \($0.summary).\n\n\($0.table.text(width: 80))\($0.note)\n"
    } ?? ""
  }

  private struct Answer: Encodable {
    var event = "certificate"
    let word: Verdict
    let summary: String
    let wouldDecide: String?
    let certificate: String
  }
}

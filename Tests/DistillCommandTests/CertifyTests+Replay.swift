import Distill
import Foundation
import Testing

@testable import Compression
@testable import DistillCommand
@testable import Exchange
@testable import Experiments
@testable import Runs

/// What a replay finds.
extension CertifyTests {
  /// The first number after a name is flattered, and the certificate sealed again.
  @Test(
    arguments: [
      ("seedMeans", "0.987654321"), ("adjustedPValue", "0.987654321"),
      ("largestError", "0.987654321"), ("parameters", "987"),
    ]
  )
  func replayFindsANumberThatTheRecipeDoesNotMake(_ name: String, _ flattered: String) throws {
    try withRun { world, folder in
      let text = String(decoding: try certify(folder).certificate.json(), as: UTF8.self)
      let key = try #require(text.firstRange(of: "\"\(name)\" :"))
      let rest = text[key.upperBound...]
      let number = try #require(rest.firstMatch(of: /-?[0-9][0-9.e-]*/))
      let forged = try Certificate(
        json: Data(text.replacingCharacters(in: number.range, with: flattered).utf8)
      )
      let json = String(decoding: try CertificateFile.sealed(forged).json(), as: UTF8.self)
      try folder.write(json, to: CertificateFile.name)
      let result = try replay(folder.url.path)
      #expect(!result.stands && result.fallen.count == 1, "\(result.fallen.map(\.name))")
      #expect(result.fallen.first?.original == Double(flattered))
      #expect(result.table?.rows.count == 1)
    }
  }

  @Test func whatWasChangedIsRefused() throws {
    try withRun { world, folder in
      try certify(folder)
      let file = folder.file(CertificateFile.name)
      let text = try String(contentsOf: file, encoding: .utf8)
      func refused(_ old: String, _ new: String) throws -> String? {
        #expect(text.contains(old))
        try text.replacing(old, with: new).write(to: file, atomically: true, encoding: .utf8)
        defer { try? text.write(to: file, atomically: true, encoding: .utf8) }
        return refusal { try replay(file.path) }
      }
      let verdict = try CertificateFile.read(file.path).verdict
      let flattered = verdict == .better ? "SAME" : "BETTER"
      #expect(
        try refused("\"verdict\" : \"\(verdict)\"\n}", "\"verdict\" : \"\(flattered)\"\n}")
          == "'\(file.path)' was changed after it was written: its seal does not fit it"
      )
      #expect(try refused("\"seal\" : \"", "\"seal\" : \"0")?.contains("was changed") == true)
      #expect(
        try refused("distill.certificate/1", "distill.certificate/2")?.contains("reads") == true
      )
      #expect(try refused("\"settings\"", "\"setings\"")?.contains("damaged") == true)
      #expect(
        refusal { try replay("nowhere") }?.hasPrefix("there is no certificate 'nowhere'") == true
      )

      // Data and teacher by their hashes, before anything is trained.
      try CompressWorld.write("t10k", 120, seed: 5, to: world.data)
      #expect(
        refusal { try replay(file.path) }?.contains("is not what the run was started with") == true
      )
      try CompressWorld.write("t10k", 120, seed: 2, to: world.data)
      try FileManager.default.removeItem(atPath: world.teachers + "/b.safetensors")
      #expect(refusal { try replay(file.path) }?.contains("is not there any more") == true)
    }
  }

  /// Whoever is shown a certificate uses the networks beside it.
  @Test(arguments: ["student.safetensors", "certificate/control-2.safetensors"])
  func replayLooksAtTheNetworksThatAreNamed(_ name: String) throws {
    try withRun { world, folder in
      try certify(folder)
      let file = folder.file(name)
      let other = try ModelSpecification("mlp:16-4-3").module(using: RandomGenerator(seed: 9))
      try other.save(to: file)
      #expect(
        refusal { try replay(folder.url.path) }?
          .hasPrefix("'\(file.path)' is not the file that the certificate is about") == true
      )
      try FileManager.default.removeItem(at: file)
      let (console, interruption, said) = Self.console(stoppingAt: nil)
      let result = try runReplay(
        folder.url.path,
        on: .cpu,
        program: Provenance.Content(name: "distill", bytes: 1, sha256: "other"),
        console.work(interruption)
      )
      #expect(result.stands)
      #expect(said.text.contains("\(name) of the certificate's networks are not there"))
      #expect(said.text.contains("the work is done again with another build"))
    }
  }
}

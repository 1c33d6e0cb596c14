import Foundation
import Testing

@testable import Reporting

/// What a replay finds in evidence whose seal was made again.
@Suite struct EvidenceComparisonTests {
  struct Evidence: CertificateEvidence {
    struct Number: Codable {
      var mean: Double
      var standardError: Double
    }

    static let application = "test"
    static let times: Set = ["seconds"]
    var provenance: Provenance?
    var seal: String?
    var gain = Number(mean: 0.5, standardError: 0.01)
    var size = 40.0
    var word = "BETTER"
    var remark = "better by 0.5 on 100 examples"
    var seconds = 3.0
    var text: String { word }

    init(program: String) {
      let content = Provenance.Content(name: "distill", bytes: 1, sha256: program)
      let weights = Provenance.Content(name: "a.safetensors", bytes: 1, sha256: "weights" + program)
      provenance = Provenance(
        version: "1",
        program: content,
        data: [],
        teacher: [],
        recipe: "",
        recipeSHA256: "",
        networks: [.init(role: "student", seed: 1, weights: weights)],
        seeds: [1],
        shiftSeed: 1,
        machine: [:],
        date: ""
      )
    }
  }

  private func fallen(
    _ program: String,
    _ change: (inout Evidence) -> Void = { _ in }
  ) throws -> [String] {
    var forged = Evidence(program: program)
    change(&forged)
    return try forged.compared(with: Evidence(program: "here")).fallen.map(\.name)
  }

  @Test(arguments: ["here", "elsewhere"])
  func whatIsTrueStands(program: String) throws {
    #expect(try fallen(program).isEmpty)
    #expect(try fallen(program) { $0.seconds = 5 }.isEmpty)
  }

  /// What is no number is no number that stands.
  @Test(arguments: ["here", "elsewhere"], [Double.nan, .infinity, -.infinity])
  func aNumberThatIsNoneFalls(program: String, number: Double) throws {
    #expect(try fallen(program) { $0.gain.mean = number } == ["gain.mean"])
    #expect(try fallen(program) { $0.size = number } == ["size"])
    #expect(try fallen(program) { $0.gain.standardError = number }.contains("gain.standardError"))
  }

  @Test func elsewhereNumbersMayDifferByChance() throws {
    #expect(try fallen("elsewhere") { $0.gain.mean += 0.05 }.isEmpty)
    #expect(try fallen("elsewhere") { $0.gain.mean += 0.06 } == ["gain.mean"])
    #expect(try fallen("elsewhere") { $0.gain.standardError = 0.03 }.isEmpty)
    #expect(try fallen("elsewhere") { $0.size = 42 }.isEmpty)
    #expect(try fallen("elsewhere") { $0.size = 50 } == ["size"])
    #expect(try fallen("elsewhere") { $0.remark = "better by 0.51 on 99 examples" }.isEmpty)
  }

  /// Whoever forges a number forges its error too.
  @Test(arguments: [1e300, 1, 0.2, -1])
  func anErrorExcusesNothing(error: Double) throws {
    let names = try fallen("elsewhere") { $0.gain = .init(mean: 7, standardError: error) }
    #expect(names == ["gain.mean", "gain.standardError"])
  }

  /// By another program too.
  @Test(arguments: ["here", "elsewhere"])
  func wordsFall(program: String) throws {
    #expect(try fallen(program) { $0.word = "EQUIVALENT" }.count == 1)
    #expect(try fallen(program) { $0.remark = "worse by 0.5 on 100 examples" }.count == 1)
  }
}

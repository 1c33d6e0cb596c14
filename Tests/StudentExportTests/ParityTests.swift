import StudentExport
import Testing

@Suite struct ParityTests {
  /// What has no probability in the network has none in the export, and that is no difference.
  @Test func infinitiesDifferFromAllButThemselves() {
    let infinity = Float.infinity
    #expect(Parity([-infinity, 1], [-infinity, 1], inputs: 1).largestDifference == 0)
    for other in [infinity, 0, .nan] {
      #expect(Parity([-infinity], [other], inputs: 1).largestDifference == .infinity)
      #expect(Parity([other], [-infinity], inputs: 1).largestDifference == .infinity)
    }
    #expect(!Parity([.nan], [.nan], inputs: 1).isGood)
  }

  /// Relative to the larger of 1 and the number.
  @Test func largeNumbersAreComparedRelatively() {
    #expect(Parity([2_000.5], [2_000], inputs: 1).largestDifference == 0.5 / 2_000)
    #expect(Parity([0.25], [0.5], inputs: 1).largestDifference == 0.25)
    #expect(throws: ExportError.self) { try Parity([0.25], [0.5], inputs: 1).require(of: "a file") }
  }
}

import Foundation
import Networks
import Testing

@testable import Distillation

/// A loss that is declared can be written in text, and is among those that are tested.
@Suite struct CatalogueCompletenessTests {
  /// Losses as the sources of the room declare them: public static members of type `Loss`.
  private static func declared() throws -> Set<String> {
    let sources = URL(fileURLWithPath: #filePath)
      .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
      .appendingPathComponent("Sources/Distillation")
    let files = FileManager.default.enumerator(at: sources, includingPropertiesForKeys: nil)
    let declaration =
      #/public static (?:var (\w+): Loss|func (\w+)\((?:[^{}](?!public))*?-> Loss) \{/#
    var names: Set<String> = []
    for case let file as URL in try #require(files) where file.pathExtension == "swift" {
      let text = try String(contentsOf: file, encoding: .utf8)
      names.formUnion(
        text.matches(of: declaration).compactMap { ($0.output.1 ?? $0.output.2).map(String.init) }
      )
    }
    // What losses are made with.
    return names.subtracting(["binding"])
  }

  @Test func everyLossCanBeWritten() throws {
    let declared = try Self.declared()
    #expect(declared.count > 40)
    let written = Set(Catalogue<LossFormula>.standard.names)
    #expect(written.count == Catalogue<LossFormula>.standard.names.count)
    // One is written as softTargets(as: …), which the parser knows itself; the other is a sum of others.
    #expect(declared.subtracting(written) == ["softTargets", "halvedWithDepth"])
  }

  @Test func everyLossIsTested() throws {
    let tested = Set(
      LossCase.catalogue.map { $0.loss.terms[0].name } + FeatureCase.all.map(\.loss)
    )
    // Sums of others, and what their conventions are called by.
    let untested = try Self.declared().subtracting(tested).subtracting([
      "multiLevel", "halvedWithDepth", "softTargets",
    ])
    #expect(untested == [])
  }
}

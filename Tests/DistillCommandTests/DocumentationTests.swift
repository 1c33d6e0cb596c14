import Distill
import Foundation
import Testing

/// Programs shown in the documentation are compiled: each is part of a snippet, word for word.
@Suite struct DocumentationTests {
  static let checkout = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  static func text(_ path: String) throws -> String {
    try String(contentsOf: checkout.appendingPathComponent(path), encoding: .utf8)
  }

  @Test(arguments: [
    ("README.md", "Snippets/Compress.swift"),
    ("Documentation/ByHand.md", "Snippets/ByHand.swift"),
    ("Documentation/Compress.md", "Snippets/CompressRun.swift"),
    ("Documentation/Predictive.md", "Snippets/PredictiveRun.swift"),
    ("Documentation/Generative.md", "Snippets/DistillRBM.swift"),
    ("Documentation/FeatureLosses.md", "Snippets/FeatureLosses.swift"),
    ("Documentation/DensityStudents.md", "Snippets/DensityStudents.swift"),
    ("Documentation/Graphs.md", "Snippets/Graphs.swift"),
    ("Documentation/TeacherProtocol.md", "Snippets/TeacherProgram.swift"),
  ])
  func programIsTheSnippet(page: String, snippet: String) throws {
    let blocks = try Self.text(page).components(separatedBy: "```swift\n").dropFirst()
    let program = try #require(blocks.first?.components(separatedBy: "```").first)
    #expect(program.split(separator: "\n").count >= 7)
    #expect(try Self.text(snippet).contains(program))
  }

  @Test(arguments: [
    "README.md", "Documentation/ByHand.md", "Documentation/ComingFromPyTorch.md",
    "Documentation/Compress.md", "Documentation/Certificate.md", "Documentation/Generative.md",
    "Documentation/Rooms.md", "Documentation/Workarounds.md",
    "Documentation/Predictive.md", "Documentation/PredictiveExperiments.md",
    "Documentation/FeatureLosses.md", "Documentation/ManyTeachers.md",
    "Documentation/DensityStudents.md", "Documentation/Export.md",
    "Documentation/TeachersAsFiles.md", "Documentation/ONNXOperators.md",
    "Documentation/Data.md", "Documentation/Graphs.md", "Documentation/Tables.md",
    "Documentation/TeacherProtocol.md",
  ])
  func linksLeadSomewhere(page: String) throws {
    let folder = Self.checkout.appendingPathComponent(page).deletingLastPathComponent()
    for link in try Self.text(page).matches(of: /\]\(([^)#]+)\)/) {
      let target = String(link.output.1)
      if target.hasPrefix("https://") { continue }
      let file = folder.appendingPathComponent(target)
      #expect(FileManager.default.fileExists(atPath: file.path), "\(page) links to \(target)")
    }
  }

  /// Whatever other code computes under a name of its own.
  @Test func recipesOfOtherCodeAreOnAPage() throws {
    let pages =
      try Self.text("Documentation/ComingFromPyTorch.md")
      + Self.text("Documentation/FeatureLosses.md")
    let names = Catalogue<LossFormula>.standard.names.filter { $0.contains("AsIn") }
    for name in names + SoftTargetConvention.allCases.map(\.rawValue) + ["successiveDifferences"]
    where name != "attentionTransferAsInPaper" {
      let method = name.split(separator: "AsIn")[0]
      #expect(pages.contains("`\(name)") || pages.contains(".\(method)("), "\(name)")
    }
  }

  /// A table that an empty line breaks is text from there on.
  @Test func tablesAreWhole() throws {
    let folder = Self.checkout.appendingPathComponent("Documentation")
    for page in try FileManager.default.contentsOfDirectory(atPath: folder.path)
    where page.hasSuffix(".md") {
      for block in try Self.text("Documentation/" + page).components(separatedBy: "\n\n")
      where block.hasPrefix("|") {
        let rows = block.split(separator: "\n")
        #expect(rows.count > 1 && rows[1].hasPrefix("|--"), "\(page): \(rows[0])")
      }
    }
  }

  /// Files that pages name in code voice.
  @Test(arguments: [
    "README.md", "Documentation/ByHand.md", "Documentation/Rooms.md",
    "Documentation/Workarounds.md", "Documentation/Predictive.md",
  ])
  func namedFilesExist(page: String) throws {
    for name in try Self.text(page).matches(of: /`((?:Sources|Tools|Snippets|Tests)\/[^`]*)`/) {
      let file = Self.checkout.appendingPathComponent(String(name.output.1))
      #expect(FileManager.default.fileExists(atPath: file.path), "\(page) names \(name.output.1)")
    }
  }
}

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
    ("Documentation/Detection.md", "Snippets/Detection.swift"),
    ("Documentation/Sentences.md", "Snippets/Sentences.swift"),
    ("Documentation/Acoustic.md", "Snippets/Acoustic.swift"),
    ("Documentation/Sequences.md", "Snippets/Sequences.swift"),
    ("Documentation/Languages.md", "Snippets/Languages.swift"),
    ("Documentation/TeacherProtocol.md", "Snippets/TeacherProgram.swift"),
    ("Documentation/ObservedTeachers.md", "Snippets/ObserveOnce.swift"),
  ])
  func programIsTheSnippet(page: String, snippet: String) throws {
    let blocks = try Self.text(page).components(separatedBy: "```swift\n").dropFirst()
    let program = try #require(blocks.first?.components(separatedBy: "```").first)
    #expect(program.split(separator: "\n").count >= 7)
    #expect(try Self.text(snippet).contains(program))
  }

  /// So are the examples of types: each is part of a snippet, but for blanks.
  @Test(arguments: [
    "Tensors/Tensor", "Networks/Module", "Networks/Optimizers/OptimizerFormula",
    "Distillation/Loss", "Distillation/Work", "Distillation/Teachers/Ensemble",
    "Distillation/Teachers/RecordedTeacher", "Distillation/Teachers/Teacher",
    "Distillation/Training/Distiller", "Exchange/CSV/CSV", "Exchange/NumPy/NumPy",
    "Exchange/Labelled/LabelledSource", "Generative/Models/RBM", "GraphNetworks/Graph",
    "Mathematics/Estimate", "ModelFiles/ModelFormat", "ModelFiles/Programs/ProgramTeacher",
    "Compression/CompressOptions", "Predictive/Students/CompactStudent",
    "Probability/Chains/MarkovChain", "Reporting/Certificate/Certificate",
    "Reporting/Comparison/PairedComparison", "Reporting/Pages/Report",
    "StudentExport/StudentGraph",
  ])
  func exampleIsCompiled(type: String) throws {
    let comments = try Self.text("Sources/\(type).swift").split(separator: "\n")
      .filter { $0.hasPrefix("///") }.map { $0.dropFirst(3) }.joined(separator: "\n")
    let example = try #require(
      comments.components(separatedBy: "```swift\n").dropFirst().first?
        .components(separatedBy: "```").first
    )
    func bare(_ text: String) -> String { text.filter { !$0.isWhitespace } }
    let snippet = try bare(Self.text("Snippets/Examples.swift"))
    #expect(snippet.contains(bare(example)), "\(type)\n\(example)")
  }

  @Test(arguments: [
    "README.md", "Documentation/ByHand.md", "Documentation/ComingFromPyTorch.md",
    "Documentation/Compress.md", "Documentation/Certificate.md", "Documentation/Generative.md",
    "Documentation/Rooms.md", "Documentation/Workarounds.md",
    "Documentation/Predictive.md", "Documentation/Results/Predictive.md",
    "Documentation/FeatureLosses.md", "Documentation/ManyTeachers.md",
    "Documentation/DensityStudents.md", "Documentation/Export.md",
    "Documentation/TeachersAsFiles.md", "Documentation/ONNXOperators.md",
    "Documentation/PackageTeachers.md",
    "Documentation/Data.md", "Documentation/Graphs.md", "Documentation/Tables.md",
    "Documentation/Detection.md", "Documentation/Acoustic.md", "Documentation/Sentences.md",
    "Documentation/Sequences.md", "Documentation/Languages.md",
    "Documentation/TeacherProtocol.md",
    "Documentation/ObservedTeachers.md", "Documentation/ManyRuns.md", "Documentation/Python.md",
    "Documentation/Watching.md", "Documentation/Clusters.md",
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

  /// The page of each room groups what the room has: all public types, and nothing that is gone.
  @Test(arguments: [
    "Tensors", "Mathematics", "Networks", "Probability", "Distillation", "Predictive",
    "Generative", "Exchange", "ModelFiles", "Reporting", "Vision", "GraphNetworks", "Language",
    "Compression", "StudentExport", "StudentRuntime", "Runs",
  ])
  func everyTypeHasATopic(room: String) throws {
    let folder = "Sources/\(room)"
    let files = FileManager.default.enumerator(atPath: Self.checkout.path + "/" + folder)
    let sources = try #require(files).compactMap { $0 as? String }.filter { $0.hasSuffix(".swift") }
    let declaration =
      /public (?:final |indirect )?(?:struct|class|enum|protocol|typealias|actor) (\w+)/
    // What is declared for some platforms alone stands further in, under a condition.
    var types: Set<String> = room == "StudentRuntime" ? ["Student"] : []
    for source in sources {
      for line in try Self.text("\(folder)/\(source)").split(separator: "\n")
      where line.hasPrefix("public") || line.hasPrefix("@") {
        if let type = line.firstMatch(of: declaration) { types.insert(String(type.output.1)) }
      }
    }
    let page = try Self.text("\(folder)/\(room).docc/\(room).md")
    let topics = try #require(page.components(separatedBy: "## Topics\n").dropFirst().first)
    let grouped = topics.matches(of: /(?m)^- ``(\w+)``$/).map { String($0.output.1) }
    #expect(Set(grouped).count == grouped.count && !types.isEmpty)
    #expect(types.subtracting(grouped).sorted() == [], "\(room): in no group")
    #expect(Set(grouped).subtracting(types).sorted() == [], "\(room): no types of it")
  }

  /// What is in the folder of a catalogue has its line there, as the table in Rooms says.
  @Test(arguments: [
    ("Sources/Networks/Architectures", #"struct (\w+): Architecture\b"#, "Architecture.swift"),
    (
      "Sources/Generative/Architectures", #"struct (\w+): DensityArchitecture\b"#,
      "DensityArchitecture.swift"
    ),
    (
      "Sources/Predictive/CompactFamilies", #"static let (\w+) = CompactFamily\("#,
      "CompactFamily.swift"
    ),
    ("Sources/Networks/Optimizers", #"class (\w+): Optimizer\b"#, "OptimizerFormula.swift"),
    ("Sources/ModelFiles", #"static let (\w+) = ModelFormat\("#, "ModelFormat.swift"),
    ("Sources/Runs", #"\b(\w+): (?:Evidence|Subcommand)?Job \{"#, "Job.swift"),
    ("Sources/Experiments", #"struct (\w+): (?:Evidence)?Job \{"#, "Experiments.swift"),
    ("Sources/DistillCommand", #"struct (\w+Command): ParsableCommand"#, "Program.swift"),
  ])
  func everyMemberHasItsLine(folder: String, declaration: String, catalogue: String) throws {
    let pattern = try Regex(declaration, as: (Substring, Substring).self)
    let lines = try Self.text("\(folder)/\(catalogue)")
    let files = FileManager.default.enumerator(atPath: Self.checkout.path + "/" + folder)
    // A way to step with any other, protocols, and subcommands of a subcommand.
    let others = [
      "ClippedOptimizer", "EvidenceJob", "SubcommandJob", "CertifiableJob", "ExportableJob",
    ]
    var count = 0
    for file in try #require(files).compactMap({ $0 as? String }) where file.hasSuffix(".swift") {
      for line in try Self.text("\(folder)/\(file)").split(separator: "\n")
      where !line.hasPrefix("///") {
        guard let name = line.firstMatch(of: pattern).map({ String($0.output.1) }),
          !others.contains(name)
        else { continue }
        if catalogue == "Program.swift", file.hasPrefix("Commands/Generative"),
          name != "GenerativeCommand"
        {
          continue
        }
        count += 1
        #expect(lines.contains(name), "\(folder): \(name) has no line in \(catalogue)")
      }
    }
    #expect(count > 2)
  }

  /// It parses and prints: what else it does lies in a room where others may call it.
  @Test func theCommandStaysSmall() throws {
    let folder = "Sources/DistillCommand"
    let files = FileManager.default.enumerator(atPath: Self.checkout.path + "/" + folder)
    var lines = 0
    for file in try #require(files).compactMap({ $0 as? String }) where file.hasSuffix(".swift") {
      let text = try Self.text("\(folder)/\(file)")
      lines += text.count(where: \.isNewline)
      // One file a subcommand.
      let commands = text.matches(of: /(?m)^struct \w+Command: ParsableCommand/).count
      #expect(commands == (file.hasPrefix("Commands/") ? 1 : 0), "\(file)")
    }
    #expect(lines <= 3_000, "move what a Swift user could call into Runs, or another room")
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

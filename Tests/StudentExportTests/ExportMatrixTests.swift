import Distillation
import Foundation
import Generative
import GraphNetworks
import Language
import Networks
import Predictive
import Tensors
import Testing

@testable import StudentExport

/// Every student there is in every form: written with parity, or refused by a sentence. The table of the
/// documentation is this one; `DISTILL_WRITE_PAGES=1` writes it anew.
@Suite struct ExportMatrixTests {
  /// What is written in a table, by the name of a specimen; nil for what has no graph.
  private static let rows: [(title: String, specimens: [String])] = [
    ("`mlp:…`", ["mlp:9-13-8-5,gelu", "mlp:7-5b-3n-2"]),
    ("`cnn:…`", ["cnn:3x9x9-11c3-11c3g11b-m2-12r3-gap-4", "cnn:2x8x8-12r3-20r3s2-a3s2-gap-3"]),
    ("`transformer:…`", transformers),
    ("embeddings, attention", ["attention of tokens", "causal attention"]),
    ("LSTM, GRU", ["recurrent lstm", "recurrent gru", "recurrent tokens in both directions"]),
    ("acoustic networks (`acoustic`)", ["acoustic network"]),
    ("recurrent acoustic networks", ["recurrent acoustic network"]),
    ("language models (`sequences`)", ["recurrent language model"]),
    (
      "static encoders of sentences (`sentences`)",
      ["static sentences", "static sentences, all tokens alike"]
    ),
    ("transformers of sentences", ["sentence transformer"]),
    ("detectors (`detection`)", ["detector"]),
    ("mixtures of logistics, of softmaxes", ["logistics", "probits", "softmaxes"]),
    ("mixtures of regressions", ["normals", "poissons"]),
    ("networks of classes, of means", ["classes", "two classes", "means"]),
    ("mixture density networks", ["density network", "count network"]),
    ("Dirichlet networks", ["Dirichlet"]),
    ("NADE", ["nade", "nade of rectified units"]),
    ("MADE", ["made", "made with direct weights"]),
    ("deep NADE", ["deep nade"]),
    ("RNADE", ["rnade"]),
    ("mixtures over orders", ["mixture of mades", "mixture of deep nades"]),
  ]

  /// Students without a graph, and what is said of them.
  private static var others: [(title: String, graph: () throws -> StudentGraph)] {
    [
      (
        "networks on a graph (`graphs`)",
        {
          let graph = try Graph(Tensor([[0, 1], [1, 0]]), nodes: 2)
          let generator = RandomGenerator(seed: 1)
          let network = GraphNetwork(.convolution, [3, 2], on: graph, using: generator)
          return try StudentGraph(network, shape: [3])
        }
      ),
      (
        "classifiers of n-grams (`languages`)",
        { try StudentGraph(ByteNGrams(classes: 2, rows: 8), shape: [9]) }
      ),
      (
        "one normal (`--family normal`)",
        {
          let normal = NormalRegression(.poisson, mean: [1, 2], spreads: [[0.5, 0]])
          return try StudentGraph(CompactStudent(.normal(normal), inputs: ["a", "b"]))
        }
      ),
      (
        "densities of values",
        {
          let mixture = try GaussianMixture(weights: [1], means: [0], variances: [1])
          return try StudentGraph(CompactStudent(.gaussians(mixture)))
        }
      ),
    ]
  }

  @Test func everyStudentInEveryForm() throws {
    var lines = [
      "| student | " + ExportForm.allCases.map { "`\($0.rawValue)`" }.joined(separator: " | ")
    ]
    lines[0] += " |"
    lines.append("|---|" + ExportForm.allCases.map { _ in "---|" }.joined())
    var reasons: [String] = []
    func note(_ error: any Error) -> String {
      let said = (error as? ExportError)?.description ?? "\(error)"
      #expect(error is ExportError, "\(error)")
      if !reasons.contains(said) { reasons.append(said) }
      return "\(reasons.firstIndex(of: said)! + 1)"
    }
    for (title, specimens) in Self.rows {
      let cells = try ExportForm.allCases.map { form in
        let found = try specimens.map { name in
          do {
            try write(Specimen(name), form)
            return "yes"
          } catch let error as ExportError { return note(error) }
        }
        // Either all of a kind or none.
        #expect(Set(found).count == 1, "\(title) as \(form): \(found)")
        return found[0]
      }
      lines.append("| \(title) | \(cells.joined(separator: " | ")) |")
    }
    for (title, graph) in Self.others {
      let said = #expect(throws: ExportError.self) { try graph() }
      let cell = note(try #require(said))
      lines.append(
        "| \(title) | " + ExportForm.allCases.map { _ in "\(cell) |" }.joined(separator: " ")
      )
    }
    let notes = reasons.enumerated().map { "\($0.offset + 1). \($0.element)." }
    try compare((lines + [""] + notes).joined(separator: "\n"))
  }

  private func write(_ specimen: Specimen, _ form: ExportForm) throws {
    try withScratch { folder in
      // A page's answers are the runtime's, whose code is compiled in other tests.
      let form = form == .wasm ? .runtime : form
      _ = try specimen.graph.write(
        form,
        to: folder.appendingPathComponent(form.fileName),
        expecting: specimen.expected,
        of: specimen.inputs
      )
    }
  }

  private func compare(_ table: String) throws {
    let page = URL(fileURLWithPath: #filePath)
      .appendingPathComponent("../../../Documentation/Export.md").standardizedFileURL
    let marks = ("<!-- every student in every form -->\n", "<!-- end -->")
    let text = try String(contentsOf: page, encoding: .utf8)
    let parts = text.components(separatedBy: marks.0)
    try #require(parts.count == 2)
    let rest = try #require(parts[1].range(of: marks.1))
    if ProcessInfo.processInfo.environment["DISTILL_WRITE_PAGES"] == "1" {
      let new = parts[0] + marks.0 + "\n\(table)\n\n" + parts[1][rest.lowerBound...]
      try new.write(to: page, atomically: true, encoding: .utf8)
    } else {
      let shown = parts[1][..<rest.lowerBound].trimmingCharacters(in: .newlines)
      #expect(shown == table, "run this test with DISTILL_WRITE_PAGES=1")
    }
  }

  /// What the catalogues hold is in the table.
  @Test func everyKindHasARow() {
    let specimens = Set(Self.rows.flatMap(\.specimens))
    for name in Catalogue<any Architecture.Type>.standard.names {
      #expect(specimens.contains { $0.hasPrefix("\(name):") }, "\(name)")
    }
    let densities = ["nade": "nade", "made": "made", "deep-nade": "deep nade"]
    for name in Catalogue<any DensityArchitecture.Type>.densities.names {
      #expect(densities[name].map(specimens.contains) == true, "\(name)")
    }
    #expect(specimens.isSuperset(of: closedForms + fieldStudents))
    // Families that are how a mixture is found, or a density of values.
    let forms = [
      "mixture-of-logistics": "logistics", "mixture-of-softmaxes": "softmaxes",
      "mixture-of-regressions": "normals", "medoids": "logistics", "thinned": "logistics",
      "mixture-density-network": "density network", "poisson-mixture-network": "count network",
      "network": "classes", "dirichlet-network": "Dirichlet", "normal": "", "gaussian-mixture": "",
      "student-t-mixture": "",
    ]
    for name in CompactFamily.standard.names {
      #expect(forms[name].map { $0.isEmpty || specimens.contains($0) } == true, "\(name)")
    }
  }
}

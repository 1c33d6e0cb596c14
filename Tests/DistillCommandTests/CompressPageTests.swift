import Distill
import Foundation
import Testing

@testable import Compression
@testable import DistillCommand
@testable import Exchange
@testable import Experiments
@testable import Runs

/// What the page of a compression shows.
@Suite struct CompressPageTests {
  private func page(_ world: CompressWorld, _ change: (inout CompressOptions) -> Void) throws
    -> (html: String, said: String)
  {
    var options = world.options()
    options.trainsControl = true
    change(&options)
    let (folder, said) = try world.run(options)
    return (try String(contentsOf: folder.file(RunFolder.report), encoding: .utf8), said.text)
  }

  @Test func curvesClassesAndDifferencesAreShown() throws {
    try withCompressWorld { world in
      let (html, _) = try page(world) { $0.keep = nil }
      for text in [
        "The loss of the steps, smoothed", "Validation: KL from the teacher",
        "Validation: cross-entropy of the labels", "Is it right as often as it says?",
        "Balanced accuracy, the mean recall of the classes: student ",
        "What the student takes each class for:", "Where student and teacher differ most",
        "data:image/png;base64,", "<th class=\"right\">test example</th>",
      ] { #expect(html.contains(text), "\(text)") }
      // Twelve examples, and the one where they differ most first.
      let folder = RunFolder(url: world.folder.appendingPathComponent("run"), command: "compress")
      let test = try #require(LabelledSource(DataSource(world.data)).test)
      func logs(_ paths: [String], _ widths: [Int]) throws -> [[Double]] {
        let members = try paths.map { path in
          let network = MLP(widths, using: RandomGenerator(seed: 0))
          try network.load(from: URL(fileURLWithPath: path))
          return network
        }
        let shares = members.map { network in
          network(test.inputs).rowsOfScalars.map { row in
            let sum = row.reduce(0) { $0 + exp($1) }
            return row.map { exp($0) / sum }
          }
        }
        return (0..<test.count).map { row in
          (0..<3).map { c in log(shares.reduce(0) { $0 + $1[row][c] } / Double(shares.count)) }
        }
      }
      let teacher = try logs(
        ["a", "b"].map { "\(world.teachers)/\($0).safetensors" },
        [16, 12, 3]
      )
      let student = try logs([folder.file("student.safetensors").path], [16, 4, 3])
      let divergences = zip(teacher, student).map { t, s in
        zip(t, s).reduce(0.0) { $0 + exp($1.0) * ($1.0 - $1.1) }
      }
      let worst = divergences.indices.max { divergences[$0] < divergences[$1] }!
      let rows = html.components(separatedBy: "the student says</th>")[1]
        .components(separatedBy: "</tbody>")[0].components(separatedBy: "<tr>").dropFirst(1)
      #expect(rows.count == 12)
      #expect(rows.first?.contains("<td class=\"right\">\(worst + 1)</td>") == true)
    }
  }

  /// A class that is never found is warned of, on the page and in the terminal.
  @Test func classesThatAreNeverFoundAreWarnedOf() throws {
    try withCompressWorld { world in
      let (html, said) = try page(world) { options in
        // Too little training to find all three.
        (options.budget, options.learningRate) = (Budget(1, .steps), 1e-6)
        options.trainsControl = false
      }
      #expect(html.contains("Warning: the student never recognises &#39;"))
      #expect(said.contains("the student never recognises '"))
    }
  }

  @Test func tablesScrollInsideTheirPage() throws {
    let html = Report(title: "a", sections: [.table(TextTable(columns: ["b"], rows: [["c"]]))]).html
    #expect(html.contains("<div class=\"scroll\"><table>") && html.contains("</table></div>"))
    #expect(html.contains(".scroll{overflow-x:auto}"))
  }

  @Test func smoothingKeepsAStraightLine() {
    let line = (0..<20).map { 3 + 0.5 * Double($0) }
    #expect(zip(CompressionPage.smoothed(line, over: 5), line).allSatisfy { abs($0 - $1) < 1e-12 })
    #expect(CompressionPage.smoothed([0, 3, 0, 3, 0], over: 3) == [0, 1, 2, 1, 0])
    #expect(CompressionPage.smoothed([], over: 3) == [])
  }
}

import Foundation
import Testing

@testable import Reporting

@Suite struct CertificatePageTests {
  private let reference = CertificateReference.numbers

  @Test func jsonRoundTrip() throws {
    let certificate = try reference.certificate()
    let json = try certificate.json()
    let again = try Certificate(json: json)
    #expect(try again.json() == json)
    #expect(again.settings == certificate.settings && again.verdict == certificate.verdict)
    #expect(again.rule == certificate.rule && again.provenance == certificate.provenance)
    // Keys are words, in order.
    let text = String(decoding: json, as: UTF8.self)
    #expect(text.contains("\"schema\" : \"distill.certificate/1\""))
    #expect(text.contains("\"logProbability\" : {"))
    let keys = ["calibrations", "provenance", "rule", "settings", "verdict"].map {
      text.range(of: "\n  \"\($0)\"")!.lowerBound
    }
    #expect(keys == keys.sorted())
  }

  @Test func otherFilesAreRefused() throws {
    #expect(throws: CertificateError.self) { try Certificate(json: Data("{}".utf8)) }
    let json = String(decoding: try reference.certificate().json(), as: UTF8.self)
    let newer = json.replacing("distill.certificate/1", with: "distill.certificate/9")
    let error = #expect(throws: CertificateError.self) {
      try Certificate(json: Data(newer.utf8))
    }
    #expect(error?.description.hasPrefix("this is a distill.certificate/9, and") == true)
    let broken = json.replacing("\"seedMeans\"", with: "\"seedMean\"")
    #expect(throws: CertificateError.self) { try Certificate(json: Data(broken.utf8)) }
  }

  @Test func replayOfTheSameStands() throws {
    let certificate = try reference.certificate()
    let result = certificate.compared(with: certificate)
    #expect(result.stands && result.table == nil)
    // Ten settings: 4 means of the teacher and 2 · 6 · 3 of students and controls, a standard error
    // for each of the 4 + 2 · 6, three numbers of each of 6 differences; and how many settings.
    #expect(result.comparisons.count == 10 * (40 + 16 + 18) + 1)
  }

  @Test func replayFindsTheNumberThatMoved() throws {
    let certificate = try reference.certificate()
    var other = reference
    other.students[2][3] = reference.students[1][3]
    let moved = try other.certificate()
    let result = certificate.compared(with: moved)
    #expect(!result.stands)
    #expect(result.fallen.allSatisfy { $0.name.contains("student") })
    let seeds = result.fallen.filter { $0.name.contains("seed") }
    #expect(!seeds.isEmpty && seeds.allSatisfy { $0.name.hasSuffix("seed 3") })
    #expect(result.fallen.contains { $0.name.contains("student − control") })
    #expect(result.table!.rows.count == result.fallen.count)
    // On another machine the same is within what another seed would do.
    var elsewhere = certificate.provenance
    elsewhere.machine["threads"] = "64"
    let far = Certificate(
      subject: moved.subject,
      studentLoss: moved.studentLoss,
      controlLoss: moved.controlLoss,
      settings: moved.settings,
      rule: moved.rule,
      calibrations: moved.calibrations,
      teacherCost: moved.teacherCost,
      studentCost: moved.studentCost,
      provenance: elsewhere
    )
    #expect(certificate.compared(with: far).fallen.isEmpty)
    #expect(certificate.compared(with: far).rule.hasPrefix("another program"))
  }

  @Test func pageIsWellFormedAndWhole() throws {
    let certificate = try reference.certificate()
    let html = certificate.page.html
    let elements = try #require(Elements.of(html))
    #expect(elements.first { $0.name == "strong" }?.text == certificate.verdict.rawValue)
    // Differences, reliability, two measures by three shifts, and the two primary ones by shift.
    #expect(elements.filter { $0.name == "svg" }.count == 10)
    #expect(elements.filter { $0.name == "table" }.count == 4)
    #expect(html.contains("seed: 1 &amp; 2"))
    #expect(!html.contains("nan") && !html.contains("inf,"))
    for element in elements {
      #expect(element.attributes["src"] == nil && element.attributes["href"] == nil)
    }
  }

  @Test func intervalsLieWhereTheyBelong() throws {
    let chart = IntervalChart(
      title: "t",
      x: Axis("x", range: -2...2),
      rows: [
        .init("a", value: 1, lower: 0, upper: 2, remark: "BETTER"),
        .init("b", value: -1, lower: -9, upper: 1), .init("c", value: .nan, lower: 0, upper: 0),
      ],
      reference: 0,
      band: -1...1
    )
    let elements = try #require(Elements.of(chart.svg))
    // −2 and 2 are at 47 and 572, so a unit is 131.25.
    let band = try #require(elements.first { $0.attributes["class"] == "band" })
    #expect(band.attributes["x"] == "178.25" && band.attributes["width"] == "262.50")
    #expect(
      elements.filter { $0.name == "circle" }.map { $0.attributes["cx"] } == ["440.75", "178.25"]
    )
    let lines = elements.filter { $0.attributes["class"] == "l0" }
    #expect(lines.map { $0.attributes["x1"] } == ["309.50", "47"])
    #expect(lines.map { $0.attributes["x2"] } == ["572", "440.75"])
    #expect(elements.contains { $0.text == "BETTER" })
  }
}

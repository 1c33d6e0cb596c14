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

  /// A teacher behind a pipe, or in a file of answers, has a size that nobody told.
  @Test func aTeacherOfAnswersAloneHasNoSize() throws {
    let certificate = try reference.certificate()
    var cost = certificate.teacherCost
    (cost.parameters, cost.bytes, cost.multiplyAdds) = (0, 0, 0)
    let answers = certificate.elsewhere(certificate.provenance, teacherCost: cost)
    #expect(certificate.summary.contains("times its parameters"))
    #expect(answers.summary.contains("only its answers are known"))
    #expect(answers.costTable.rows.prefix(3).allSatisfy { $0[1] == "not known" })
    #expect(answers.page.html.contains("those of asking for them"))
    #expect(!certificate.page.html.contains("those of asking for them"))
  }

  @Test func tablesFitATerminal() throws {
    let certificate = try reference.certificate()
    for table in [
      certificate.modelTable, certificate.differenceTable, certificate.seedTable,
      certificate.shiftTable, certificate.costTable,
    ] {
      let lines = table.text(width: 80).split(separator: "\n")
      #expect(lines.allSatisfy { $0.count <= 80 }, "\(table)")
    }
    #expect(Certificate.text([0, 0]) == "[0, 0]")
    #expect(Certificate.text([-0.25, 0.1]) == "[-0.25, 0.10]")
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
    // Ten settings: how many examples, five numbers of each of the teacher's 4 means, eight of each
    // of the 2 · 6 of students and controls and of the 6 differences (of three seeds), of which ten
    // more follow; two more of the 3 · 5 of these that are means over examples. Of each calibration three errors, three numbers of each of 15 bins and five more
    // of those that are not empty. Four numbers of the whole, and three of the costs of two models.
    let full = certificate.calibrations.values.reduce(0) { sum, calibration in
      sum + calibration.bins.count { $0.count > 0 }
    }
    #expect(
      result.comparisons.count
        == 10 * (1 + 4 * 5 + 18 * 8 + 15 * 2 + 6 * 10) + 3 * (3 + 15 * 3) + 5 * full + 4 + 6
    )
  }

  /// A certificate whose JSON was changed, the first number after the path of keys.
  private func tampered(
    _ certificate: Certificate,
    _ keys: [String],
    _ number: String
  ) throws -> Certificate {
    let text = String(decoding: try certificate.json(), as: UTF8.self)
    var place = text.startIndex
    for key in keys {
      place = try #require(text[place...].firstRange(of: "\"\(key)\" :")).upperBound
    }
    let old = try #require(text[place...].firstMatch(of: /-?[0-9][0-9.e-]*/))
    #expect(old.output != number)
    return try Certificate(json: Data(text.replacingCharacters(in: old.range, with: number).utf8))
  }

  /// Every number of a bin, and every error read off the bins, for each of the models.
  @Test(
    arguments: ["teacher", "student", "control"],
    [
      ["expectedError"], ["largestError"], ["bins", "upper"], ["bins", "lower"],
    ]
  ) func replayFindsATamperedCalibration(model: String, keys: [String]) throws {
    let certificate = try reference.certificate()
    let forged = try tampered(certificate, ["calibrations", model] + keys, "0.0123")
    let result = forged.compared(with: certificate)
    #expect(!result.stands && result.fallen.count == 1)
    #expect(result.fallen.first?.name.hasPrefix("clean: \(model), ") == true)
    #expect(result.fallen.first?.original == 0.0123)
  }

  /// What a bin holds: a count, an accuracy, a confidence. Counts are of examples, not all are wrong.
  @Test(arguments: ["accuracy", "confidences"], ["count", "mean"])
  func replayFindsATamperedBin(part: String, number: String) throws {
    let certificate = try reference.certificate()
    let calibration = try #require(certificate.calibrations["teacher"])
    let bin = try #require(calibration.bins.firstIndex { $0.count > 1 })
    let keys = ["calibrations", "teacher", "bins"] + .init(repeating: part, count: bin + 1)
    let forged = try tampered(certificate, keys + [number], number == "count" ? "999" : "0.0123")
    let fallen = forged.compared(with: certificate).fallen
    #expect(!fallen.isEmpty)
    #expect(fallen.allSatisfy { $0.name.hasPrefix("clean: teacher, bin \(bin + 1), ") })
    guard part == "accuracy", number == "count" else { return }
    // On another machine, too, where the teacher's shares must be the same to two examples.
    var elsewhere = certificate.provenance
    elsewhere.machine["threads"] = "64"
    let far = certificate.elsewhere(elsewhere)
    #expect(certificate.compared(with: far).stands)
    #expect(!forged.compared(with: far).stands)
  }

  /// Whatever else is changed by hand, on the same machine and on another, where what follows from
  /// other numbers no longer does.
  @Test(
    arguments: [
      (["settings", "control", "accuracy", "mean"], "0.0123"),
      (["settings", "differences", "interval"], "0.0123"),
      (["settings", "differences", "equivalenceInterval"], "0.0123"),
      (["settings", "differences", "adjustedPValue"], "0.0123"),
      (["settings", "differences", "estimate", "mean"], "0.9123"),
      (["settings", "examples"], "99"), (["studentCost", "parameters"], "12"),
      (["teacherCost", "multiplyAdds"], "12"), (["studentCost", "bytes"], "12"),
      (["primaryComparisons"], "1"),
    ] as [([String], String)]
  ) func replayFindsANumberChangedByHand(keys: [String], number: String) throws {
    let certificate = try reference.certificate()
    let forged = try tampered(certificate, keys, number)
    #expect(!forged.compared(with: certificate).stands)
    var elsewhere = certificate.provenance
    elsewhere.machine["threads"] = "64"
    let far = certificate.elsewhere(elsewhere)
    #expect(certificate.compared(with: far).stands)
    #expect(!forged.compared(with: far).stands)
  }

  /// Who is certified, and the word of one comparison.
  @Test func replayFindsWordsChangedByHand() throws {
    let certificate = try reference.certificate()
    let text = String(decoding: try certificate.json(), as: UTF8.self)
    let verdict = certificate.settings[1].differences[0].verdict.rawValue
    let place = try #require(text.range(of: "\"verdict\" : \"\(verdict)\""))
    for forged in [
      text.replacing("\"studentLoss\" : \"", with: "\"studentLoss\" : \"not "),
      text.replacingCharacters(
        in: place,
        with: "\"verdict\" : \"\(verdict == "BETTER" ? "WORSE" : "BETTER")\""
      ),
    ] {
      #expect(forged != text)
      let result = try Certificate(json: Data(forged.utf8)).compared(with: certificate)
      #expect(!result.stands && result.fallen.count == 1)
    }
  }

  @Test func replayFindsTheNumberThatMoved() throws {
    let certificate = try reference.certificate()
    var other = reference
    other.students[2][3] = reference.students[1][3]
    let moved = try other.certificate()
    let result = certificate.compared(with: moved)
    #expect(!result.stands)
    #expect(result.fallen.allSatisfy { $0.name.contains("student") })
    let seeds = result.fallen.filter { $0.name.contains(", seed ") }
    #expect(!seeds.isEmpty && seeds.allSatisfy { $0.name.hasSuffix("seed 3") })
    #expect(result.fallen.contains { $0.name.contains("student − control") })
    #expect(result.table!.rows.count == result.fallen.count)
    // On another machine the same is within what another seed would do.
    var elsewhere = certificate.provenance
    elsewhere.machine["threads"] = "64"
    let far = moved.elsewhere(elsewhere)
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
    // Models, differences, over seeds alone, shifts and costs.
    #expect(elements.filter { $0.name == "table" }.count == 5)
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

extension Certificate {
  /// The same numbers from another place.
  fileprivate func elsewhere(
    _ provenance: Provenance,
    teacherCost: ModelCost? = nil
  ) -> Certificate {
    Certificate(
      subject: subject,
      studentLoss: studentLoss,
      controlLoss: controlLoss,
      settings: settings,
      rule: rule,
      calibrations: calibrations,
      teacherCost: teacherCost ?? self.teacherCost,
      studentCost: studentCost,
      provenance: provenance
    )
  }
}

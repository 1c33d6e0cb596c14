import Distill
import Foundation
import Testing

@testable import Compression
@testable import DistillCommand
@testable import Runs

/// A student that hands over to its teacher where it is not sure.
@Suite struct CascadeTests {
  /// By hand: of 300 examples at 1% and 95% none may differ, so that the threshold is the confidence of
  /// the surest that does.
  @Test func theThresholdIsThatOfTheSurestMistakeTooMany() throws {
    var confidences = (0..<300).map { Double($0) / 300 }
    var agrees = [Bool](repeating: true, count: 300)
    (agrees[200], agrees[40]) = (false, false)
    let threshold = try CascadeThreshold(confidences: confidences, agrees: agrees, risk: 0.01)
    #expect(threshold.allowed == 0 && threshold.confidence == confidences[200])
    #expect(threshold.answered == 99)
    #expect(!threshold.answers(at: confidences[200]) && threshold.answers(at: confidences[201]))
    // Examples that are as sure as it are handed over with it.
    confidences[201] = confidences[200]
    let tied = try CascadeThreshold(confidences: confidences, agrees: agrees, risk: 0.01)
    #expect(tied.answered == 98)
    let all = try CascadeThreshold(
      confidences: confidences,
      agrees: [Bool](repeating: true, count: 300),
      risk: 0.01
    )
    #expect(all.confidence == 0 && all.answered == 299)
  }

  @Test func tooFewExamplesAreRefusedWithHowManyAreNeeded() {
    let error = #expect(throws: CertificateError.self) {
      try CascadeThreshold(
        confidences: [Double](repeating: 0.5, count: 298),
        agrees: [Bool](repeating: true, count: 298),
        risk: 0.01
      )
    }
    #expect(error?.description.contains("at least 299") == true)
  }

  /// 2,000 calibrations of a population whose risk at every threshold is known: a student that is sure
  /// with a probability c, uniform, and differs where it says so with (1 − c)² · 0.6.
  @Test(arguments: [0.9, 0.95, 0.99])
  func thePromiseHolds(level: Double) throws {
    var random = RandomStream(seed: 7)
    let (risk, repetitions) = (0.05, 2000)
    var kept = 0
    var shares = 0.0
    for _ in 0..<repetitions {
      let confidences = (0..<400).map { _ in random.uniform() }
      let agrees = confidences.map { random.uniform() >= (1 - $0) * (1 - $0) * 0.6 }
      let threshold = try CascadeThreshold(
        confidences: confidences,
        agrees: agrees,
        risk: risk,
        level: level
      )
      // ∫ from the threshold to 1.
      if 0.2 * pow(1 - threshold.confidence, 3) <= risk { kept += 1 }
      shares += 1 - threshold.confidence
    }
    let share = Double(kept) / Double(repetitions)
    let error = (level * (1 - level) / Double(repetitions)).squareRoot()
    #expect(share >= level - 3 * error, "kept \(share) of the promises")
    // A promise that is always kept would be paid for by the teacher.
    #expect(share < 1 - (1 - level) / 5)
    #expect(shares / Double(repetitions) > 0.4)
  }

  @Test func aDamagedThresholdIsRefused() throws {
    let text = #"{"confidence":1.5,"risk":0.1,"level":0.9,"examples":9,"allowed":1,"answered":3}"#
    #expect(throws: DecodingError.self) {
      try JSONDecoder().decode(CascadeThreshold.self, from: Data(text.utf8))
    }
  }

  /// Shares are written with their intervals, which must be there.
  @Test(arguments: [
    #"{"hits":1,"of":2,"interval":[]}"#, #"{"hits":3,"of":2,"interval":[0,1]}"#,
    #"{"hits":0,"of":0,"interval":[0,1]}"#, #"{"hits":1,"of":2,"interval":[1,0]}"#,
    #"{"hits":-1,"of":9223372036854775807,"interval":[0,1]}"#,
  ])
  func aDamagedShareIsRefused(text: String) throws {
    #expect(throws: DecodingError.self) {
      try JSONDecoder().decode(Cascade.Share.self, from: Data(text.utf8))
    }
  }

  /// A risk of nothing needs more examples than there are numbers.
  @Test(arguments: [1e-17, 1e-300]) func aRiskOfNothingIsRefused(risk: Double) {
    let error = #expect(throws: CertificateError.self) {
      try CascadeThreshold(confidences: [0.5], agrees: [true], risk: risk)
    }
    #expect(error?.description.contains("cannot promise a risk of") == true)
  }

  @Test func aRunGetsItsCascadeAndPredictionsSayWhatIsHandedOver() throws {
    try withCompressWorld { world in
      let place = try world.run(world.options()).folder.url
      let options = CascadeOptions(run: place.path, risk: 0.2, level: 0.9)
      let cascade = try runCascade(options, on: .cpu, .silent)
      #expect(cascade.answered.of == 60 && cascade.threshold.examples == 60)
      // No teacher is asked for more than the student alone would get wrong.
      #expect(cascade.disagreement.hits <= cascade.studentDisagreement.hits)
      let read = try Cascade.threshold(
        beside: place.appendingPathComponent(CompressionRun.studentFile)
      )
      #expect(read == cascade.threshold)

      let student = try UsableStudent(place.path)
      let table = try PredictionTable(student, nil, PredictionRequest())
      #expect(table.columns.last == "to the teacher")
      for row in table.rows {
        let sure = row.dropLast().max()!
        #expect(row.last == (sure > cascade.threshold.confidence ? 0 : 1))
      }
      guard case .network(let network) = student else { return }
      #expect(try network.graph().provenance["cascade"] == "\(cascade.threshold.confidence)")

      // Other weights: the threshold is not theirs.
      try network.network.save(
        to: place.appendingPathComponent(CompressionRun.studentFile),
        metadata: ["other": "yes"]
      )
      #expect(throws: RunError.self) { try PredictionTable(student, nil, PredictionRequest()) }
    }
  }

  /// Rows of a certificate, measured on the part of the test that found no threshold.
  @Test func theCertificateHasItsRows() throws {
    try CertifyTests().withRun { world, folder in
      try CertifyTests().certify(folder)
      #expect(try CertificateFile.read(folder.url.path).cascade == nil)
      let place = folder.url.path
      let cascade = try runCascade(
        CascadeOptions(run: place, risk: 0.2, level: 0.9),
        on: .cpu,
        .silent
      )
      let certificate = try CertifyTests().certify(folder).certificate
      let own = try #require(certificate.cascade)
      // Of the run's own student the same as the cascade's own file says.
      #expect(own.thresholds.count == 2 && own.thresholds[0] == cascade.threshold)
      #expect(own.examples == 60 && own.answered.seedMeans[0] == cascade.answered.value)
      #expect(own.disagreement.seedMeans[0] == cascade.disagreement.value)
      #expect(own.studentDisagreement.seedMeans[0] == cascade.studentDisagreement.value)
      #expect(own.accuracy.seedMeans[0] == cascade.accuracy?.value)
      let cost = try #require(own.cost)
      #expect(cost.share > 0 && cost.teacher > 0)
      #expect(own.summary.contains("disagrees with the teacher on at most 20% (90%), costs"))
      #expect(certificate.page.html.contains("the student answers itself"))
      let again = try CertifyTests().replay(place)
      #expect(again.stands, "\(again.fallen.map(\.name))")
      #expect(
        again.comparisons.contains { $0.name.hasPrefix("cascade: the student answers itself") }
      )

      // A certificate stands by itself: what lies beside it does not change what is replayed.
      folder.remove(Cascade.name)
      #expect(try CertifyTests().replay(place).stands)
    }
  }

  /// Numbers are flattered: what comes out when the work is done again says so.
  @Test func aTamperedRowIsFound() throws {
    try CertifyTests().withRun { world, folder in
      let options = CascadeOptions(run: folder.url.path, risk: 0.2, level: 0.9)
      _ = try runCascade(options, on: .cpu, .silent)
      let certificate = try CertifyTests().certify(folder).certificate
      let text = String(decoding: try certificate.json(), as: UTF8.self)
      let cascade = try #require(text.firstRange(of: "\"cascade\" : {"))
      #expect(certificate.compared(with: certificate).stands)
      for (part, old, new) in [
        ("answered", #""seedMeans" : \[\s*[0-9.e-]+"#, #""seedMeans" : [ 0.9987"#),
        ("disagreement", #""mean" : [0-9.e-]+"#, #""mean" : 0.0001234"#),
        ("thresholds", #""answered" : [0-9]+"#, #""answered" : 59"#),
        ("thresholds", #""confidence" : [0-9.e-]+"#, #""confidence" : 0.0123"#),
        ("thresholds", #""allowed" : [0-9]+"#, #""allowed" : 1"#),
      ] {
        let key = try #require(text[cascade.upperBound...].firstRange(of: "\"\(part)\" :"))
        let number = try #require(text[key.upperBound...].firstMatch(of: try Regex(old)))
        let forged = text.replacingCharacters(in: number.range, with: new)
        let result = try Certificate(json: Data(forged.utf8)).compared(with: certificate)
        #expect(!result.stands, "\(new)")
        #expect(result.fallen.allSatisfy { $0.name.hasPrefix("cascade") }, "\(new)")
      }
    }
  }

  @Test func whatHasNoClassesIsRefused() throws {
    try withScratchFolder { folder in
      #expect(throws: RunError.self) {
        try runCascade(CascadeOptions(run: folder.path), on: .cpu, .silent)
      }
    }
    #expect(throws: (any Error).self) { try Program.parsed(["cascade", "run", "--risk", "0"]) }
    #expect(throws: (any Error).self) {
      try Program.parsed(["cascade", "run", "--confidence", "1"])
    }
  }
}

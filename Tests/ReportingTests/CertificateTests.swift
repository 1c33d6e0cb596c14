import Foundation
import Tensors
import Testing

@testable import Reporting

@Suite struct CertificateTests {
  private let reference = CertificateReference.numbers

  @Test func measuresWithTheirErrors() throws {
    let clean = try reference.setting()
    for (name, expected) in reference.student {
      let measure = try #require(Measure(rawValue: name))
      let found = try #require(clean.student[measure])
      #expect(relativeError(found.mean, expected.mean) < 1e-12)
      #expect(relativeError(found.standardError, expected.standardError) < 1e-10)
      #expect(relativeError(found.degreesOfFreedom, expected.degreesOfFreedom) < 1e-9)
      #expect(relativeError(found.standardErrorAcrossSeeds!, expected.acrossSeeds) < 1e-10)
      #expect(relativeError(found.standardErrorAcrossExamples, expected.acrossExamples) < 1e-10)
    }
    #expect(Set(clean.teacher.keys) == [.accuracy, .logProbability, .brier, .calibrationError])
    #expect(clean.examples == 50)
  }

  @Test(arguments: [1, 2]) func differencesWithTheirIntervals(version: Int) throws {
    let clean = try reference.setting(rule: CertificateRule(version: version))
    #expect(clean.differences.map(\.measure) == Measure.allCases)
    for (name, expected) in reference.differences {
      let found = clean.difference(try #require(Measure(rawValue: name)))
      #expect(relativeError(found.estimate.mean, expected.mean) < 1e-10)
      let p = version == 1 ? expected.pValue : expected.pValueBySource
      #expect(relativeError(found.pValue, p) < 1e-8)
      let interval = version == 1 ? expected.interval : expected.intervalBySource
      for (end, value) in zip(found.interval, interval) {
        #expect(relativeError(end, value) < 1e-8)
      }
      for (end, value) in zip(found.seedInterval, expected.seedInterval) {
        #expect(relativeError(end, value) < 1e-8)
      }
      #expect(found.gain == (found.measure.isLargerBetter ? 1 : -1) * found.estimate.mean)
    }
  }

  @Test func calibrationErrors() throws {
    let expected = reference.calibration
    let clean = try reference.setting(resamples: 2000)
    #expect(relativeError(clean.teacher[.calibrationError]!.mean, expected.teacher) < 1e-12)
    let students = clean.student[.calibrationError]!
    for (found, value) in zip(students.seedMeans, expected.students) {
      #expect(relativeError(found, value) < 1e-12)
    }
    let difference = clean.difference(.calibrationError).estimate
    #expect(
      relativeError(difference.standardErrorAcrossSeeds!, expected.differenceAcrossSeeds) < 1e-10
    )
    // By 2,000 and 4,000 resamples: right to 1.6% and 1.1%, together 2%; four times that.
    #expect(
      relativeError(difference.standardErrorAcrossExamples, expected.differenceAcrossExamples)
        < 0.08
    )
    #expect(
      abs(
        difference.standardError
          - hypot(difference.standardErrorAcrossSeeds!, difference.standardErrorAcrossExamples)
      ) < 1e-15
    )
    #expect(difference.degreesOfFreedom == 2)
  }

  @Test func seedIntervalsHoldTheMeanAsOftenAsTheySay() {
    // Five seeds on 20 examples that stay the same: 2,000 times.
    let generator = RandomGenerator(seed: 5)
    let examples = Tensor.normal([1, 1, 20], .float64, using: generator)
    let seeds = Tensor.normal([2000, 5, 1], .float64, using: generator) * 0.3
    let rest = Tensor.normal([2000, 5, 20], .float64, using: generator) * 0.5
    let truth = examples.mean().doubleValue
    let all = examples + seeds + rest
    let estimates = (0..<2000).map { SeededEstimate(of: all[$0]) }
    let held = estimates.count { $0.seedInterval().contains(truth) }
    // 95% ± four standard errors of the simulation, 2%.
    #expect((1861...1939).contains(held))
    // With the normal distribution in place of Student's t they would hold it 88% of the time.
    let naive = estimates.count { abs($0.mean - truth) < 1.96 * $0.standardErrorAcrossSeeds! }
    #expect(naive < 1820)
  }

  @Test func holmIsAppliedWithinTheTwoFamilies() throws {
    let certificate = try reference.certificate()
    #expect(certificate.primaryComparisons == 2)
    #expect(certificate.otherComparisons == 58)
    // Of two comparisons the smaller probability is doubled, the larger one is kept or raised to it.
    let primary = [Measure.accuracy, .logProbability].map(certificate.clean.difference)
    let sorted = primary.sorted { $0.pValue < $1.pValue }
    #expect(sorted[0].adjustedPValue == min(1, 2 * sorted[0].pValue))
    #expect(sorted[1].adjustedPValue == max(sorted[0].adjustedPValue, sorted[1].pValue))
    // The same predictions on all inputs: divergence has the smallest probability ten times.
    let others = certificate.settings.flatMap(\.differences).filter { !primary.contains($0) }
    let smallest = try #require(others.map(\.pValue).min())
    for difference in others where difference.pValue == smallest {
      #expect(relativeError(difference.adjustedPValue, min(1, 58 * smallest)) < 1e-12)
    }
  }

  @Test func whatIsNoNumberIsRefused() throws {
    var damaged = reference
    damaged.students[1][4] = [.nan, .nan, .nan, .nan]
    #expect(
      throws: CertificateError(
        """
        the student of seed 2 says NaN about 1 of 50 examples of the clean inputs: its training \
        diverged, or its weights are damaged
        """
      )
    ) { try damaged.setting() }
    var certain = reference
    let wrong = (certain.labels[7] + 1) % 4
    certain.controls[0][7] = (0..<4).map { $0 == wrong ? 0 : -.infinity }
    let error = #expect(throws: CertificateError.self) { try certain.setting(Shift(.blur, 2)) }
    #expect(
      error?.description.hasPrefix(
        "the control's log-probability on inputs with blur 2 px is infinite:"
      ) == true
    )
    var excluding = reference
    excluding.teacher[7] = certain.controls[0][7]
    let excluded = #expect(throws: CertificateError.self) { try excluding.setting() }
    #expect(excluded?.description.hasSuffix("let it rule out no class that occurs") == true)
    var single = reference
    (single.students, single.controls) = ([single.students[0]], [single.controls[0]])
    #expect(throws: CertificateError.self) { try single.setting() }
  }

  @Test func latenciesByNearestRank() throws {
    let times = (1...200).map { Double(201 - $0) / 1000 }
    let latency = Latency(batch: 64, warmUp: 3, times: times)
    #expect(latency.p50 == 0.1 && latency.p99 == 0.198 && latency.repetitions == 200)
    var evaluations = 0
    let measured = Latency.measure(batch: 1, warmUp: 7, repetitions: 40) { evaluations += 1 }
    #expect(evaluations == 47 && measured.repetitions == 40 && measured.p50 <= measured.p99)
  }

  /// A hundred evaluations of seconds each would be minutes.
  @Test func whatIsSlowIsTimedAFewTimes() {
    var evaluations = 0
    let measured = Latency.measure(batch: 64, seconds: 0.02) {
      evaluations += 1
      usleep(30_000)
    }
    #expect(measured.warmUp == 1 && (3...5).contains(measured.repetitions))
    #expect(evaluations == measured.warmUp + measured.repetitions)
  }

  @Test func memoryThatIsTouchedIsSeen() throws {
    let size = 1 << 26
    let measured = PeakMemory.measure {
      _ = Tensor.ones([size / 4]).sum().doubleValue
    }
    #if os(Linux)
      let peak = try #require(measured)
      #expect(peak.addedBytes > size * 9 / 10 && peak.addedBytes < 4 * size)
    #else
      #expect(measured == nil)
    #endif
  }
}

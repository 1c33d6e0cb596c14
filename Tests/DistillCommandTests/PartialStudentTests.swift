import Distill
import Foundation
import Testing

@testable import Compression
@testable import DistillCommand
@testable import Exchange
@testable import Experiments
@testable import Runs

/// A student that knows one of two modes of a machine: whatever stands on the terminal about log Z and
/// the divergences is true, or says why it is not to be relied on.
@Suite struct PartialStudentTests {
  /// All units off, or all on: log Z is log 2.
  private static var rbm: RBM {
    RBM(
      weights: .full(6, [8, 8]),
      visibleBias: .full(-24, [8]),
      hiddenBias: .full(-24, [8])
    )
  }

  /// All units off.
  private static var student: NADE {
    NADE(
      weights: .zeros([8, 1]),
      outputWeights: .zeros([8, 1]),
      hiddenBias: .zeros([1]),
      visibleBias: .full(-30, [8])
    )
  }

  private func results(_ methods: [PartitionMethod]) throws -> PartitionResults {
    try PartitionRun(
      rbm: Self.rbm,
      student: Self.student,
      plan: PartitionPlan(
        methods: methods,
        samples: 1_000,
        chains: 200,
        burnIn: 100,
        thinning: 5,
        runs: 400,
        temperatures: "adaptive:100"
      ),
      seed: 2,
      work: Console(.quiet).work(),
      checkStop: {}
    ).perform()
  }

  @Test(arguments: PartitionMethod.allCases) func eachMethodAlone(_ method: PartitionMethod) throws
  {
    let estimate = try results([method]).estimates[0].estimate
    let truth = log(2.0)
    #expect(
      estimate.lower - 1e-4 <= truth && truth <= estimate.upper + 1e-4,
      "\(method): \(estimate)"
    )
    if method.needsStudent || method == .reverseAis { #expect(!estimate.isTrustworthy) }
  }

  @Test(arguments: [[PartitionMethod.bridge], [.enumeration, .bridge], [.importance, .ais]])
  func noDivergenceIsNegative(methods: [PartitionMethod]) throws {
    let certificate = try GenerativeCertificate(
      student: Self.student,
      teacher: Self.rbm,
      files: (nil, nil),
      results: results(methods),
      images: nil
    )
    let lines = certificate.table.text().split(separator: "\n").filter { $0.hasPrefix("KL(") }
    #expect(lines.count == 2 && lines[0].contains("not known"), "\(lines)")
    for line in lines { #expect(!line.contains("-") || line.contains("do not trust"), "\(line)") }
    #expect(certificate.text.contains("no upper one is claimed"))
    // Exactly log 2.
    if methods.contains(.enumeration) {
      #expect(certificate.divergenceOfTeacher.interval.contains(log(2.0)))
    }
  }

  @Test func aNegativeDivergenceHasAWord() {
    #expect(Quantity(-0.7, standardError: 0.01).divergenceText.contains("do not trust log Z"))
    #expect(Quantity(-0.01, standardError: 0.01).divergenceText == "-0.010 ± 0.030")
    #expect(Quantity(-0.7, standardError: .infinity).divergenceText.contains("not known"))
  }
}

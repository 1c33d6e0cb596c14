import Foundation
import Mathematics
import Tensors

/// A mean over seeds and examples, and what is uncertain about it.
public struct SeededEstimate: Hashable, Sendable, Codable {
  public let mean: Double
  /// Over other seeds and other examples together.
  public let standardError: Double
  /// Over other seeds, on these examples; nil where there is one seed, as of a teacher.
  public let standardErrorAcrossSeeds: Double?
  /// Over other examples, with these seeds.
  public let standardErrorAcrossExamples: Double
  /// Of what is random about a seed on an example, which is in both; nil where that is not known.
  public let standardErrorOfRest: Double?
  /// Of the combined standard error.
  public let degreesOfFreedom: Double
  /// The mean over examples of each seed.
  public let seedMeans: [Double]
  /// How many examples there are; nil where the rest is not known.
  let examples: Double?

  /// - Parameter values: `[seeds, examples]`, at least two examples.
  package init(of values: Tensor) {
    if values.shape[0] > 1 {
      self.init(SeedComparison(differences: values))
      return
    }
    let estimate = Estimate(of: values[0])
    self.init(
      seedMeans: [estimate.mean],
      standardErrorAcrossExamples: estimate.standardError,
      examples: values.shape[1]
    )
  }

  /// From the two-way analysis of variance.
  init(_ comparison: SeedComparison) {
    mean = comparison.mean
    standardError = comparison.standardError
    standardErrorAcrossSeeds = comparison.acrossSeeds.standardError
    standardErrorAcrossExamples = comparison.acrossExamples.standardError
    standardErrorOfRest = comparison.standardErrorOfRest
    examples = comparison.acrossExamples.count
    degreesOfFreedom = comparison.degreesOfFreedom
    seedMeans = comparison.seedMeans
  }

  /// Of a number that no single example has: its variance over seeds and that over examples are
  /// added, which counts what is random about a seed on an example twice and so errs on the wide
  /// side, as the degrees of freedom of the seeds do.
  package init(seedMeans: [Double], standardErrorAcrossExamples: Double, examples: Int) {
    let seeds = Estimate(of: seedMeans)
    let ofSeeds = seedMeans.count > 1 ? seeds.standardError : nil
    mean = seeds.mean
    standardError = hypot(ofSeeds ?? 0, standardErrorAcrossExamples)
    standardErrorAcrossSeeds = ofSeeds
    self.standardErrorAcrossExamples = standardErrorAcrossExamples
    standardErrorOfRest = nil
    self.examples = nil
    degreesOfFreedom = Double(seedMeans.count > 1 ? seedMeans.count : examples) - 1
    self.seedMeans = seedMeans
  }

  /// The errors by their sources; nil where they are not known one by one.
  var sources: SourcedErrors? {
    guard let ofSeeds = standardErrorAcrossSeeds, let standardErrorOfRest, let examples else {
      return nil
    }
    return SourcedErrors(
      ofSeeds: ofSeeds,
      ofExamples: standardErrorAcrossExamples,
      ofRest: standardErrorOfRest,
      seedFreedom: Double(seedMeans.count) - 1,
      exampleFreedom: examples - 1
    )
  }

  /// Where the mean over all seeds and examples lies: each source of error by its own Student's t
  /// where it is known, else by one of all.
  public func interval(level: Double = 0.95) -> ClosedRange<Double> {
    sources?.interval(around: mean, level: level) ?? combinedInterval(level: level)
  }

  /// The same by one Student's t of all sources, as certificates of rule 1 have it.
  func combinedInterval(level: Double) -> ClosedRange<Double> {
    Interval.studentT(mean, standardError, degreesOfFreedom: degreesOfFreedom, level: level)
  }

  /// Where the mean over all seeds on these examples lies, by Student's t with seeds − 1 degrees of
  /// freedom; everywhere for one seed.
  public func seedInterval(level: Double = 0.95) -> ClosedRange<Double> {
    Interval.studentT(
      mean,
      standardErrorAcrossSeeds ?? .nan,
      degreesOfFreedom: Double(seedMeans.count) - 1,
      level: level
    )
  }

  /// How probable a mean this far from 0 is if the true one is 0.
  var pValue: Double { sources?.pValue(of: mean) ?? combinedPValue }

  /// The same by one Student's t of all sources.
  var combinedPValue: Double {
    if mean == 0 { return 1 }
    return standardError > 0
      ? StudentTFunctions(degreesOfFreedom: degreesOfFreedom).twoSided(mean / standardError) : 0
  }
}

extension SeededEstimate: CustomStringConvertible {
  /// The mean ± two standard errors.
  public var description: String { Uncertain.text(mean, plusMinus: 2 * standardError) }
}

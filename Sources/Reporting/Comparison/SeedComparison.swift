import Mathematics
import Tensors

/// A difference measured on the same examples with several seeds, for claims about a *method* and
/// not about one trained network.
///
/// Seeds and examples are both samples, crossed: d[s, i] = mean + seed + example + rest. With the
/// mean squares of that two-way analysis of variance, the variance of the grand mean is
/// (MSˢᵉᵉᵈ + MSᵉˣᵃᵐᵖˡᵉ − MSʳᵉˢᵗ) / (seeds · examples) (Cornfield & Tukey 1956). Where chance makes that
/// smaller than the larger of the two sources alone, the larger one is taken. In intervals each source
/// has the t of its own degrees of freedom: half-widths are
/// √(t_S² MSˢᵉᵉᵈ + t_E² (MSᵉˣᵃᵐᵖˡᵉ − MSʳᵉˢᵗ)) / √(seeds · examples), at least those of the examples alone
/// (after Banerjee 1960), which hold the mean at least as often as they say with 2 seeds and more.
public struct SeedComparison: Hashable, Sendable, Codable {
  public let mean: Double
  public let standardError: Double
  /// Satterthwaite's (1946), of the standard error.
  public let degreesOfFreedom: Double
  /// √(MSʳᵉˢᵗ / (seeds · examples)); nil in results of earlier versions.
  public let standardErrorOfRest: Double?
  /// The mean over examples of each seed.
  public let seedMeans: [Double]
  /// The mean over seeds as if these examples were all there are.
  public let acrossSeeds: Estimate
  /// The mean over examples as if these seeds were all there are.
  public let acrossExamples: Estimate

  /// - Parameter differences: `[seeds, examples]`, at least two of each: the measure of the method
  ///   minus that of the other, trained with the same seed, on the same example.
  public init(differences: Tensor) {
    let shape = differences.shape
    precondition(
      shape.count == 2 && shape[0] > 1 && shape[1] > 1,
      "SeedComparison of \(shape): needs [seeds, examples], at least two of each"
    )
    let values = differences.cast(to: .float64)
    let (seeds, examples) = (Double(shape[0]), Double(shape[1]))
    let seedMeans = values.mean(along: 1)
    let exampleMeans = values.mean(along: 0)
    let mean = values.mean().doubleValue
    acrossSeeds = Estimate(of: seedMeans)
    acrossExamples = Estimate(of: exampleMeans)
    let rest = values - seedMeans.insertingAxis(1) - exampleMeans + mean
    let (seedFreedom, exampleFreedom) = (seeds - 1, examples - 1)
    let restFreedom = seedFreedom * exampleFreedom
    let seedSquare = examples * acrossSeeds.variance
    let exampleSquare = seeds * acrossExamples.variance
    let restSquare = rest.squared.sum().doubleValue / restFreedom
    let combined = seedSquare + exampleSquare - restSquare
    let larger = max(seedSquare, exampleSquare)
    if combined > larger {
      degreesOfFreedom =
        combined * combined
        / (seedSquare * seedSquare / seedFreedom + exampleSquare * exampleSquare / exampleFreedom
          + restSquare * restSquare / restFreedom)
    } else {
      degreesOfFreedom = seedSquare >= exampleSquare ? seedFreedom : exampleFreedom
    }
    standardError = (max(combined, larger) / (seeds * examples)).squareRoot()
    standardErrorOfRest = (restSquare / (seeds * examples)).squareRoot()
    self.seedMeans = seedMeans.scalars(Double.self)
    self.mean = mean
  }

  /// Where the mean over all seeds and examples lies, by Student's t.
  public func interval(level: Double = 0.95) -> ClosedRange<Double> {
    SeededEstimate(self).interval(level: level)
  }

  /// In one word; see ``Verdict``.
  public func verdict(margin: Double, level: Double = 0.95) -> Verdict {
    Verdict(level: level, margin: margin) { interval(level: $0) }
  }
}

extension SeedComparison: CustomStringConvertible {
  /// The mean ± two standard errors.
  public var description: String { Uncertain.text(mean, plusMinus: 2 * standardError) }
}

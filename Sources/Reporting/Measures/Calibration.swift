import Mathematics
import Tensors

/// Whether a model is right as often as it says (Guo et al., *On calibration of modern neural
/// networks*, ICML 2017).
///
/// ```swift
/// let calibration = Calibration(of: student)
/// print(calibration.expectedError)  // 0.031
/// print(calibration.table)          // one line per bin
/// ```
public struct Calibration: Hashable, Sendable, Codable {
  /// How confidences are put into bins.
  public enum Bins: String, Sendable, Codable {
    /// Intervals (lower, upper] of equal length.
    case equalWidth
    /// As many examples in each, give or take one (Nixon et al. 2019).
    case equalMass
  }

  /// A line of the reliability table.
  public struct Bin: Hashable, Sendable, Codable {
    /// The confidences of the bin: its interval for equal widths, the extremes for equal masses.
    public let lower: Double
    public let upper: Double
    /// The mean confidence; NaN in an empty bin.
    public var confidence: Double { confidences.mean }
    /// How often the model was right.
    public let accuracy: Estimate
    let confidences: Estimate

    public var count: Int { Int(accuracy.count) }
  }

  public let bins: [Bin]
  /// Σ (share of the bin) · |accuracy − confidence|: the expected calibration error. It is not
  /// zero for a perfect model of few examples: it is biased upwards.
  public let expectedError: Double
  /// The standard error of the expected error, by the bootstrap over examples with the bins held.
  public let standardError: Double
  /// The largest |accuracy − confidence| of a bin.
  public let largestError: Double

  /// - Parameters:
  ///   - confidences: `[examples]`, the probability given to the class chosen (or to class 1).
  ///   - correctness: `[examples]`, 1 where that class was true, else 0.
  ///   - bins: The default is equal widths, as in most publications.
  ///   - count: How many bins. The default, 15, is that of the paper.
  ///   - resamples: For the standard error. The default gives it to about 5%.
  ///   - seed: For the resamples.
  public init(
    confidences: Tensor,
    correctness: Tensor,
    bins: Bins = .equalWidth,
    count: Int = 15,
    resamples: Int = 200,
    seed: UInt64 = 0
  ) {
    let examples = confidences.count
    precondition(
      confidences.shape == [examples] && correctness.shape == [examples] && examples > 0,
      "Calibration of \(confidences.shape) and \(correctness.shape): needs one number per example"
    )
    precondition(count > 0 && resamples > 1, "Calibration: needs a bin and two resamples")
    let confidences = confidences.cast(to: .float64)
    let correctness = correctness.cast(to: .float64)
    let places: Tensor
    switch bins {
    case .equalWidth:
      places = ((confidences * Double(count)).roundedUp - 1)
        .clamped(min: 0, max: Double(count - 1)).cast(to: .int64)
    case .equalMass:
      let ranks = confidences.sorted(along: 0).indices.sorted(along: 0).indices
      places = Self.equalMass(ranks, examples, count)
    }
    let bounds = bins == .equalWidth ? count : nil
    self.bins = (0..<count).map { number in
      let isInside = places .== Double(number)
      return Self.bin(
        confidences.elements(where: isInside),
        correctness.elements(where: isInside),
        bounds.map { (Double(number) / Double($0), Double(number + 1) / Double($0)) }
      )
    }
    let gaps = correctness - confidences
    func error(_ gaps: Tensor, _ places: Tensor) -> Double {
      Tensor.zeros([count], .float64).scatterAdding(gaps, at: places, along: 0)
        .magnitude.sum().doubleValue / Double(examples)
    }
    expectedError = error(gaps, places)
    largestError =
      self.bins.filter { $0.count > 0 }.map { abs($0.accuracy.mean - $0.confidence) }.max() ?? 0
    let generator = RandomGenerator(seed: seed)
    let resampled = (0..<resamples).map { _ in
      let drawn = Tensor.randomIntegers(0..<examples, [examples], using: generator)
      return error(gaps[rows: drawn], places[rows: drawn])
    }
    standardError = Estimate(of: resampled).variance.squareRoot()
  }

  /// Of the classes that a classifier chooses.
  public init(of predictions: ClassPredictions, bins: Bins = .equalWidth, count: Int = 15) {
    self.init(
      confidences: predictions.confidence,
      correctness: predictions.correctness,
      bins: bins,
      count: count
    )
  }

  /// Ranks to bins: the first `examples % count` bins have one more.
  private static func equalMass(_ ranks: Tensor, _ examples: Int, _ count: Int) -> Tensor {
    let (size, larger) = examples.quotientAndRemainder(dividingBy: count)
    let sizes = (0..<count).map { size + ($0 < larger ? 1 : 0) }
    let places = sizes.enumerated().flatMap { number, size in
      [Int](repeating: number, count: size)
    }
    return Tensor(places)[rows: ranks]
  }

  private static func bin(
    _ confidences: Tensor,
    _ correctness: Tensor,
    _ bounds: (lower: Double, upper: Double)?
  ) -> Bin {
    let isEmpty = confidences.count == 0
    return Bin(
      lower: bounds?.lower ?? (isEmpty ? 0 : confidences.minimum().doubleValue),
      upper: bounds?.upper ?? (isEmpty ? 0 : confidences.maximum().doubleValue),
      accuracy: Estimate(of: correctness),
      confidences: Estimate(of: confidences)
    )
  }

  /// The reliability table.
  public var table: TextTable {
    TextTable(
      columns: ["confidence", "examples", "mean confidence", "accuracy"],
      rows: bins.filter { $0.count > 0 }.map { bin in
        [
          "\(Uncertain.fixed(bin.lower, 3)) – \(Uncertain.fixed(bin.upper, 3))", "\(bin.count)",
          Uncertain.fixed(bin.confidence, 4), bin.accuracy.description,
        ]
      }
    )
  }
}

import Mathematics

extension Certificate {
  /// The bins of the reliability diagrams, and what is read off them, beside those of a repetition.
  ///
  /// - Parameter isExact: Every number bit for bit. Else the teacher's bins to two examples and 10⁻⁵
  ///   of each share; those of students and controls pool all seeds and do not say how far seeds lie
  ///   apart, so of them it is what is right in all bins together that is compared, as the accuracy.
  func comparedCalibrations(
    with repetition: Certificate,
    isExact: Bool
  ) -> [ReplayResult.Comparison] {
    let names = Set(calibrations.keys).union(repetition.calibrations.keys).sorted()
    return names.flatMap { name in
      guard let own = calibrations[name], let other = repetition.calibrations[name],
        own.bins.count == other.bins.count
      else {
        return [
          ReplayResult.Comparison(
            name: "clean: \(name), how many bins of confidence there are",
            original: Double(calibrations[name]?.bins.count ?? 0),
            repeated: Double(repetition.calibrations[name]?.bins.count ?? 0),
            tolerance: 0
          )
        ]
      }
      if isExact { return Self.exact("clean: \(name)", own, other) }
      let rounding = 2 / Double(clean.examples) + 1e-5
      if name == "teacher" { return Self.shares("clean: \(name)", own, other, within: rounding) }
      let accuracy = (name == "student" ? clean.student : clean.control)[.accuracy]
      let seeds = accuracy?.standardErrorAcrossSeeds.map { 4 * 2.squareRoot() * $0 } ?? 0
      return [
        ReplayResult.Comparison(
          name: "clean: \(name), right in all bins",
          original: own.shareRight,
          repeated: other.shareRight,
          tolerance: rounding + seeds
        )
      ]
    }
  }

  private static func exact(
    _ place: String,
    _ own: Calibration,
    _ other: Calibration
  ) -> [ReplayResult.Comparison] {
    var numbers = [
      ("error of the bins", own.expectedError, other.expectedError),
      ("error of the bins, standard error", own.standardError, other.standardError),
      ("largest error of a bin", own.largestError, other.largestError),
    ]
    for (index, (mine, theirs)) in zip(own.bins, other.bins).enumerated() {
      let bin = "bin \(index + 1)"
      numbers += [
        ("\(bin), lower end", mine.lower, theirs.lower),
        ("\(bin), upper end", mine.upper, theirs.upper),
        ("\(bin), examples", Double(mine.count), Double(theirs.count)),
      ]
      // Of no examples there is neither.
      guard mine.count > 0 || theirs.count > 0 else { continue }
      numbers += [
        ("\(bin), accuracy", mine.accuracy.mean, theirs.accuracy.mean),
        (
          "\(bin), accuracy, standard error", mine.accuracy.errorOrZero,
          theirs.accuracy.errorOrZero
        ),
        ("\(bin), confidences", mine.confidences.count, theirs.confidences.count),
        ("\(bin), mean confidence", mine.confidence, theirs.confidence),
        (
          "\(bin), confidence, standard error", mine.confidences.errorOrZero,
          theirs.confidences.errorOrZero
        ),
      ]
    }
    return numbers.map {
      ReplayResult.Comparison(
        name: "\(place), \($0.0)",
        original: $0.1,
        repeated: $0.2,
        tolerance: 0
      )
    }
  }

  /// What share of all examples is in each bin, what share is right there, and what was expected.
  private static func shares(
    _ place: String,
    _ own: Calibration,
    _ other: Calibration,
    within tolerance: Double
  ) -> [ReplayResult.Comparison] {
    zip(own.bins, other.bins).enumerated().flatMap { index, bins in
      let numbers: [(String, (Calibration.Bin) -> Double)] = [
        ("examples", { Double($0.count) }),
        ("right", { $0.count == 0 ? 0 : Double($0.count) * $0.accuracy.mean }),
        ("sum of confidences", { $0.count == 0 ? 0 : Double($0.count) * $0.confidence }),
      ]
      return numbers.map { name, number in
        ReplayResult.Comparison(
          name: "\(place), bin \(index + 1), \(name) as a share of all",
          original: number(bins.0) / Double(own.examples),
          repeated: number(bins.1) / Double(other.examples),
          tolerance: tolerance
        )
      }
    }
  }
}

extension Calibration {
  fileprivate var examples: Int { max(1, bins.reduce(0) { $0 + $1.count }) }

  /// The share of all examples for which the model is right.
  fileprivate var shareRight: Double {
    bins.filter { $0.count > 0 }.reduce(0) { $0 + Double($1.count) * $1.accuracy.mean }
      / Double(examples)
  }
}

extension Estimate {
  /// One example has no standard error, and that is no difference.
  fileprivate var errorOrZero: Double { count > 1 ? standardError : 0 }
}

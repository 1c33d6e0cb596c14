import Foundation
import Mathematics

/// What would bring an UNDECIDED to an end.
extension Certificate {
  /// About how many seeds, or else test examples, would decide, if every difference stays as it was
  /// measured; nil where the word is decided.
  public var decidingNote: String? {
    guard verdict == .undecided else { return nil }
    let open = clean.differences.filter { difference in
      rule.primary.contains(difference.measure)
        && (difference.verdict == .undecided || !difference.isNotInferior)
    }
    guard !open.isEmpty else {
      return "\(opposed): neither more seeds nor more test examples will make one word of that"
    }
    let needs = open.map { DecidingNeed($0, rule, examples: clean.examples) }
    func most(_ numbers: [Int?]) -> Int? {
      numbers.contains(nil) ? nil : numbers.compactMap { $0 }.max()
    }
    let (seeds, examples) = (most(needs.map(\.seeds)), most(needs.map(\.examples)))
    let tail = "if the differences stay as they are"
    if let seeds {
      return "about \(Self.grouped(seeds)) seeds would decide, \(tail)"
        + (examples.map { ", or \(Self.grouped($0)) test examples with as many seeds as now" } ?? "")
    }
    if let examples {
      return
        "more seeds alone would not decide; about \(Self.grouped(examples)) test examples would, "
        + tail
    }
    return "neither more seeds nor more test examples alone would decide soon: the difference is "
      + "close to where the word changes; wider margins, or both, would"
  }
}

extension Certificate {
  /// Which primary measures say what, where each is decided and they are not of one opinion.
  private var opposed: String {
    rule.primary.map { "by \($0.name) the student is \(clean.difference($0).verdict)" }
      .joined(separator: ", ")
  }
}

/// What one difference needs to be decided.
struct DecidingNeed {
  /// The fewest seeds with the examples there are; nil where a thousand are not enough.
  let seeds: Int?
  /// The fewest examples with the seeds there are; nil where a thousand times as many are not.
  let examples: Int?

  /// The variance of the mean is taken as that over seeds, which falls with their number, and that
  /// over examples, which falls with theirs.
  init(_ difference: Difference, _ rule: CertificateRule, examples: Int) {
    let estimate = difference.estimate
    let now = Double(estimate.seedMeans.count)
    let ofExamples = estimate.standardErrorAcrossExamples
    // What examples alone explain is in the means of seeds as well, but cannot be told apart there.
    let ofSeeds = estimate.standardErrorAcrossSeeds ?? 0
    func decides(_ seeds: Double, _ factor: Double) -> Bool {
      let seedPart = ofSeeds * ofSeeds * now / seeds
      let examplePart = ofExamples * ofExamples / factor
      let error = (seedPart + examplePart).squareRoot()
      guard error > 0 else { return true }
      let gain = difference.gain
      let count = Double(rule.primary.count)
      if rule.hasSources, let now = estimate.sources {
        let sources = SourcedErrors(
          ofSeeds: seedPart.squareRoot(),
          ofExamples: examplePart.squareRoot(),
          ofRest: now.ofRest * (examplePart.squareRoot() / max(ofExamples, .leastNormalMagnitude)),
          seedFreedom: seeds - 1,
          exampleFreedom: Double(examples) * factor - 1
        )
        return gain.magnitude + sources.halfWidth(outside: 2 * (1 - rule.level)) < difference.margin
          || sources.pValue(of: gain) * count < 1 - rule.level
      }
      // The freedom of the larger of the two.
      let freedom = seedPart > examplePart ? seeds - 1 : Double(examples) * factor - 1
      let t = StudentTFunctions(degreesOfFreedom: freedom)
      if gain.magnitude + t.quantile(rule.level) * error < difference.margin { return true }
      return t.twoSided(gain / error) * count < 1 - rule.level
    }
    seeds = (Int(now) + 1...max(1_000, Int(now) + 1)).first { decides(Double($0), 1) }
    let factors = (1...80).map { pow(1_000, Double($0) / 80) }
    self.examples = factors.first { decides(now, $0) }.map { factor in
      // Two digits: it is a guess.
      let exact = Double(examples) * factor
      let unit = pow(10, log10(exact).rounded(.down) - 1)
      return Int((exact / unit).rounded(.up) * unit)
    }
  }
}

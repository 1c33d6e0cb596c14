extension Certificate {
  /// The cascades of both: bit for bit, or the thresholds' promises and the means as other means are. Times
  /// are not compared.
  func comparedCascade(with repetition: Certificate, isExact: Bool) -> [ReplayResult.Comparison] {
    guard let cascade, let other = repetition.cascade else {
      let isSame = cascade == nil && repetition.cascade == nil
      return isSame ? [] : Self.equal("cascade", [("missing", 0, 1)])
    }
    let promises = zip(cascade.thresholds, other.thresholds).enumerated().flatMap { index, pair in
      let (own, its) = pair
      var numbers = [("examples that may differ", Double(own.allowed), Double(its.allowed))]
      if isExact {
        numbers += [
          ("threshold", own.confidence, its.confidence),
          ("examples answered", Double(own.answered), Double(its.answered)),
        ]
      }
      return Self.equal("cascade, seed \(index + 1)", numbers)
    }
    let settings = Self.equal(
      "cascade",
      [
        ("risk", cascade.settings.risk, other.settings.risk),
        ("level", cascade.settings.level, other.settings.level),
        ("examples", Double(cascade.examples), Double(other.examples)),
      ]
    )
    return settings + promises
      + zip(cascade.estimates, other.estimates).flatMap { own, its in
        compared("cascade: \(own.name)", own.estimate, its.estimate, isExact, cascade.examples)
      }
  }
}

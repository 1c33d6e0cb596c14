/// What makes a certificate whole. A file says what it likes, and everything behind it relies on
/// this: no number is missing, and none is outside of what it can be.
extension Certificate {
  /// - Throws: ``CertificateError`` that names what is missing or impossible, and where.
  func check() throws {
    try require(schema == Self.schema, "its schema is \(schema)")
    try rule.check()
    try require(provenance.seeds.count > 1, "it has fewer than two seeds")
    try require(
      Set(provenance.seeds).count == provenance.seeds.count,
      "the same seed is there twice"
    )
    try require(settings.first.map { $0.shift == nil } ?? false, "its first inputs are not clean")
    let shifts = settings.dropFirst().map(\.shift)
    try require(
      !shifts.contains(nil) && Set(shifts).count == shifts.count,
      "the same inputs are there twice"
    )
    for setting in settings { try setting.check(seeds: provenance.seeds.count, rule) }
    try require(
      Set(calibrations.keys) == ["teacher", "student", "control"],
      "the bins of confidence are not those of teacher, student and control"
    )
    for (name, calibration) in calibrations {
      try require(!calibration.bins.isEmpty, "the \(name) has no bins of confidence")
      for bin in calibration.bins {
        try require(
          isCount(bin.accuracy.count) && isCount(bin.confidences.count),
          "a bin of the \(name)'s confidences holds an impossible number of examples"
        )
      }
    }
    for (name, found) in recalls ?? [:] {
      let models = name == "teacher" ? 1 : provenance.seeds.count
      let total = found.examples.reduce(0.0) { $0 + Double($1) }
      try require(
        Self.models.contains(name) && total == Double(models) * Double(clean.examples)
          && classes.map { $0.count == found.examples.count } ?? true,
        "the classes that the \(name) finds are of other examples"
      )
    }
    try cascade?.check(seeds: provenance.seeds.count, of: clean.examples)
    for (name, estimate) in cascade?.estimates ?? [] {
      try (estimate as SeededEstimate?).check(
        "the cascade's '\(name)'",
        seeds: provenance.seeds.count
      )
    }
    try teacherCost.check("teacher")
    try studentCost.check("student")
    try require(
      teacherCost.latencies.map(\.batch) == studentCost.latencies.map(\.batch),
      "teacher and student were timed with other batches"
    )
  }
}

extension CertificateRule {
  fileprivate func check() throws {
    try require(level > 0.5 && level < 1, "its level \(level) is not between 0.5 and 1")
    try require(
      (1...Self.latestVersion).contains(version ?? 1),
      "its rule is of version \(version ?? 1), and this program knows those up to "
        + "\(Self.latestVersion)"
    )
    try require(
      !primary.isEmpty && Set(primary).count == primary.count,
      "it has no primary measure, or one of them twice"
    )
    for measure in Measure.allCases {
      try require(
        margins[measure].map(isSize) ?? false,
        "the margin of \(measure.name) is missing or not a number from 0"
      )
    }
  }
}

extension CertifiedSetting {
  fileprivate func check(seeds: Int, _ rule: CertificateRule) throws {
    let place = "on " + (shift.map { "inputs with \($0.kind.rawValue)" } ?? "the clean inputs")
    try require(shift.map { isSize($0.severity) } ?? true, "a shift \(place) has no severity")
    try require(examples > 1 && isCount(Double(examples)), "it has no examples \(place)")
    for measure in Measure.allCases {
      let name = "\(measure.name) \(place)"
      if !measure.needsTeacher { try teacher[measure].check("the teacher's \(name)", seeds: 1) }
      try student[measure].check("the student's \(name)", seeds: seeds)
      try control[measure].check("the control's \(name)", seeds: seeds)
    }
    try require(
      differences.map(\.measure) == Measure.allCases,
      "a difference of student and control \(place) is missing"
    )
    for difference in differences {
      try difference.check("student − control in \(difference.measure.name) \(place)", seeds: seeds)
    }
  }
}

extension Difference {
  fileprivate func check(_ name: String, seeds: Int) throws {
    try (estimate as SeededEstimate?).check(name, seeds: seeds)
    for ends in [interval, equivalenceInterval, seedInterval] {
      try require(
        ends.count == 2 && ends.allSatisfy(isMeasurement) && ends[0] <= ends[1],
        "an interval of \(name) has not two ends in order"
      )
    }
    try require(
      (0...1).contains(pValue) && (0...1).contains(adjustedPValue),
      "a probability of \(name) is not between 0 and 1"
    )
    try require(isSize(margin), "the margin of \(name) is not a number from 0")
  }
}

extension SeededEstimate? {
  fileprivate func check(_ name: String, seeds: Int) throws {
    guard let self else { throw CertificateError("\(name) is missing") }
    try require(
      self.seedMeans.count == seeds,
      "\(name) has \(self.seedMeans.count) means of seeds instead of \(seeds)"
    )
    try require(
      isMeasurement(self.mean) && self.seedMeans.allSatisfy(isMeasurement),
      "\(name) is larger than any measurement"
    )
    let errors = [self.standardError, self.standardErrorAcrossExamples]
    try require(
      (errors + [self.standardErrorAcrossSeeds ?? 0, self.standardErrorOfRest ?? 0])
        .allSatisfy(isSize)
        && (self.standardErrorOfRest == nil) == (self.examples == nil)
        && (self.examples.map { $0 > 1 && isCount($0) } ?? true)
        && (self.standardErrorAcrossSeeds == nil) == (seeds == 1),
      "a standard error of \(name) is missing or not a number from 0"
    )
    try require(
      self.degreesOfFreedom > 0 && isCount(self.degreesOfFreedom),
      "\(name) has \(self.degreesOfFreedom) degrees of freedom"
    )
  }
}

extension ModelCost {
  fileprivate func check(_ name: String) throws {
    let memory = memory.map { [$0.bytesBefore, $0.peakBytes] } ?? []
    let timed = latencies.flatMap { [$0.batch, $0.warmUp, $0.repetitions] }
    try require(
      ([parameters, bytes, multiplyAdds] + memory + timed).allSatisfy { isCount(Double($0)) },
      "a count of what the \(name) costs is impossible"
    )
    try require(
      latencies.allSatisfy { isSize($0.p50) && isSize($0.p99) },
      "a time of the \(name) is not a number from 0"
    )
  }
}

private func require(_ isTrue: Bool, _ fault: @autoclosure () -> String) throws {
  if !isTrue { throw CertificateError(fault()) }
}

/// Far beyond every measurement, and far from where sums, squares and ratios overflow.
private func isMeasurement(_ number: Double) -> Bool { number.magnitude < 1e60 }

private func isSize(_ number: Double) -> Bool { number >= 0 && isMeasurement(number) }

/// What is exact as a `Double` and does not overflow an `Int`.
private func isCount(_ number: Double) -> Bool { number >= 0 && number < 0x1p53 }

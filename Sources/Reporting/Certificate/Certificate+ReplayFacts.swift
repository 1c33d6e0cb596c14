extension Certificate {
  /// What no rounding changes: how many there are of everything, sizes, and words.
  func comparedFacts(with repetition: Certificate) -> [ReplayResult.Comparison] {
    let costs: [(String, ModelCost, ModelCost)] = [
      ("teacher", teacherCost, repetition.teacherCost),
      ("student", studentCost, repetition.studentCost),
    ]
    let words = [
      ("subject", subject, repetition.subject),
      ("the student's loss", studentLoss, repetition.studentLoss),
      ("the control's loss", controlLoss, repetition.controlLoss),
      ("how the student was chosen", choice ?? "", repetition.choice ?? ""),
      (
        "shifts", "\(settings.map { $0.shift?.description })",
        "\(repetition.settings.map { $0.shift?.description })"
      ),
    ].filter { $0.1 != $0.2 }.map(\.0)
    let wrong = words.isEmpty ? "" : " (\(words.joined(separator: ", ")))"
    var compared = Self.equal(
      "how many",
      [
        ("versions of the inputs", Double(settings.count), Double(repetition.settings.count)),
        ("primary comparisons", Double(primaryComparisons), Double(repetition.primaryComparisons)),
        ("other comparisons", Double(otherComparisons), Double(repetition.otherComparisons)),
        ("other words\(wrong)", 0, Double(words.count)),
      ]
    )
    for (own, other) in zip(settings, repetition.settings) {
      compared += Self.equal(
        own.shift?.description ?? "clean",
        [("examples", Double(own.examples), Double(other.examples))]
      )
    }
    for (name, own, other) in costs {
      compared += Self.equal(
        name,
        [
          ("parameters", Double(own.parameters), Double(other.parameters)),
          ("bytes", Double(own.bytes), Double(other.bytes)),
          ("multiply–adds", Double(own.multiplyAdds), Double(other.multiplyAdds)),
        ]
      )
    }
    return compared
  }

  /// What follows from other numbers of this certificate beside what it says: means of seeds,
  /// differences of means, intervals, probabilities and words of single comparisons.
  func comparedConsequences() -> [ReplayResult.Comparison] {
    var settings = settings
    for index in settings.indices {
      settings[index].differences = settings[index].differences.map {
        Difference($0.measure, $0.estimate, rule)
      }
    }
    let derived = Self.judged(settings, by: rule).settings
    return zip(self.settings, derived).flatMap { own, derived in
      let place = own.shift?.description ?? "clean"
      var numbers: [(name: String, original: Double, repeated: Double)] = []
      for (name, estimates) in [("student", own.student), ("control", own.control)] {
        for measure in Measure.allCases {
          guard let estimate = estimates[measure] else { continue }
          numbers.append(
            ("\(name), \(measure.name), mean of its seeds", estimate.mean, estimate.ofSeeds)
          )
        }
      }
      for (difference, other) in zip(own.differences, derived.differences) {
        let label = "student − control, \(difference.measure.name)"
        if let student = own.student[difference.measure],
          let control = own.control[difference.measure]
        {
          numbers.append(
            ("\(label), of their means", difference.estimate.mean, student.mean - control.mean)
          )
        }
        numbers += difference.consequences(beside: other).map {
          ("\(label), \($0.name)", $0.original, $0.repeated)
        }
      }
      return numbers.map {
        ReplayResult.Comparison(
          name: "\(place): \($0.name)",
          original: $0.original,
          repeated: $0.repeated,
          tolerance: 1e-9 * max(1, $0.original.magnitude)
        )
      }
    }
  }
}

extension SeededEstimate {
  /// The mean over the seeds.
  fileprivate var ofSeeds: Double { seedMeans.reduce(0, +) / Double(seedMeans.count) }
}

extension Difference {
  /// What follows from the estimate and the rule, beside that of another.
  func consequences(
    beside other: Difference
  ) -> [(name: String, original: Double, repeated: Double)] {
    let ends = [
      ("interval", interval, other.interval),
      ("interval that decides on SAME", equivalenceInterval, other.equivalenceInterval),
      ("interval over seeds alone", seedInterval, other.seedInterval),
    ].flatMap { name, own, other in
      zip(["lower", "upper"], zip(own, other)).map { end, numbers in
        ("\(name), \(end) end", numbers.0, numbers.1)
      }
    }
    return ends + [
      ("p", pValue, other.pValue), ("p (Holm)", adjustedPValue, other.adjustedPValue),
      ("margin", margin, other.margin),
      ("words other than \(other.verdict)", verdict == other.verdict ? 0 : 1, 0),
    ]
  }
}

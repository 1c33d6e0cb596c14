import Mathematics

/// Which classes are found, on the clean inputs.
extension Certificate {
  static let models = ["student", "control", "teacher"]

  /// The recalls of the three models on the same examples, those of all seeds together.
  public static func recalls(
    teacher: ClassPredictions,
    students: [ClassPredictions],
    controls: [ClassPredictions]
  ) -> [String: ClassRecalls] {
    [
      "teacher": [teacher], "student": students, "control": controls,
    ].compactMapValues { ClassRecalls(pooling: $0.map { ClassRecalls($0) }) }
  }

  /// What student and teacher never find, a sentence each.
  public var warnings: [String] {
    ["student", "teacher"].compactMap { name in
      recalls?[name]?.warning("the \(name)", classes)
    }
  }

  /// The recall of each class; nil in certificates of earlier versions.
  public var recallTable: TextTable? {
    let known = Self.models.compactMap { name in recalls?[name].map { (name, $0) } }
    return known.isEmpty ? nil : ClassRecalls.table(known, classes)
  }

  func addClasses(to page: inout Report) {
    guard let recalls, let table = recallTable else { return }
    page.add(.heading("By class, on clean inputs"))
    for warning in warnings { page.add(.paragraph("Warning: \(warning).")) }
    let balanced = Self.models.compactMap { name in
      recalls[name].map { "\(name) \(Uncertain.fixed(100 * $0.balancedAccuracy, 1))%" }
    }
    page.add(
      .paragraph(
        "Balanced accuracy, the mean recall of the classes: \(balanced.joined(separator: ", ")). "
          + "Examples and mistakes are those of all seeds together."
      )
    )
    page.add(.table(table))
    if let confusions = recalls["student"]?.confusionTable(classes) {
      page.add(.paragraph("What the student takes each class for:"))
      page.add(.table(confusions))
    }
  }

  /// The counts of a repetition, which are the same where every number is.
  func comparedRecalls(with repetition: Certificate) -> [ReplayResult.Comparison] {
    guard let recalls else { return [] }
    return Self.models.flatMap { name -> [ReplayResult.Comparison] in
      guard let own = recalls[name], let other = repetition.recalls?[name] else { return [] }
      func counts(_ recalls: ClassRecalls) -> [Int] {
        recalls.examples + recalls.right + (recalls.choices?.flatMap { $0 } ?? [])
      }
      let (mine, theirs) = (counts(own), counts(other))
      let differing =
        mine.count == theirs.count ? zip(mine, theirs).count { $0 != $1 } : max(mine.count, 1)
      return Self.equal(
        "clean: \(name)",
        [("counts of classes that differ", Double(differing), 0)]
      )
    }
  }
}

import Networks
import Tensors

/// Losses whose networks are made from the teacher, as they are written in text.
extension Loss {
  /// ``factorTransfer(of:_:through:as:)`` with a paraphraser that learns first, for `steps` batches of
  /// 100 with Adam as its paper has it.
  static func writtenFactorTransfer(
    of embedding: Embedding,
    rate: Double,
    steps: Int,
    as compared: FactorComparison
  ) -> Loss {
    let name = compared == .factors ? "factorTransfer" : "factorTransferAsInRepDistiller"
    return prepared(
      name,
      [("rate", rate), ("steps", Double(steps))],
      needs: embedding.needs
    ) { preparation in
      let map = try embedding.maps(preparation.comparison, for: name).teacher
      let (channels, tap) = (map.shape[1], embedding.teacherTap!)
      let factors = Int(Double(channels) * rate)
      guard factors > 0 else {
        throw DistillationError(
          "\(name): a rate of \(numberText(rate)) leaves no factors of the \(channels) channels at "
            + "the teacher's tap '\(tap)': raise it"
        )
      }
      let paraphraser = Paraphraser(
        channels: channels,
        rate: rate,
        map.elementType,
        using: preparation.generator
      )
      if preparation.isLearning {
        let batches = preparation.examples.batches(
          of: 100,
          epochs: nil,
          shuffled: preparation.seed,
          mergingOne: true
        )
        try paraphraser.learn(
          preparation.teacher,
          at: tap,
          on: batches.limited(to: steps),
          progress: preparation.progress
        )
      }
      let loss = factorTransfer(of: embedding, paraphraser, as: compared)
      return .init(
        loss: loss,
        remarks: [
          "let a paraphraser (\(channels) channels in \(factors) factors, "
            + "\(paraphraser.parameterCount) parameters) learn the teacher's tap '\(tap)' for "
            + "\(steps) steps before the student is trained; it stays as it is then"
        ]
      )
    }
  }

  /// ``overhaul(of:margin:through:)`` with the margin measured on up to 10,000 examples.
  static func writtenOverhaul(of embedding: Embedding) -> Loss {
    prepared("overhaul", needs: embedding.needs) { preparation in
      let seen = try embedding.features(preparation.comparison).teacher
      let tap = embedding.teacherTap!
      let channels = seen.rank == 4 ? seen.shape[1] : seen.shape.last!
      let margin =
        preparation.isLearning
        ? try OverhaulMargin(
          of: preparation.teacher,
          at: tap,
          on: preparation.examples.batches(of: 100, shuffled: nil).limited(to: 100)
        )
        : OverhaulMargin(.zeros([channels], seen.elementType, on: seen.device))
      return .init(
        loss: overhaul(of: embedding, margin: margin),
        remarks: [
          "measured the margin of \(channels) channels at the teacher's tap '\(tap)', the mean of "
            + "what is negative there"
        ]
      )
    }
  }

  /// ``softmaxRegression(by:of:through:regression:)`` with the teacher's layers after its tap.
  static func writtenSoftmaxRegression(of embedding: Embedding, regression: Double) -> Loss {
    let name = "softmaxRegression"
    return prepared(name, [("regression", regression)], needs: embedding.needs) { preparation in
      let tap = embedding.teacherTap!
      let head = try preparation.head(after: tap, for: name)
      return .init(
        loss: softmaxRegression(by: head, of: embedding, regression: regression),
        remarks: [
          "read the student's features with the teacher's own layers after tap '\(tap)' "
            + "(\(head.parameterCount) parameters, which stay as they are)"
        ]
      )
    }
  }

  /// ``reusedHead(student:teacher:)`` with the teacher's layers after its tap in the place of the
  /// student's after its own, which must be alike; the student's layers before them are the projector.
  static func writtenReusedHead(of embedding: Embedding) -> Loss {
    let name = "reusedHead"
    return prepared(name, needs: embedding.needs) { preparation in
      let (own, other) = (embedding.studentTap!, embedding.teacherTap!)
      let loss = reusedHead(student: own, teacher: other)
      if preparation.student is ReusedHeadStudent { return .init(loss: loss) }
      let head = try preparation.head(after: other, for: name)
      let mine = preparation.student.layers(after: own)
      guard let mine, architecture(of: mine) == architecture(of: head) else {
        func text(_ network: Sequential?) -> String {
          let shapes = (network?.namedParameters ?? []).map(\.parameter.shape)
            .filter { $0.count > 1 }
          return shapes.isEmpty
            ? "none"
            : shapes.map { $0.map(String.init).joined(separator: "×") }
              .joined(separator: ", ")
        }
        throw DistillationError(
          "\(name) ends the student in the teacher's own layers, but those after the student's tap "
            + "'\(own)' (\(text(mine))) are not like those after the teacher's tap '\(other)' "
            + "(\(text(head))): let the student end as the teacher does, with layers of its own "
            + "before that as the projector"
        )
      }
      let pairs = zip(mine.namedParameters, head.namedParameters)
      for (student, teacher) in pairs { student.parameter.replace(with: teacher.parameter.value) }
      return .init(
        loss: loss,
        remarks: [
          "put the teacher's own layers after tap '\(other)' in the place of the student's after tap "
            + "'\(own)' (\(head.parameterCount) parameters, which stay as they are)"
        ],
        held: mine.parameters
      )
    }
  }

  /// ``contrastiveRepresentation(_:of:)`` with a memory of all examples, whose negatives are of other
  /// classes where examples have labels.
  static func writtenContrastive(
    of embedding: Embedding,
    _ settings: (negatives: Int, temperature: Double, momentum: Double, width: Int)
  ) -> Loss {
    prepared(
      "contrastiveRepresentation",
      [
        ("negatives", Double(settings.negatives)), ("temperature", settings.temperature),
        ("momentum", settings.momentum), ("width", Double(settings.width)),
      ],
      needs: embedding.needs
    ) { preparation in
      let examples = preparation.examples
      let (student, teacher) = try embedding.of(preparation.comparison)
      guard examples.count > 1 else {
        throw DistillationError("contrastiveRepresentation needs at least two examples")
      }
      let labels = examples.labels
      let isOneClass = labels.map { $0.minimum().doubleValue == $0.maximum().doubleValue }
      let memory = ContrastiveMemory(
        student: student.shape[1],
        teacher: teacher.shape[1],
        examples: examples.count,
        labels: isOneClass == false ? labels : nil,
        width: settings.width,
        negatives: settings.negatives,
        temperature: settings.temperature,
        momentum: settings.momentum,
        student.elementType,
        using: preparation.generator
      )
      let bytes =
        memory.studentBank.value.count * 2 * memory.studentBank.value.elementType.byteCount
      return .init(
        loss: contrastiveRepresentation(memory, of: embedding),
        remarks: [
          "embed \(student.shape[1]) numbers of the student and \(teacher.shape[1]) of the teacher in "
            + "\(settings.width) (\(memory.parameterCount) parameters, trained with the student) and "
            + "remember \(examples.count) examples (\(max(1, bytes >> 20)) MB)"
        ]
      )
    }
  }

  /// ``knowledgeReview(_:student:teacher:)`` with a connector made from the shapes at the taps.
  static func writtenReview(student: [String], teacher: [String]) -> Loss {
    let like = knowledgeReviewTaps(student, teacher)
    return prepared(
      "knowledgeReview",
      taps: like,
      needs: Needs(
        teacher: true,
        studentFeatures: Set(student),
        teacherFeatures: Set(teacher)
      )
    ) { preparation in
      let comparison = preparation.comparison
      func channels(_ observation: Observation, _ taps: [String], _ who: String) throws -> [Int] {
        try taps.map { tap in
          let seen = try observation.tapped(tap, who)
          guard seen.rank == 2 || seen.rank == 4 else {
            throw DistillationError(
              "knowledgeReview compares maps or vectors, but tap '\(tap)' of the \(who) has shape "
                + "\(seen.shape): tap another layer"
            )
          }
          return seen.shape[1]
        }
      }
      let own = try channels(comparison.student, student, "student")
      let other = try channels(comparison.taught(), teacher, "teacher")
      let example = comparison.student.values
      let connector = ReviewConnector(
        student: own,
        teacher: other,
        example.elementType,
        using: preparation.generator
      )
      func text(_ channels: [Int]) -> String { channels.map(String.init).joined(separator: ", ") }
      return .init(
        loss: knowledgeReview(connector, student: student, teacher: teacher),
        remarks: [
          "put a review connector (\(text(own)) → \(text(other)) channels, "
            + "\(connector.parameterCount) parameters, trained with the student) between taps "
            + "\(student.joined(separator: ", ")) of the student and "
            + "\(teacher.joined(separator: ", ")) of the teacher"
        ]
      )
    }
  }
}

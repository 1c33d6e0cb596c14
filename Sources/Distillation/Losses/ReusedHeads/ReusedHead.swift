import Networks
import Tensors

extension Loss {
  /// SimKD: the mean square difference of the student's projected features and the teacher's, over
  /// batch, channels and places; the only term, without labels.
  ///
  /// Where heights and widths differ, the larger map is averaged to the smaller.
  ///
  /// Chen et al., *Knowledge Distillation with the Reused Teacher Classifier* (2022). A
  /// ``ReusedHeadStudent`` classifies by the teacher's own head. Any other student gets the teacher's
  /// layers after its tap in the place of those after its own, which must be alike; its layers before
  /// them are the projector.
  ///
  /// - Parameters:
  ///   - student: The tap of the projected features. The default is that of a ``ReusedHeadStudent``.
  ///   - teacher: The tap of what the teacher's head sees.
  public static func reusedHead(student: String = "projector", teacher: String) -> Loss {
    let embedding = Embedding.taps(student: student, teacher: teacher)
    return .binding("reusedHead", needs: embedding.needs) { binding in
      var modules: [any Module] = []
      if let student = binding.student, !(student is ReusedHeadStudent) {
        try binding.reuseHead(in: student, after: embedding)
        modules = [Parts([])]
      }
      return BoundTerm(modules) { comparison in
        let (own, other) = try embedding.features(comparison)
        let (a, b) = try alike(own, other, in: "reusedHead")
        return meanSquare(a, b)
      }
    }
  }

  /// Maps of one shape, the larger averaged to the smaller where heights and widths differ.
  static func alike(_ own: Tensor, _ other: Tensor, in name: String) throws -> (Tensor, Tensor) {
    guard own.rank == other.rank, own.shape[1] == other.shape[1], own.rank == 2 || own.rank == 4
    else {
      throw DistillationError(
        "\(name) compares the student's \(own.shape) with the teacher's \(other.shape): both must "
          + "be [batch, width] or [batch, channels, height, width] of the same width or channels; "
          + "put a projector between them"
      )
    }
    guard own.rank == 4 else { return (own, other) }
    let height = min(own.shape[2], other.shape[2])
    let width = min(own.shape[3], other.shape[3])
    func averaged(_ map: Tensor) -> Tensor {
      map.shape[2] == height && map.shape[3] == width
        ? map : map.averagePooled2D(toHeight: height, width: width)
    }
    return (averaged(own), averaged(other))
  }
}

extension Binding {
  /// Puts the teacher's layers after its tap in the place of the student's after its own.
  fileprivate func reuseHead(in student: any Module, after embedding: Loss.Embedding) throws {
    let (own, other) = (embedding.studentTap!, embedding.teacherTap!)
    let head = try head(after: other, for: "reusedHead")
    let mine = student.layers(after: own)
    guard let mine, architecture(of: mine) == architecture(of: head) else {
      func text(_ network: Sequential?) -> String {
        let shapes = (network?.namedParameters ?? []).map(\.parameter.shape).filter { $0.count > 1 }
        return shapes.isEmpty
          ? "none"
          : shapes.map { $0.map(String.init).joined(separator: "×") }.joined(separator: ", ")
      }
      throw DistillationError(
        "reusedHead ends the student in the teacher's own layers, but those after the student's tap "
          + "'\(own)' (\(text(mine))) are not like those after the teacher's tap '\(other)' "
          + "(\(text(head))): let the student end as the teacher does, with layers of its own "
          + "before that as the projector"
      )
    }
    for (student, teacher) in zip(mine.namedParameters, head.namedParameters) {
      student.parameter.replace(with: teacher.parameter.value)
    }
    frozen = mine.parameters
    note(
      "put the teacher's own layers after tap '\(other)' in the place of the student's after tap "
        + "'\(own)' (\(head.parameterCount) parameters, which stay as they are)"
    )
  }
}

import Networks
import Tensors

extension Loss {
  /// ReviewKD: Σ_l HCL(r_l, t_l), r_l the student's maps brought to the teacher's by a
  /// ``ReviewConnector``, t_l the teacher's at the taps named.
  ///
  /// HCL compares at several resolutions: the mean square difference (over batch, channels and
  /// places) of the maps, and of both averaged to 4×4, 2×2 and 1×1 where they are larger, weighted 1,
  /// ½, ¼, ⅛ in order and divided by the sum of the weights.
  ///
  /// Chen et al., *Distilling Knowledge via Knowledge Review* (2021); weights for CIFAR-100 from 0.6
  /// to 8 beside a cross entropy of 1, raised linearly from 0 over 20 epochs.
  ///
  /// - Parameters:
  ///   - connector: Trained with the student. The default is one for each student, made from the
  ///     shapes at the taps.
  ///   - student: Taps of the student's stages, from shallow to deep.
  ///   - teacher: Taps of the teacher's. The default is the same names.
  public static func knowledgeReview(
    _ connector: ReviewConnector? = nil,
    student: [String],
    teacher: [String]? = nil
  ) -> Loss {
    let taught = teacher ?? student
    precondition(
      taught.count == student.count && student.count == connector?.stages.count ?? student.count,
      "knowledgeReview: \(student.count) taps of the student and \(taught.count) of the teacher for "
        + "\(connector?.stages.count ?? student.count) stages"
    )
    let sides = student == taught ? [student] : [student, taught]
    return .binding(
      "knowledgeReview",
      taps: [("of", sides.map { $0.joined(separator: " ") }.joined(separator: " → "))],
      needs: Needs(teacher: true, studentFeatures: Set(student), teacherFeatures: Set(taught))
    ) { binding in
      let reviewer = try connector ?? binding.reviewConnector(student, taught)
      return BoundTerm(connector == nil ? [Parts([reviewer])] : [reviewer]) { comparison in
        let target = try comparison.taught()
        let own = try student.map { try comparison.student.tapped($0, "student") }
        let other = try taught.map { asMap(try target.tapped($0, "teacher")) }
        let reviewed = reviewer.review(
          own,
          to: other.map { ($0.shape[2], $0.shape[3]) },
          comparison.pass
        )
        let stages = zip(reviewed, other).map { hierarchicalContext($0, $1) }
        return stages.dropFirst().reduce(stages[0], +)
      }
    }
  }

  /// A map of one place where there are no places.
  private static func asMap(_ seen: Tensor) -> Tensor {
    seen.rank == 2 ? seen.reshaped(to: seen.shape + [1, 1]) : seen
  }

  /// HCL of maps of one shape.
  ///
  /// Averaging and subtracting commute, so only the difference is averaged; averages of averages are
  /// those of the whole where regions nest.
  static func hierarchicalContext(_ own: Tensor, _ other: Tensor) -> Tensor {
    var (sum, weight, total) = (meanSquare(own, other), 1.0, 1.0)
    var finer = own - other
    let extent = (height: own.shape[2], width: own.shape[3])
    for places in [4, 2, 1] where places < extent.height {
      weight /= 2
      total += weight
      let coarse = finer.averagePooled2D(toHeight: places, width: places)
      sum += meanSquare(coarse, coarse.detached.zerosLike) * weight
      if extent.height % places == 0 && extent.width % places == 0 { finer = coarse }
    }
    return sum / total
  }
}

extension Binding {
  /// A connector for the shapes at the taps.
  fileprivate func reviewConnector(_ student: [String], _ teacher: [String]) throws
    -> ReviewConnector
  {
    let comparison = try comparison()
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
    let connector = ReviewConnector(
      student: own,
      teacher: other,
      comparison.student.values.elementType,
      using: try generator()
    )
    func text(_ channels: [Int]) -> String { channels.map(String.init).joined(separator: ", ") }
    note(
      "put a review connector (\(text(own)) → \(text(other)) channels, "
        + "\(connector.parameterCount) parameters, trained with the student) between taps "
        + "\(student.joined(separator: ", ")) of the student and "
        + "\(teacher.joined(separator: ", ")) of the teacher"
    )
    return connector
  }
}

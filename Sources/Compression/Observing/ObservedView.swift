import Distillation
import Networks
import Tensors

/// What is recorded of a teacher: what it says as losses compare it, and what its network gives itself.
package struct ObservedView {
  /// What gives values of its own; nil for an ensemble, of which there is only the mean.
  private let single: (any Teacher)?
  private let teacher: Ensemble
  private let derivatives: Bool
  private let features: Set<String>

  /// - Parameters:
  ///   - networks: One, or the members of an ensemble.
  ///   - meaning: What they give; nil where they know, or give logits.
  ///   - features: The layers of one network, or `members` of an ensemble.
  package init(
    _ networks: [any Module],
    as meaning: Observation.Meaning?,
    mean: Ensemble.Mean,
    derivatives: Bool,
    features: Set<String>
  ) {
    (self.derivatives, self.features) = (derivatives, features)
    let members = networks.map { knownTeacher(of: $0, as: meaning) }
    single = members.count == 1 ? members[0] : nil
    teacher = Ensemble(members, mean: mean)
  }

  /// A teacher that is no network.
  package init(of teacher: any Teacher, derivatives: Bool) {
    (self.derivatives, features, single) = (derivatives, [], teacher)
    self.teacher = Ensemble([teacher])
  }

  /// What is seen, and of one network what it gives itself where that is something else.
  ///
  /// The values are those of a compression with the teacher at hand, to the last bit, where these do not
  /// depend on which examples are observed together.
  package func observe(_ inputs: Tensor) throws -> (seen: Observation, own: Observation?) {
    let request = Request(derivatives: derivatives ? .all : .none)
    guard let single else {
      let all = Request(derivatives: request.derivatives, features: features)
      return (try teacher.observe(inputs, all), nil)
    }
    var seen: Observation
    var own: Observation
    if teacher.isFused {
      seen = try teacher.observe(inputs, request)
      own = try single.observe(inputs, Request(features: features))
    } else {
      // Slow ones are asked once.
      let overheard = Overheard(single, features)
      seen = try Ensemble([overheard], mean: teacher.mean).observe(inputs, request)
      own = overheard.whole
    }
    seen.features = own.features
    if let tap = features.sorted().first(where: { own.features[$0] == nil }) {
      throw DistillationError(
        "the teacher has no layer '\(tap)': distill inspect lists the layers of a file"
      )
    }
    return (seen, own.meaning == seen.meaning ? nil : own)
  }
}

/// A teacher whose answers are listened to.
private final class Overheard: Teacher {
  private let teacher: any Teacher
  private let features: Set<String>
  private var parts: [Observation] = []

  init(_ teacher: any Teacher, _ features: Set<String>) {
    (self.teacher, self.features) = (teacher, features)
  }

  func observe(_ inputs: Tensor, _ request: Request) throws -> Observation {
    var asked = request
    asked.features = features
    var seen = try teacher.observe(inputs, asked)
    var part = seen
    part.derivatives = nil
    parts.append(part)
    seen.features = [:]
    return seen
  }

  /// Everything that was said.
  var whole: Observation { Observation(concatenating: parts) }
}

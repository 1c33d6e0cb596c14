import Distillation
import Foundation
import Mathematics
import Probability
import Tensors

/// The nearest to the draws among a trained student and mixtures of its size whose components are draws
/// as they are. One normal is compared too, and not taken by itself: it has another size, and is exported
/// nowhere.
package struct FormChoice {
  private let training: StudentTraining
  private let draws: StudentTraining.DrawAccess

  /// Inputs at which forms are compared, and the draws that they are compared with.
  private static let (inputs, most) = (200, 500)

  package init(_ training: StudentTraining, _ draws: StudentTraining.DrawAccess) {
    (self.training, self.draws) = (training, draws)
  }

  /// The student, or the form that is nearer to the draws at inputs at which nothing was distilled;
  /// says which. Where they cannot be compared it is the student.
  package func nearest(_ student: CompactStudent) -> CompactStudent {
    var forms: [(family: PredictiveFamilyName, student: CompactStudent)] = [
      (training.family, student)
    ]
    for family in training.task.plan.model.families where !family.isTrained {
      if let form = simple(family) { forms.append((family, form)) }
    }
    guard forms.count > 1,
      let distances = try? divergences(forms.map { $0.student }).map({ $0.mean }),
      distances[0].isFinite,
      let best = forms.indices.filter({ forms[$0].family != .normal })
        .min(by: { distances[$0] < distances[$1] })
    else { return student }
    func text(_ place: Int) -> String {
      let title =
        place == 0
        ? "the trained \(training.family.rawValue)"
        : forms[place].family.title(training.plan.components)
      return "\(title) \(String(format: "%.2g", distances[place]))"
    }
    let rest = forms.indices.filter { $0 != best }.map(text).joined(separator: ", ")
    training.task.work.note(
      "KL from the draws at held-out inputs: \(text(best)), taken; \(rest) (--family asks for one)"
    )
    return forms[best].student
  }

  private func simple(_ family: PredictiveFamilyName) -> CompactStudent? {
    let form = StudentTraining(
      task: training.task,
      plan: training.plan,
      problem: training.problem,
      source: training.source,
      family: family
    )
    return try? form.train(draws).student
  }

  private func divergences(_ students: [CompactStudent]) throws -> [Estimate] {
    let (task, problem) = (training.task, training.problem)
    let inputs = HeldOutInputs(near: problem, Self.inputs, seed: task.seed)
    let bag = PosteriorBag.thinned(draws.start, to: Self.most)
    if let model = problem.model as? LinearPredictorModel, model.quantity == .means {
      return try OutcomeCertifier(task: task, students[0], problem, model, bag, inputs)
        .divergences(of: students)
    }
    return try ClassCertifier(task: task, students[0], problem, bag, inputs, nil)
      .divergences(of: students)
  }
}

extension PredictiveFamilyName {
  /// As the table of a certificate names a form that is not trained.
  package func title(_ components: Int) -> String {
    switch self {
    case .medoids: "\(components) medoids"
    case .thinned: "\(components) thinned draws"
    case .normal: "one normal"
    default: rawValue
    }
  }

  /// Whether it is the form that the table of a certificate calls so.
  package func isTitled(_ name: String) -> Bool {
    switch self {
    case .medoids: name.hasSuffix(" medoids")
    case .thinned: name.hasSuffix(" thinned draws")
    case .normal: name.hasPrefix("one normal")
    default: false
    }
  }
}

extension HeldOutInputs {
  /// Fresh inputs near those at which is distilled.
  package init(near problem: PredictiveProblem, _ count: Int, seed: UInt64) {
    let scaling = problem.scaling
    let generator = RandomGenerator(seed: seed &+ 77)
    if let rows = problem.rows {
      let fitted = problem.fitted.map { rows[rows: $0] } ?? rows
      places = SmoothedRows(fitted, inputs: scaling.inputs).sample(count, using: generator)
    } else {
      places = scaling.withConstant(
        Tensor.normal([count, scaling.inputs], .float64, using: generator)
      )
    }
    rows =
      places.slicing(0..<scaling.inputs, along: 1) * Tensor(scaling.scales) + Tensor(scaling.shifts)
    name = "\(grouped(count)) fresh inputs"
    scored = nil
  }
}

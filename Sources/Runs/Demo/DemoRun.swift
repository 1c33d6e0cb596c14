import Distill
import Foundation

/// Trains ensembles and students, each network into a file of the run folder, and prints what each
/// part of the demo showed.
package struct DemoRun {
  package let run: Run
  package let plan: DemoPlan
  package let training: Examples
  package let test: Examples

  package func perform() throws {
    let report = DemoReport(self)
    let few = try fewLabels()
    report.show(few)
    let members = try members(
      plan.members,
      fresh: { MLP(DemoPlan.teacherWidths, using: $0) },
      on: { plan.memberInputs($0, training, seed: run.seed) }
    )
    let students = try students(of: Ensemble(members))
    let results = try DemoResults(
      fewLabels: few,
      allLabels: DemoComparison(
        "\(grouped(training.count)) labels",
        ensemble: members,
        students: students,
        on: test
      ),
      roundingError: Ensemble(members, products: .bfloat16)
        .largestProbabilityError(on: test.inputs[0..<min(2_000, test.count)]),
      plan: plan,
      images: training.count
    )
    try report.write(results)
  }

  /// Networks that each learn from the labels of a bootstrap resample.
  ///
  /// - Parameters:
  ///   - title, prefix: What their names, and those of their files, begin with.
  ///   - inputs: The batches of each.
  private func members(
    _ count: Int,
    _ title: String = "",
    prefix: String = "",
    fresh: (RandomGenerator) throws -> any Module,
    on inputs: (Int) -> any Inputs
  ) throws -> [any Module] {
    try (0..<count).map { index in
      let generator = RandomGenerator(seed: run.seed &+ 100 &+ UInt64(index), on: run.device)
      let network = try fresh(generator)
      try run.train(
        network,
        named: "\(title)member \(index + 1) of \(count)",
        file: "\(prefix)member-\(index + 1)",
        on: { inputs(index) },
        minimizing: .crossEntropy(),
        using: plan.memberOptimizer(),
        done: done
      )
      return network
    }
  }

  /// Few images with labels, and many without.
  private func fewLabels() throws -> DemoComparison {
    let few = plan.fewLabels
    let title = "\(grouped(few.labels)) labels"
    let members = try run.onOneThread { () throws -> [any Module] in
      try self.members(
        few.members,
        title + ", ",
        prefix: FewLabelsPlan.filePrefix,
        fresh: few.freshMember,
        on: { few.memberInputs($0, training[0..<few.labels], seed: run.seed) }
      )
    }
    let ensemble = Ensemble(members)
    var observed: (any Teacher)?
    let students = try FewLabelsStudent.allCases.map { kind -> (name: String, network: MLP) in
      let network = plan.freshStudent(seed: run.seed, on: run.device)
      if kind != .labels, observed == nil, !isFinished(kind.fileName) {
        observed = try plan.observed(ensemble, on: training, derivatives: false, run.work) {
          try run.stopIfAsked(done())
        }
      }
      try run.train(
        network,
        named: "\(title), student on \(kind.rawValue)",
        file: kind.fileName,
        on: { few.inputs(kind, training, seed: run.seed) },
        toward: kind == .labels ? nil : observed,
        minimizing: kind.loss,
        using: plan.studentOptimizer(),
        done: done
      )
      return (kind.rawValue, network)
    }
    return try DemoComparison(title, ensemble: members, students: students, on: test)
  }

  /// All images with labels.
  private func students(of ensemble: Ensemble) throws -> [(name: String, network: MLP)] {
    var teacher: (any Teacher)?
    return try DemoStudent.allCases.map { kind in
      let network = plan.freshStudent(seed: run.seed, on: run.device)
      if kind != .labels, teacher == nil, !isFinished(kind.fileName) {
        teacher = try plan.observed(ensemble, on: training, run.work) {
          try run.stopIfAsked(done())
        }
      }
      try run.train(
        network,
        named: "student on \(kind.rawValue)",
        file: kind.fileName,
        on: { plan.studentInputs(training, seed: run.seed) },
        toward: kind == .labels ? nil : teacher,
        minimizing: kind.loss(plan),
        using: plan.studentOptimizer(),
        done: done
      )
      return (kind.rawValue, network)
    }
  }

  private func isFinished(_ file: String) -> Bool { run.folder.contains("\(file).safetensors") }

  /// How many networks have complete files.
  private func done() -> String {
    let files =
      (1...plan.fewLabels.members).map { "\(FewLabelsPlan.filePrefix)member-\($0)" }
      + (1...plan.members).map { "member-\($0)" } + FewLabelsStudent.allCases.map(\.fileName)
      + DemoStudent.allCases.map(\.fileName)
    return "\(files.count(where: isFinished)) of \(files.count) networks"
  }
}

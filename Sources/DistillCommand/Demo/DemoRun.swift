import Distill
import Foundation

/// Trains the ensemble and the students, each into a file of the run folder, and prints the table.
struct DemoRun {
  let run: ExperimentRun
  let plan: DemoPlan
  let training: Examples
  let test: Examples

  func perform() throws {
    let members = try (0..<plan.members).map(member)
    let ensemble = Ensemble(members)
    let students = try trainStudents(ensemble)
    let results = try DemoResults(ensemble, members, students, test, plan)
    try DemoReport(results, self).write()
    try run.folder.finish()
  }

  private func member(_ index: Int) throws -> MLP {
    let generator = RandomGenerator(seed: run.seed &+ 100 &+ UInt64(index), on: run.device)
    let network = MLP(DemoPlan.teacherWidths, using: generator)
    try run.train(
      network,
      named: "member \(index + 1) of \(plan.members)",
      file: "member-\(index + 1)",
      on: { plan.memberInputs(index, training, seed: run.seed) },
      minimizing: .crossEntropy(),
      using: plan.memberOptimizer(),
      done: done
    )
    return network
  }

  private func trainStudents(_ ensemble: Ensemble) throws -> [DemoStudent: MLP] {
    var teacher: (any Teacher)?
    var students: [DemoStudent: MLP] = [:]
    for kind in DemoStudent.allCases {
      let network = MLP(
        DemoPlan.studentWidths,
        using: RandomGenerator(seed: run.seed &+ 50, on: run.device)
      )
      if kind != .labels, teacher == nil, !run.folder.contains("\(kind.fileName).safetensors") {
        teacher = try record(ensemble)
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
      students[kind] = network
    }
    return students
  }

  /// What the ensemble does at every training image, observed once. Off the CPU, memory may be too
  /// small for the derivatives: there the ensemble is observed at every batch.
  private func record(_ ensemble: Ensemble) throws -> any Teacher {
    guard run.device == .cpu else { return ensemble }
    run.console.progress.begin("ensemble observed", of: training.count, "images")
    let recorded = try RecordedTeacher(
      of: ensemble,
      on: training.inputs,
      derivatives: true,
      derivativeStorage: .bfloat16
    ) { images, _ in
      run.console.progress.update(images)
      try run.stopIfAsked(done())
    }
    run.console.progress.end()
    run.console.say(
      "derivatives are kept in BFloat16: relative error \(scientific(recorded.derivativeError))"
    )
    return recorded
  }

  /// How many networks have complete files.
  private func done() -> String {
    let files = (1...plan.members).map { "member-\($0)" } + DemoStudent.allCases.map(\.fileName)
    let finished = files.filter { run.folder.contains("\($0).safetensors") }
    return "\(finished.count) of \(files.count) networks"
  }
}

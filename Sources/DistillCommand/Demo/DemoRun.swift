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
      let network = plan.freshStudent(seed: run.seed, on: run.device)
      if kind != .labels, teacher == nil, !run.folder.contains("\(kind.fileName).safetensors") {
        teacher = try plan.observed(ensemble, on: training, run.console) {
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
      students[kind] = network
    }
    return students
  }

  /// How many networks have complete files.
  private func done() -> String {
    let files = (1...plan.members).map { "member-\($0)" } + DemoStudent.allCases.map(\.fileName)
    let finished = files.filter { run.folder.contains("\($0).safetensors") }
    return "\(finished.count) of \(files.count) networks"
  }
}

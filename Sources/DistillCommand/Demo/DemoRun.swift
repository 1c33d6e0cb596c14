import Distill
import Foundation

/// How far a demo is: what it has finished.
struct DemoProgress: Codable, Equatable {
  var finished: [String] = []
}

/// Trains the ensemble and the students, each into a file of the run folder, and prints the table.
struct DemoRun {
  let folder: RunFolder
  let plan: DemoPlan
  let seed: UInt64
  let device: Device
  let console: Console
  let interruption: Interruption
  let training: Examples
  let test: Examples

  func perform() throws {
    let members = try (0..<plan.members).map(member)
    let ensemble = Ensemble(members)
    let students = try trainStudents(ensemble)
    let results = try DemoResults(ensemble, members, students, test, plan)
    try DemoReport(results, self).write()
    try folder.save(progress: DemoProgress(finished: finished()), isFinished: true)
  }

  private func member(_ index: Int) throws -> MLP {
    let generator = RandomGenerator(seed: seed &+ 100 &+ UInt64(index), on: device)
    let network = MLP(DemoPlan.teacherWidths, using: generator)
    try train(
      network,
      named: "member \(index + 1) of \(plan.members)",
      file: "member-\(index + 1)",
      on: { plan.memberInputs(index, training, seed: seed) },
      toward: nil,
      minimizing: .crossEntropy(),
      using: plan.memberOptimizer()
    )
    return network
  }

  private func trainStudents(_ ensemble: Ensemble) throws -> [DemoStudent: MLP] {
    var teacher: (any Teacher)?
    var students: [DemoStudent: MLP] = [:]
    for kind in DemoStudent.allCases {
      let network = MLP(
        DemoPlan.studentWidths,
        using: RandomGenerator(seed: seed &+ 50, on: device)
      )
      if kind != .labels, teacher == nil, !folder.contains("\(kind.fileName).safetensors") {
        teacher = try record(ensemble)
      }
      try train(
        network,
        named: "student on \(kind.rawValue)",
        file: kind.fileName,
        on: { plan.studentInputs(training, seed: seed) },
        toward: kind == .labels ? nil : teacher,
        minimizing: kind.loss(plan),
        using: plan.studentOptimizer()
      )
      students[kind] = network
    }
    return students
  }

  /// What the ensemble does at every training image, observed once. Off the CPU, memory may be too
  /// small for the derivatives: there the ensemble is observed at every batch.
  private func record(_ ensemble: Ensemble) throws -> any Teacher {
    guard device == .cpu else { return ensemble }
    console.progress.begin("ensemble observed", of: training.count, "images")
    let recorded = try RecordedTeacher(
      of: ensemble,
      on: training.inputs,
      derivatives: true,
      derivativeStorage: .bfloat16
    ) { done, _ in
      console.progress.update(done)
      if interruption.isRequested { throw stopped() }
    }
    console.progress.end()
    console.say(
      "derivatives are kept in BFloat16: relative error \(scientific(recorded.derivativeError))"
    )
    return recorded
  }

  /// Trains a network unless its file is there; goes on from its checkpoint if there is one.
  private func train(
    _ network: MLP,
    named name: String,
    file: String,
    on inputs: () -> ExampleBatches,
    toward teacher: (any Teacher)?,
    minimizing loss: Loss,
    using optimizer: any Optimizer
  ) throws {
    let weights = folder.file("\(file).safetensors")
    if FileManager.default.fileExists(atPath: weights.path) {
      try network.load(from: weights)
      console.say("\(name): finished before")
      return
    }
    if interruption.isRequested { throw stopped() }
    let inputs = inputs()
    let steps = inputs.stepCount!
    let checkpoint = "\(file).checkpoint.safetensors"
    console.progress.begin(name, of: steps)
    var smoothed: Double?
    let distiller = Distiller(
      network,
      minimizing: loss,
      using: optimizer,
      schedule: .linear(over: steps),
      seed: seed
    )
    let record = try distiller.run(
      on: inputs,
      observing: teacher,
      checkpointing: CheckpointPolicy(folder.file(checkpoint), everySeconds: 15)
    ) { step in
      smoothed = smoothed.map { $0 + 0.01 * (step.loss - $0) } ?? step.loss
      console.progress.update(step.step, loss: smoothed)
      return interruption.isRequested ? .stop : .proceed
    }
    console.progress.end()
    guard record.ending == .finished else { throw stopped() }
    if let ratio = record.gradientRatio { console.say("gradients at the first step: \(ratio)") }
    try network.save(to: weights, metadata: ["loss": loss.description, "seed": "\(seed)"])
    folder.remove(checkpoint)
    try folder.append(
      DemoMetric(
        network: name,
        steps: record.steps,
        seconds: record.seconds,
        loss: record.losses.latest ?? .nan
      )
    )
    try folder.save(progress: DemoProgress(finished: finished()))
  }

  /// The networks whose files are complete.
  private func finished() -> [String] {
    ((1...plan.members).map { "member-\($0)" } + DemoStudent.allCases.map(\.fileName))
      .filter { folder.contains("\($0).safetensors") }
  }

  private func stopped() -> Stopped {
    console.progress.end()
    let count = finished().count
    return Stopped(
      "stopped with \(count) of \(plan.members + DemoStudent.allCases.count) networks finished in "
        + "'\(folder.url.path)'; go on with: distill demo --resume \(folder.url.path)"
    )
  }
}

/// A line of the metrics: one network trained.
private struct DemoMetric: Codable {
  let network: String
  let steps: Int
  let seconds: Double
  let loss: Double
}

import Distill
import Foundation

extension Demo: CertifiableJob {
  package func certifiable(
    seed: UInt64,
    in folder: String,
    teacherFiles: [String]?,
    on device: Device,
    _ work: Work
  ) throws -> any Certifiable {
    try CertifiableDemo(
      self,
      seed: seed,
      teacherFiles: teacherFiles ?? memberFiles(in: folder),
      on: device,
      work
    )
  }

  /// Where the networks of its ensemble are in the folder of its run.
  func memberFiles(in folder: String) -> [String] {
    (1...members).map { "\(folder)/member-\($0).safetensors" }
  }
}

/// A run of `distill demo`: its ensemble, and its student on soft targets and derivatives.
package final class CertifiableDemo: Certifiable {
  package let subject = "mlp:" + DemoPlan.studentWidths.map(String.init).joined(separator: "-")
  package let teacher: any Teacher
  package let teacherNetworks: [any Module]
  package let test: Examples
  package let shape = [1, 28, 28]
  package let firstSeed: UInt64
  package let statedAccuracy: Double? = nil
  package let classes: [String]
  package let dataFiles: [HashedFiles]
  package let teacherFiles: [HashedFiles]
  package let ownFiles: [CompressionRole: String] = [
    .student: DemoStudent.derivatives.fileName + ".safetensors",
    .control: DemoStudent.labels.fileName + ".safetensors",
  ]
  private let plan: DemoPlan
  private let training: Examples
  private let device: Device
  private let work: Work
  private var observed: (any Teacher)?

  init(
    _ demo: Demo,
    seed: UInt64,
    teacherFiles: [String],
    on device: Device,
    _ work: Work
  ) throws {
    dataFiles = try demo.dataFiles().map {
      try HashedFiles("\(demo.data)/\($0.lastPathComponent)")
    }
    self.teacherFiles = try teacherFiles.map { try HashedFiles($0) }
    let images = try DemoImages(demo, on: device)
    (training, test, classes) = (images.training, images.test, images.classes)
    plan = DemoPlan(demo, images: training.count)
    let members = try teacherFiles.map { path in
      let member = MLP(DemoPlan.teacherWidths, using: RandomGenerator(seed: 0, on: device))
      try member.load(from: URL(fileURLWithPath: path))
      return member
    }
    teacherNetworks = members
    teacher = Ensemble(members)
    firstSeed = seed
    (self.device, self.work) = (device, work)
  }

  package var studentLoss: String { DemoStudent.derivatives.loss(plan).description }
  package var controlLoss: String { DemoStudent.labels.loss(plan).description }

  package func freshNetwork(seed: UInt64) -> any Module {
    plan.freshStudent(seed: seed, on: device)
  }

  package func trained(
    _ role: CompressionRole,
    seed: UInt64,
    named name: String,
    checkpoint: URL
  ) throws -> any Module {
    let kind: DemoStudent = role == .student ? .derivatives : .labels
    let network = plan.freshStudent(seed: seed, on: device)
    let inputs = plan.studentInputs(training, seed: seed)
    let target = role == .student ? try observedTeacher() : nil
    work.begin(name, of: inputs.stepCount)
    defer { work.end() }
    let record = try Distiller(
      network,
      minimizing: kind.loss(plan),
      using: plan.studentOptimizer(),
      schedule: .linear(over: inputs.stepCount!),
      seed: seed
    ).run(
      on: inputs,
      observing: target,
      checkpointing: CheckpointPolicy(checkpoint, everySeconds: 15)
    ) { [work] step in
      work.update(step.step, loss: step.loss)
      return work.isCancelled() ? .stop : .proceed
    }
    guard record.ending == .finished else { throw Stopped("stopped in '\(name)'") }
    return network
  }

  /// What the ensemble does at every training image, observed once, as the demo does.
  private func observedTeacher() throws -> any Teacher {
    if let observed { return observed }
    let table = try plan.observed(teacher, on: training, work) { [work] in
      if work.isCancelled() { throw Stopped("stopped in 'ensemble observed'") }
    }
    observed = table
    return table
  }
}

import Distill
import Foundation

/// A run of `distill demo`: its ensemble, and its student on soft targets and derivatives.
final class CertifiableDemo: Certifiable {
  let subject = "mlp:" + DemoPlan.studentWidths.map(String.init).joined(separator: "-")
  let teacher: any Teacher
  let teacherNetworks: [any Module]
  let test: Examples
  let shape = [1, 28, 28]
  let firstSeed: UInt64
  let statedAccuracy: Double? = nil
  let classes: [String]
  let dataFiles: [HashedFiles]
  let teacherFiles: [HashedFiles]
  let ownFiles: [CompressionRole: String] = [
    .student: DemoStudent.derivatives.fileName + ".safetensors",
    .control: DemoStudent.labels.fileName + ".safetensors",
  ]
  private let plan: DemoPlan
  private let training: Examples
  private let device: Device
  private let console: Console
  private let interruption: Interruption
  private var observed: (any Teacher)?

  init(
    _ recipe: Recipe<DemoOptions>,
    teacherFiles: [String],
    on device: Device,
    _ console: Console,
    _ interruption: Interruption
  ) throws {
    let options = recipe.options
    dataFiles = recipe.data.map {
      HashedFiles(
        path: "\(options.data)/\($0.name)",
        files: 1,
        bytes: $0.bytes,
        sha256: $0.sha256
      )
    }
    for files in dataFiles { try files.requireUnchanged() }
    self.teacherFiles = try teacherFiles.map { try HashedFiles($0) }
    let data = URL(fileURLWithPath: options.data)
    func examples(_ images: LabelledImages) -> Examples {
      Examples(images.images.moved(to: device), labels: images.labels.moved(to: device))
    }
    let images = try LabelledImages.fashionMNIST(in: data, .training)
    classes = images.classes
    let limited = images.prefix(options.limit ?? images.count)
    training = examples(limited)
    test = examples(try LabelledImages.fashionMNIST(in: data, .test))
    plan = DemoPlan(options, images: limited.count)
    let members = try teacherFiles.map { path in
      let member = MLP(DemoPlan.teacherWidths, using: RandomGenerator(seed: 0, on: device))
      try member.load(from: URL(fileURLWithPath: path))
      return member
    }
    teacherNetworks = members
    teacher = Ensemble(members)
    firstSeed = options.seed
    (self.device, self.console, self.interruption) = (device, console, interruption)
  }

  var studentLoss: String { DemoStudent.derivatives.loss(plan).description }
  var controlLoss: String { DemoStudent.labels.loss(plan).description }

  func freshNetwork(seed: UInt64) -> any Module { plan.freshStudent(seed: seed, on: device) }

  func trained(
    _ role: CompressionRole,
    seed: UInt64,
    named name: String,
    checkpoint: URL
  ) throws -> any Module {
    let kind: DemoStudent = role == .student ? .derivatives : .labels
    let network = plan.freshStudent(seed: seed, on: device)
    let inputs = plan.studentInputs(training, seed: seed)
    let target = role == .student ? try observedTeacher() : nil
    console.progress.begin(name, of: inputs.stepCount)
    defer { console.progress.end() }
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
    ) { [console, interruption] step in
      console.progress.update(step.step, loss: step.loss)
      return interruption.isRequested ? .stop : .proceed
    }
    guard record.ending == .finished else { throw Stopped("stopped in '\(name)'") }
    return network
  }

  /// What the ensemble does at every training image, observed once, as the demo does.
  private func observedTeacher() throws -> any Teacher {
    if let observed { return observed }
    let table = try plan.observed(teacher, on: training, console) { [interruption] in
      if interruption.isRequested { throw Stopped("stopped in 'ensemble observed'") }
    }
    observed = table
    return table
  }
}

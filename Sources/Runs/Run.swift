import Distill
import Foundation

/// Where the work of a run goes, who watches it, and how it is stopped.
///
/// A ``Job`` is handed one:
///
/// ```swift
/// func perform(_ run: Run) throws {
///   let network = MLP([784, 10], using: RandomGenerator(seed: run.seed))
///   try run.train(network, named: "student", file: "student", on: { batches },
///     minimizing: .crossEntropy(), using: Adam()) { "nothing" }
///   let score = try run.kept("score") { try measured(network) }
///   try run.folder.write("\(score)\n", to: "table.txt")
/// }
/// ```
public struct Run {
  public let folder: RunFolder
  public let seed: UInt64
  public let device: Device
  public let work: Work
  /// The executable file that a certificate names; nil for this program's.
  package var program: Provenance.Content?

  /// The command line that resumes the run.
  package var resumeCommand: String { "distill \(folder.command) --resume \(folder.url.path)" }

  /// Ends the run here if it was asked to stop.
  ///
  /// - Parameter done: What is finished, such as "3 of 20 networks".
  /// - Throws: `Stopped`.
  public func stopIfAsked(_ done: @autoclosure () -> String) throws {
    if work.isCancelled() { throw stopped(done()) }
  }

  /// What to throw when the run was asked to stop.
  public func stopped(_ done: String) -> Stopped {
    work.end()
    return Stopped(
      "stopped with \(done) finished in '\(folder.url.path)'; resume with: \(resumeCommand)"
    )
  }

  /// Trains a network into `FILE.safetensors` of the folder, unless that is there already; goes on
  /// from its checkpoint if there is one.
  ///
  /// - Parameters:
  ///   - name: For the progress line, such as "member 1 of 5".
  ///   - file: The file's name without its extension.
  ///   - inputs: Asked for only when there is something to train.
  ///   - teacher: Observed at each batch; nil for losses on labels.
  ///   - schedule: The default lets the learning rate fall linearly to 0.
  ///   - done: What of the run is finished, for the sentence that says that it was stopped.
  ///   - measure: Called when the training has ended, before the network is there, with what tells the
  ///     values of the loss's terms at a batch.
  /// - Returns: What happened, or nil when the network was finished before.
  /// - Throws: `Stopped` with a checkpoint written, when the run was asked to stop.
  @discardableResult
  public func train<Network: Module>(
    _ network: Network,
    named name: String,
    file: String,
    on inputs: () throws -> any Inputs,
    toward teacher: (any Teacher)? = nil,
    minimizing loss: Loss,
    using optimizer: any Optimizer,
    schedule: Schedule? = nil,
    done: () -> String,
    measuring measure: (_ terms: (Batch) throws -> [TermValue]) throws -> Void = { _ in }
  ) throws -> TrainingRecord? {
    let weights = folder.file("\(file).safetensors")
    if FileManager.default.fileExists(atPath: weights.path) {
      try network.load(from: weights)
      // Where it was stopped between the network and what follows.
      folder.remove("\(file).checkpoint.safetensors")
      work.note("\(name): finished before")
      return nil
    }
    try stopIfAsked(done())
    let inputs = try inputs()
    let checkpoint = "\(file).checkpoint.safetensors"
    work.begin(name, of: inputs.stepCount)
    var report = TrainingReport(to: work)
    let distiller = Distiller(
      network,
      minimizing: loss,
      using: optimizer,
      schedule: schedule ?? inputs.stepCount.map { .linear(over: $0) } ?? .constant,
      seed: seed
    )
    let record = try distiller.run(
      on: inputs,
      observing: teacher,
      checkpointing: CheckpointPolicy(folder.file(checkpoint), everySeconds: 15),
      measuringTerms: work.termShare
    ) { step in
      report.take(step)
      return work.isCancelled() ? .stop : .proceed
    }
    work.end()
    guard record.ending == .finished else { throw stopped(done()) }
    if let ratio = record.gradientRatio { work.note("gradients at the first step: \(ratio)") }
    try measure { try distiller.termValues(on: $0, observing: teacher) }
    // The network last: when it is there, all is done.
    try note(name, record)
    try network.save(to: weights, metadata: ["loss": loss.description, "seed": "\(seed)"])
    folder.remove(checkpoint)
    return record
  }

  /// Puts what a training took into the metrics.
  package func note(_ name: String, _ record: TrainingRecord) throws {
    try folder.record(
      [
        TrainingMetric(
          network: name,
          step: record.steps,
          loss: record.losses.latest ?? .nan,
          seconds: record.seconds
        )
      ],
      by: "network"
    )
  }
}

import Distill
import Foundation

/// What `distill observe` is asked: a teacher, data, and what is kept of what it says.
///
/// ```swift
/// var options = ObserveOptions(teacher: ["model.pt2"], data: DataSource("photos"), out: "observed")
/// options.form = .mostProbable(20)
/// let store = try options.run()
/// print(store.summary)
/// ```
public struct ObserveOptions {
  /// As of `CompressOptions`.
  public var teacher: [String]
  /// A program that is asked instead, which gives derivatives, too, where they are kept.
  public var teacherCommand: String?
  package var teacherProgram = ProgramTeacher.Settings()
  public var teacherModel: String?
  public var output: String?
  public var renames: [String] = []
  public var data: DataSource
  public var areReals = false
  public var task: CompressionTask?
  public var normalize: String?
  public var form = ObservationForm.float32
  /// Whether derivatives with respect to the inputs are kept: outputs × inputs numbers an example.
  public var derivatives = false
  /// Layers whose values are kept; `members` of an ensemble.
  public var features: [String] = []
  /// How many examples are asked about at once, and kept in one file.
  public var chunk = 1_000
  public var shard = Shard.whole
  /// The store's folder.
  public var out: String
  /// Whether there must be a store to go on with.
  public var resumes = false

  public init(teacher: [String], data: DataSource, out: String) {
    (self.teacher, self.data, self.out) = (teacher, data, out)
  }

  /// Refuses numbers out of their bounds and texts that say nothing, before any file is read.
  ///
  /// - Parameter name: How an option is called where it was given. The default is the name here.
  /// - Throws: `RunError` in one sentence that names the option.
  public func check(naming name: (String) -> String = { $0 }) throws {
    try teacherProgram.check(naming: name)
    try requireCount(name("chunk"), chunk)
    guard !features.contains("") else {
      throw RunError(
        "\(name("features")) \(features.joined(separator: ",")): write names of layers, such as 1,3"
      )
    }
    try data.check(naming: name)
    _ = try Normalization(normalize)
    _ = try renames.map { try WeightRenaming($0) }
  }

  /// Observes what is not there yet.
  ///
  /// - Returns: The store, with all that is in it: also that of other shards.
  /// - Throws: `RunError` in one sentence for what cannot be; `Stopped` when work was cancelled: what
  ///   is done is kept.
  @discardableResult
  public func run(on device: Device = .cpu, _ work: Work = .silent) throws -> ObservationStore {
    try check()
    let folder = URL(fileURLWithPath: out)
    guard !resumes || ObservationStore.isOne(out) else {
      throw RunError("--resume: there is no store in '\(out)' to go on with")
    }
    var options = CompressOptions(teacher: teacher, data: data)
    (options.teacherModel, options.renames) = (teacherModel, renames)
    options.output = output
    (options.areReals, options.task, options.normalize) = (areReals, task, normalize)
    let preparation = CompressionPreparation(options: options, device: device, work: work)
    let recorder = try preparation.recorder(self, in: folder)
    let description = recorder.description
    let store = try recorder.record(shard.share(of: description.chunkCount), work)
    try preparation.compareCompositions(recorder, shard)
    return store
  }
}

/// Observes a teacher for `distill observe`, and shows the store.
package func runObserve(_ options: ObserveOptions, on device: Device, _ work: Work) throws {
  let store = try options.run(on: device, work)
  work.show(store.summary, store.facts)
  guard !store.isComplete else { return }
  work.note(
    "\(grouped(store.description.inputs.count - store.count)) examples are left to other shards; their "
      + "files belong into '\(options.out)', too"
  )
}

/// Brings the files of several stores into one for `distill observe --merge`, and shows it.
package func runMerge(_ folders: [String], into out: String, _ work: Work) throws {
  let places = folders.map { URL(fileURLWithPath: $0) }
  let store = try ObservationStore.merge(places, into: URL(fileURLWithPath: out), work)
  work.show(store.summary, store.facts)
}

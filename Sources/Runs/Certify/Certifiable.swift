import Distill
import Foundation
import Mathematics

/// A run whose networks can be trained again, with any seed, to be certified.
package protocol Certifiable {
  /// The student's network, as a specification says it.
  var subject: String { get }
  var studentLoss: String { get }
  var controlLoss: String { get }
  var teacher: any Teacher { get }
  /// What the teacher is made of: one network, or the members of an ensemble.
  var teacherNetworks: [any Module] { get }
  /// Examples that served for nothing else.
  var test: Examples { get }
  /// Of one input: `[features]`, or `[channels, height, width]`.
  var shape: [Int] { get }
  /// Changes of the inputs that networks are measured on, too. The default is all that inputs of the
  /// shape have.
  var shifts: [Shift] { get }
  /// The seed of the student that the run itself trained.
  var firstSeed: UInt64 { get }
  /// How the student's network was chosen; nil where it was named.
  var choice: String? { get }
  /// The accuracy that the teacher is said to have, where that was said.
  var statedAccuracy: Double? { get }
  /// The names of the classes, in the order of the labels.
  var classes: [String] { get }
  var dataFiles: [HashedFiles] { get }
  var teacherFiles: [HashedFiles] { get }
  /// The names of the files that the run itself wrote its networks of ``firstSeed`` to.
  var ownFiles: [CompressionRole: String] { get }

  /// A network of the student's kind with the first weights of a seed.
  func freshNetwork(seed: UInt64) -> any Module

  /// Trains a network with the run's budget, or on from its checkpoint.
  ///
  /// - Throws: `Stopped` when an interruption came; the checkpoint has what was done.
  func trained(
    _ role: CompressionRole,
    seed: UInt64,
    named name: String,
    checkpoint: URL
  ) throws -> any Module
}

extension Certifiable {
  package var shifts: [Shift] { Shift.standard(for: shape) }
  package var choice: String? { nil }
}

/// A job of which a student can be certified.
package protocol CertifiableJob: Job {
  /// - Parameters:
  ///   - folder: Of the run; its teacher and choices are there.
  ///   - teacherFiles: Where they are, if not in that folder.
  /// - Throws: `RunError` when the run has no student beside a control.
  func certifiable(
    seed: UInt64,
    in folder: String,
    teacherFiles: [String]?,
    on device: Device,
    _ work: Work
  ) throws -> any Certifiable
}

/// The run that a recipe describes.
///
/// - Parameters:
///   - folder: Of the run; a demo has its teacher there.
///   - teacherFiles: Where the teacher is that a run has in its own folder, if not in that.
///   - known: Jobs that the recipe may be of.
/// - Throws: `RunError` when the recipe is of another command, or a file is not what it was.
package func certifiableRun(
  recipe text: String,
  folder: String,
  teacherFiles: [String]? = nil,
  among known: Catalogue<any Job.Type>,
  on device: Device,
  _ work: Work
) throws -> any Certifiable {
  if try recordedCommand(text) == CompressOptions.name {
    let plan = try Recipe<CompressionPlan>(yaml: text).options.located(in: folder)
    guard plan.search == nil || plan.search?.chosen != nil else {
      throw RunError(
        "the search of the run in '\(folder)' is not finished: resume with distill compress "
          + "--resume \(folder)"
      )
    }
    guard plan.fit == nil || plan.fit?.chosen != nil else {
      throw RunError(
        "the run in '\(folder)' has not chosen its student yet: resume with distill compress "
          + "--resume \(folder)"
      )
    }
    let task = plan.data.task
    guard task == .embeddings || plan.data.isLabelled && task != .regression else {
      throw RunError(
        "a certificate says how well labels of classes are predicted, and the run in '\(folder)' has "
          + (plan.data.isLabelled ? "real numbers; its report has their R²" : "no labels")
      )
    }
    let place = plan.teacher.place(teacherFiles) ?? folder
    return CertifiableCompression(
      try CompressionTraining(plan, in: place, on: device, work),
      in: place
    )
  }
  let text = try Demo.recipeOfToday(text)
  guard let name = recordedExperiment(text), known[name] != nil,
    case let recipe = try JobRecipe(yaml: text, among: known),
    let job = recipe.job as? any CertifiableJob
  else {
    throw RunError(
      "only runs of distill compress, demo, predictive, generative fit, graphs and tables can be "
        + "certified, and the recipe of '\(folder)' is of none of them"
    )
  }
  let data = try job.dataFiles().map { try Provenance.Content($0) }
  guard try RecipeOrigin(yaml: text).data == data else {
    throw RunError("the data files are not those that the run in '\(folder)' was made with")
  }
  return try job.certifiable(
    seed: recipe.seed,
    in: folder,
    teacherFiles: teacherFiles,
    on: device,
    work
  )
}

/// A run of `distill compress`.
package struct CertifiableCompression: Certifiable {
  package let training: CompressionTraining
  private let folder: String

  /// - Parameter folder: Of the run, which keeps what a program answered.
  package init(_ training: CompressionTraining, in folder: String) {
    (self.training, self.folder) = (training, folder)
  }

  package var subject: String { training.plan.studentWords }
  package var studentLoss: String {
    let further = training.plan.data.transfer.map {
      " on the examples and \(grouped($0.count)) further inputs without labels"
    }
    return training.plan.loss + (further ?? "") + changes
  }
  package var controlLoss: String { training.plan.controlLoss + changes }
  /// Of the images, and of what classes count for, in words.
  private var changes: String {
    (training.plan.training.augmentation.map { ", on images changed by \($0)" } ?? "")
      + (training.plan.classWeights == nil ? "" : ", classes weighted")
  }
  package var teacher: any Teacher { training.teacher }
  package var teacherNetworks: [any Module] { training.teacherNetworks }
  package var test: Examples { training.data.test }
  package var shape: [Int] { training.data.shape }
  package var firstSeed: UInt64 { training.plan.seed }
  package var choice: String? { training.plan.fit?.choice }
  package var statedAccuracy: Double? { training.plan.teacher.statedAccuracy }
  package var classes: [String] { training.plan.data.classes }
  package var dataFiles: [HashedFiles] {
    training.plan.data.files + (training.plan.data.transfer?.files ?? [])
  }
  package var teacherFiles: [HashedFiles] { training.plan.teacher.located(in: folder).files }
  package var ownFiles: [CompressionRole: String] {
    [.student: CompressionRun.studentFile, .control: CompressionRun.controlFile]
  }

  package func freshNetwork(seed: UInt64) -> any Module { training.freshNetwork(seed: seed) }

  package func trained(
    _ role: CompressionRole,
    seed: UInt64,
    named name: String,
    checkpoint: URL
  ) throws -> any Module {
    let trained = try training.train(role, seed: seed, named: name, checkpoint: checkpoint)
    if let remark = trained.remark { training.work.note("\(name): \(remark)") }
    return trained.network
  }
}

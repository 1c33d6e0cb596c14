import Distill
import Foundation

/// Work that a recipe file describes, for `distill run Recipes/NAME.yaml` and ``JobRecipe``.
///
/// The stored properties are the options. A recipe names the job and gives the options that differ
/// from those of ``init()``:
///
/// ```yaml
/// experiment: compression
/// seed: 1
/// images: [600, 6000]
/// ```
///
/// A job of one's own joins a catalogue: `Snippets/OwnJob.swift` is a program with one.
public protocol Job: Codable, Equatable, SendableMetatype {
  /// What a recipe's line `experiment:` says.
  static var name: String { get }

  /// The job with the default of every option.
  init()

  /// Refuses options that cannot be, before any file is read.
  ///
  /// - Throws: One sentence. The default refuses nothing.
  func check() throws

  /// The files it reads, whose hashes go into the recipe of the run. The default are none.
  ///
  /// - Throws: One sentence when one is not there, that says how to get it.
  func dataFiles() throws -> [URL]

  /// Does the work that is not done yet in the run's folder, shows its tables, and writes its report.
  ///
  /// - Throws: `Stopped` when it was asked to stop; all that was finished is kept.
  func perform(_ run: Run) throws
}

extension Job {
  public func check() throws {}

  public func dataFiles() throws -> [URL] { [] }
}

extension Catalogue<any Job.Type> {
  /// The jobs of this room: a new one joins in one line.
  public static let standard = Catalogue(
    Demo.self,
    CompressOptions.self,
    PredictivePlan.self,
    GenerativeTraining.self,
    GenerativeFit.self,
    GenerativeDemo.self
  )

  public init(_ jobs: any Job.Type...) {
    self.init()
    for job in jobs { add(job) }
  }

  /// Adds a job by its name.
  public mutating func add(_ job: any Job.Type) { add(job.name, job) }
}

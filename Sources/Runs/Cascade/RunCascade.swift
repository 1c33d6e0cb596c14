import Compression
import Distill
import Foundation

/// What `distill cascade` is asked.
package struct CascadeOptions {
  /// The folder of a finished run of `distill compress`.
  package var run: String
  package var risk: Double
  package var level: Double
  /// The share of the test examples that the threshold is found on.
  package var calibration: Double
  package var seed: UInt64

  package init(
    run: String,
    risk: Double = 0.01,
    level: Double = 0.95,
    calibration: Double = 0.5,
    seed: UInt64 = 1
  ) {
    (self.run, self.risk, self.level) = (run, risk, level)
    (self.calibration, self.seed) = (calibration, seed)
  }

  /// Refuses numbers out of their bounds.
  ///
  /// - Throws: `RunError` that names the option.
  package func check(naming name: (String) -> String = { $0 }) throws {
    let shares = [("risk", risk), ("confidence", level), ("calibration", calibration)]
    for (key, share) in shares { try requireNumbers(name(key), [share], .innerShare) }
  }
}

/// Finds when a run's student hands over to its teacher, measures the two together, and writes both into
/// `cascade.json` of the run's folder.
///
/// The test examples of the run, which chose nothing, are parted in two at random: one part finds the
/// threshold, the other measures.
///
/// - Throws: `RunError` when the run has no student that tells classes apart, or the examples are too few.
package func runCascade(
  _ options: CascadeOptions,
  on device: Device,
  _ work: Work
) throws -> Cascade {
  let folder = try finishedRun(options.run)
  let place = folder.url
  guard try folder.loadHeader().command == "compress" else {
    throw RunError(
      "'\(options.run)' is no run of distill compress: a cascade needs a student and its teacher"
    )
  }
  let lock = try RunLock(place)
  defer { lock.release() }
  try folder.enterDirectory()
  let plan = try CompressionPlan.recorded(in: folder)
  guard plan.data.task == .classes else {
    throw RunError(
      "the student of '\(options.run)' gives \(plan.data.task.words): a cascade is of classes"
    )
  }
  let training = try CompressionTraining(plan, in: place.path, on: device, work)
  let file = folder.file(CompressionRun.studentFile)
  let network = training.freshNetwork(seed: plan.seed)
  try network.load(from: file)

  let test = training.data.test
  let taught = try training.teacherPredictions(.test)
  let learnt = try ClassPredictions(of: Ensemble([network]), on: test)
  let settings = CascadeSettings(
    risk: options.risk,
    level: options.level,
    calibration: Int((Double(test.count) * options.calibration).rounded()),
    seed: options.seed
  )
  let (calibrating, testing) = try settings.parts(of: test.count)
  let confidence = learnt.confidence.scalars(Double.self)
  let agrees = learnt.agreement(with: taught).scalars(Double.self).map { $0 == 1 }
  let threshold = try CascadeThreshold(settings, student: learnt, teacher: taught, on: calibrating)

  let isOwn = confidence.map(threshold.answers)
  func share(_ isHit: (Int) -> Bool) -> Cascade.Share {
    Cascade.Share(testing.count(where: isHit), of: testing.count)
  }
  let rights = [learnt, taught].map { $0.correctness.scalars(Double.self).map { $0 == 1 } }
  let isLabelled = plan.data.isLabelled
  let hasNetworks = training.teacherNetworks.contains { $0.parameterCount > 0 }
  let cascade = Cascade(
    threshold: threshold,
    student: try HashedFiles(file.path).sha256,
    seed: options.seed,
    answered: share { isOwn[$0] },
    disagreement: share { isOwn[$0] && !agrees[$0] },
    studentDisagreement: share { !agrees[$0] },
    accuracy: isLabelled ? share { isOwn[$0] ? rights[0][$0] : rights[1][$0] } : nil,
    studentAccuracy: isLabelled ? share { rights[0][$0] } : nil,
    teacherAccuracy: isLabelled ? share { rights[1][$0] } : nil,
    studentMicroseconds: try microseconds(of: Ensemble([network]), test),
    teacherMicroseconds: hasNetworks
      ? try microseconds(of: Ensemble(training.teacherNetworks), test) : nil
  ).sealed()
  try folder.write(prettyJson(cascade), to: Cascade.name)
  work.show(cascade.text, cascade)
  work.note(
    "the threshold is in \(folder.file(Cascade.name).path): distill predict says what it hands over"
  )
  if folder.contains(CertificateFile.name) {
    work.note("to have it in the certificate: distill certify \(place.path)")
  }
  return cascade
}

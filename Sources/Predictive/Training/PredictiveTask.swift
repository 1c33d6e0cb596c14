import Distillation
import Exchange
import Reporting

/// A plan with its draws and data: trains the student, and compares it with its draws.
package struct PredictiveTask {
  package let plan: PredictivePlan
  /// Where all random numbers start from.
  package let seed: UInt64
  package let prepared: PredictivePreparation
  /// Where checkpoints and metrics go; nil for nowhere.
  package let folder: RunFolder?
  package let work: Work

  package init(
    plan: PredictivePlan,
    seed: UInt64,
    prepared: PredictivePreparation,
    folder: RunFolder?,
    work: Work
  ) {
    self.plan = plan
    self.seed = seed
    self.prepared = prepared
    self.folder = folder
    self.work = work
  }

  package var family: PredictiveFamilyName { plan.family }
  package var isOnline: Bool { plan.student.isOnline }

  /// What training gave.
  package struct Trained {
    package let student: CompactStudent
    package let isStopped: Bool
    package let problem: PredictiveProblem
    /// All draws, or online a bounded number of them, as they were written.
    package let seen: RetainedDraws
  }

  /// Trains the student.
  ///
  /// - Throws: `Stopped` where it was asked to stop before there was a student.
  package func trained() throws -> Trained {
    plan.model.isDensity
      ? try trainDensity(prepared.problem, prepared.source)
      : try trainStudent(prepared.problem, prepared.source)
  }

  /// How far a student is from its draws, with charts for people.
  package func certificate(
    of trained: Trained,
    _ diagnosis: DrawDiagnosis
  ) throws -> (PredictiveCertificate, [any Chart]) {
    let (student, problem) = (trained.student, trained.problem)
    let bag = try trained.seen.bag.map(problem.change)
    var (certificate, charts): (PredictiveCertificate, [any Chart])
    if let inputs = prepared.compared {
      if let model = problem.model as? LinearPredictorModel, model.quantity == .means {
        (certificate, charts) =
          try OutcomeCertifier(task: self, student, problem, model, bag, inputs).certify()
      } else if problem.model is TabulatedOutcomes {
        (certificate, charts) =
          try DrawnOutcomeCertifier(student, problem, bag, inputs).certify()
      } else {
        (certificate, charts) =
          try ClassCertifier(task: self, student, problem, bag, inputs, prepared.sampling)
          .certify()
      }
    } else {
      (certificate, charts) = try DensityCertifier(task: self, student, problem, bag).certify()
    }
    certificate.teacher = diagnosis
    certificate.nameOptions(of: plan.model)
    return (certificate, charts)
  }
}

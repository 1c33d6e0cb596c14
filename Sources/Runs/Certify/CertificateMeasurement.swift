import Distill
import Foundation

/// Measures what a certificate says: on clean and on shifted inputs, and what models cost.
package struct CertificateMeasurement {
  package let run: any Certifiable
  package let students: [any Module]
  package let controls: [any Module]
  package let rule: CertificateRule
  package let shiftSeed: UInt64
  /// What a cascade of the students is to promise; nil for no cascade.
  package let cascade: CascadeSettings?
  package let work: Work

  /// The clean inputs first, then every standard shift of inputs of their shape.
  ///
  /// - Parameter cost: Of a cascade, where that was measured elsewhere.
  package func settings(cascadeCost cost: CertifiedCascade.Cost? = nil) throws -> Settings {
    // Answers alone say nothing about other inputs.
    let isTable = run.teacherNetworks.contains { $0 is any RecordedAnswers }
    let shifts: [Shift?] = [nil] + (isTable ? [] : run.shifts)
    var calibrations: [String: Calibration] = [:]
    var recalls: [String: ClassRecalls] = [:]
    var cascaded: CertifiedCascade?
    work.begin("measured", of: shifts.count, "versions of the test inputs")
    defer { work.end() }
    let settings = try shifts.enumerated().map { index, shift in
      if work.isCancelled() { throw Stopped("stopped while measuring") }
      let seed = shiftSeed &+ UInt64(index)
      let examples = shift.map { run.test.shifted(by: $0, run.shape, seed) } ?? run.test
      let teacher = try ClassPredictions(of: run.teacher, on: examples)
      let students = try students.map { try ClassPredictions(of: Ensemble([$0]), on: examples) }
      let controls = try controls.map { try ClassPredictions(of: Ensemble([$0]), on: examples) }
      let setting = try CertifiedSetting(
        shift,
        teacher: teacher,
        students: students,
        controls: controls,
        rule: rule,
        seed: seed
      )
      if shift == nil {
        calibrations = Certificate.calibrations(
          teacher: teacher,
          students: students,
          controls: controls
        )
        recalls = Certificate.recalls(teacher: teacher, students: students, controls: controls)
        cascaded = try cascade.map {
          try CertifiedCascade($0, teacher: teacher, students: students) {
            try cost ?? cascadeCost($0, $1)
          }
        }
      }
      work.update(index + 1)
      return setting
    }
    return Settings(
      settings: settings,
      calibrations: calibrations,
      recalls: recalls,
      cascade: cascaded
    )
  }

  /// What was measured, on all versions of the inputs and on the clean ones.
  package struct Settings {
    package let settings: [CertifiedSetting]
    package let calibrations: [String: Calibration]
    package let recalls: [String: ClassRecalls]
    package let cascade: CertifiedCascade?
  }

  /// How long one example after another takes, by the teacher alone and by both: some examples, the best of
  /// three tries.
  private func cascadeCost(
    _ threshold: CascadeThreshold,
    _ rows: [Int]
  ) throws -> CertifiedCascade.Cost? {
    guard run.teacherNetworks.contains(where: { $0.parameterCount > 0 }) else { return nil }
    let examples = try rows.prefix(200).map { try run.test.inputs(at: [$0]) }
    let student = Ensemble([students[0]])
    func seconds(_ answer: (Tensor) throws -> Void) throws -> Double {
      let clock = ContinuousClock()
      var best = Double.infinity
      for _ in 0..<3 {
        if work.isCancelled() { throw Stopped("stopped while timing the cascade") }
        let start = clock.now
        for input in examples { try answer(input) }
        best = min(best, (clock.now - start) / .seconds(1) / Double(examples.count))
      }
      return best
    }
    func ask(_ model: any Teacher, _ input: Tensor) throws -> Double {
      try model.observe(input).logProbabilities().maximum().doubleValue
    }
    return CertifiedCascade.Cost(
      cascade: try seconds { input in
        let confidence = exp(try ask(student, input))
        if !threshold.answers(at: confidence) { _ = try ask(run.teacher, input) }
      },
      teacher: try seconds { _ = try ask(run.teacher, $0) }
    )
  }

  /// What the teacher and one student cost.
  package func costs() throws -> (teacher: ModelCost, student: ModelCost) {
    work.note("timing the teacher and the student on batches of 1 and 64")
    return (
      try cost(run.teacher, run.teacherNetworks), try cost(Ensemble([students[0]]), [students[0]])
    )
  }

  /// The sizes of both, with times and memory that were measured elsewhere.
  package func costs(
    timedAs known: (teacher: ModelCost, student: ModelCost)
  ) throws -> (teacher: ModelCost, student: ModelCost) {
    (
      try size(of: run.teacherNetworks, known.teacher.latencies, known.teacher.memory),
      try size(of: [students[0]], known.student.latencies, known.student.memory)
    )
  }

  private func size(
    of networks: [any Module],
    _ latencies: [Latency],
    _ memory: PeakMemory?
  ) throws -> ModelCost {
    let one = try batch(1)
    return ModelCost(
      parameters: networks.reduce(0) { $0 + $1.parameterCount },
      bytes: networks.reduce(0) { $0 + $1.byteCount },
      multiplyAdds: networks.reduce(0) { $0 + $1.multiplyAdds(for: one) },
      latencies: latencies,
      memory: memory
    )
  }

  private func batch(_ size: Int) throws -> Tensor {
    try run.test.inputs(at: (0..<size).map { $0 % run.test.count })
  }

  private func cost(_ model: any Teacher, _ networks: [any Module]) throws -> ModelCost {
    func evaluate(_ inputs: Tensor) throws {
      _ = try model.observe(inputs).values.scalars(Float.self)
    }
    let (one, many) = (try batch(1), try batch(64))
    let latencies = try [(1, one), (64, many)].map { size, inputs in
      if work.isCancelled() { throw Stopped("stopped while timing") }
      return try Latency.measure(batch: size) { try evaluate(inputs) }
    }
    return try size(of: networks, latencies, PeakMemory.measure { try evaluate(many) })
  }
}

extension Examples {
  /// The same with shifted inputs. Those that are fetched are shifted part by part.
  fileprivate func shifted(by shift: Shift, _ shape: [Int], _ seed: UInt64) -> Examples {
    guard areFetched else {
      return Examples(shift.apply(to: inputs, shape: shape, seed: seed), labels: labels)
    }
    return Examples(fetching: ShiftedInputs(self, shift, shape, seed), labels: labels)
  }
}

/// Inputs that are fetched and then shifted, with random numbers of the first of each part.
private final class ShiftedInputs: FetchedInputs {
  private let examples: Examples
  private let shift: Shift
  private let form: [Int]
  private let seed: UInt64

  init(_ examples: Examples, _ shift: Shift, _ form: [Int], _ seed: UInt64) {
    (self.examples, self.shift, self.form, self.seed) = (examples, shift, form, seed)
  }

  var count: Int { examples.count }
  var shape: [Int] { examples.inputShape }
  var device: Device { examples.device }

  func rows(_ places: [Int], then next: (Int) -> [Int]?) throws -> Tensor {
    let inputs = try examples.inputs(at: places, then: next)
    return shift.apply(to: inputs, shape: form, seed: mixed(seed, places.first ?? 0))
  }
}

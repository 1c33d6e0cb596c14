import Distill
import Foundation

/// Measures what a certificate says: on clean and on shifted inputs, and what models cost.
package struct CertificateMeasurement {
  package let run: any Certifiable
  package let students: [any Module]
  package let controls: [any Module]
  package let rule: CertificateRule
  package let shiftSeed: UInt64
  package let work: Work

  /// The clean inputs first, then every standard shift of inputs of their shape.
  package func settings() throws -> Settings {
    // Answers alone say nothing about other inputs.
    let isTable = run.teacherNetworks.contains { $0 is any RecordedAnswers }
    let shifts: [Shift?] = [nil] + (isTable ? [] : run.shifts)
    var calibrations: [String: Calibration] = [:]
    var recalls: [String: ClassRecalls] = [:]
    work.begin("measured", of: shifts.count, "versions of the test inputs")
    defer { work.end() }
    let settings = try shifts.enumerated().map { index, shift in
      if work.isCancelled() { throw Stopped("stopped while measuring") }
      let seed = shiftSeed &+ UInt64(index)
      let inputs =
        shift?.apply(to: run.test.inputs, shape: run.shape, seed: seed) ?? run.test.inputs
      let examples = Examples(inputs, labels: run.test.labels)
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
      }
      work.update(index + 1)
      return setting
    }
    return Settings(settings: settings, calibrations: calibrations, recalls: recalls)
  }

  /// What was measured, on all versions of the inputs and on the clean ones.
  package struct Settings {
    package let settings: [CertifiedSetting]
    package let calibrations: [String: Calibration]
    package let recalls: [String: ClassRecalls]
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
      size(of: run.teacherNetworks, known.teacher.latencies, known.teacher.memory),
      size(of: [students[0]], known.student.latencies, known.student.memory)
    )
  }

  private func size(
    of networks: [any Module],
    _ latencies: [Latency],
    _ memory: PeakMemory?
  ) -> ModelCost {
    let one = batch(1)
    return ModelCost(
      parameters: networks.reduce(0) { $0 + $1.parameterCount },
      bytes: networks.reduce(0) { $0 + $1.byteCount },
      multiplyAdds: networks.reduce(0) { $0 + $1.multiplyAdds(for: one) },
      latencies: latencies,
      memory: memory
    )
  }

  private func batch(_ size: Int) -> Tensor {
    let rows = Tensor((0..<size).map { $0 % run.test.count }).moved(to: run.test.inputs.device)
    return run.test.inputs[rows: rows]
  }

  private func cost(_ model: any Teacher, _ networks: [any Module]) throws -> ModelCost {
    func evaluate(_ inputs: Tensor) throws {
      _ = try model.observe(inputs).values.scalars(Float.self)
    }
    let (one, many) = (batch(1), batch(64))
    let latencies = try [(1, one), (64, many)].map { size, inputs in
      if work.isCancelled() { throw Stopped("stopped while timing") }
      return try Latency.measure(batch: size) { try evaluate(inputs) }
    }
    return size(of: networks, latencies, try PeakMemory.measure { try evaluate(many) })
  }
}

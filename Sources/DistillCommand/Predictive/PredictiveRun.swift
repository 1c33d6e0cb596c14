import Distill
import Foundation

/// One run of `distill predictive`: draws in, student and certificate out.
struct PredictiveRun {
  static let student = "student.json"
  static let weights = "student.safetensors"
  static let certificate = "certificate.json"

  let options: PredictiveCommand
  let folder: RunFolder
  let console: Console
  let interruption: Interruption

  var seed: UInt64 { options.common.seed }
  var family: PredictiveFamilyName { options.student.family ?? options.model.families[0] }
  var isOnline: Bool { options.student.online }

  func perform() throws {
    let data = try readData()
    let draws = try openDraws(data)
    var problem = try PredictiveProblem(options, draws.layout, data)
    if options.certify, options.data.heldOut == nil { problem.holdOut(seed: seed) }
    let trained =
      options.model.isDensity
      ? try trainDensity(problem, draws.source) : try trainStudent(problem, draws.source)
    try write(trained.student)
    if trained.isStopped {
      throw Stopped(
        "stopped early; the student so far is in \(folder.file(Self.student).path); go on with: "
          + "distill predictive --resume \(folder.url.path)"
      )
    }
    let diagnosis = report(trained.seen, divergences: draws.source.divergences)
    console.show("\n\(shortened("\(trained.student)"))\n", Answer(trained.student))
    if options.certify {
      try certify(trained.student, trained.problem, trained.seen, data, diagnosis, draws.sampling)
    }
    folder.remove(StudentTraining.checkpoint)
    folder.remove(DensityTraining.checkpoint)
    try folder.save(progress: Nothing(), isFinished: true)
    console.say(
      "the student is \(folder.file(Self.student).path); use it with: "
        + "distill predict \(folder.file(Self.student).path)"
        + (trained.student.isDensity ? "" : " --data FILE")
    )
  }

  /// What training gave.
  struct Trained {
    let student: CompactStudent
    let isStopped: Bool
    let problem: PredictiveProblem
    /// All draws, or online a bounded number of them, as they were written.
    let seen: SeenDraws
  }

  private struct Answer: Encodable {
    var event = "student"
    let formula: String
    let parameters: Int

    init(_ student: CompactStudent) {
      (formula, parameters) = (student.description, student.parameterCount)
    }
  }

  private func shortened(_ text: String) -> String {
    text.count <= 1_200 ? text : text.prefix(1_200) + " … (all of it is in \(Self.student))"
  }

  /// The table of inputs, where one was named.
  private func readData() throws -> PredictiveData? {
    guard let path = options.data.data else { return nil }
    if options.model.isDensity {
      guard options.draws.draws.isEmpty else { return nil }
      return try PredictiveData.ofOutcomes(
        path,
        options.data.outcome,
        header: CSV.Header(options.data.header)
      )
    }
    let isOfClasses = options.model.isOfClasses(options.draws)
    let data = try PredictiveData.read(
      path,
      outcome: options.data.outcome,
      ignoring: options.data.ignore,
      header: CSV.Header(options.data.header),
      ofClasses: isOfClasses
    )
    for remark in data.remarks { console.say("\(path): \(remark)") }
    return data
  }

  private func openDraws(
    _ data: PredictiveData?
  ) throws -> (source: any DrawSource, layout: DrawLayout, sampling: BuiltInSampling?) {
    guard options.draws.draws.isEmpty else {
      var layout: DrawLayout?
      let file = try DrawFile(
        options.draws.draws,
        divergences: options.draws.divergent,
        mayBeIncomplete: options.draws.incomplete,
        axes: options.draws.axes,
        length: options.model == .values ? data?.count : data?.names.count
      ) { columns in
        layout = try DrawLayout(options.draws, options.model, columns)
        return layout!.variables
      }
      for remark in file.remarks { console.say(remark) }
      return (file, layout!, nil)
    }
    let limit = options.sampling.drawsCount ?? (isOnline ? nil : 2_000)
    let sampling = try BuiltInSampling(options, data, limit: limit)
    return (sampling.source, sampling.layout, sampling)
  }

  /// Says whether the draws are to be believed.
  private func report(_ seen: SeenDraws, divergences: Int) -> DrawDiagnosis {
    let diagnosis = DrawDiagnosis(
      seen.summary(divergences: divergences),
      seen: seen,
      divergences: divergences
    )
    console.say(diagnosis.text + (seen.isThinned ? " (of a thinned part)" : ""))
    if let warning = diagnosis.warning { console.warn(warning) }
    try? folder.append(diagnosis)
    return diagnosis
  }

  private func write(_ student: CompactStudent) throws {
    try folder.write(student.json(), to: Self.student)
    guard let network = student.network else { return }
    try Safetensors.write(
      network.namedParameters.reduce(into: [:]) { tensors, entry in
        tensors[entry.path] = entry.parameter.value.cast(to: .float32)
      },
      metadata: ["formula": student.description, "inputs": student.inputs.joined(separator: ",")],
      to: folder.file(Self.weights)
    )
  }
}

extension PredictiveModelName {
  /// Whether outcomes are classes.
  func isOfClasses(_ draws: DrawOptions) -> Bool {
    switch self {
    case .logistic, .probit, .softmax: true
    case .values: draws.values == .probabilities
    case .linear, .poisson, .mixture, .samples: false
    }
  }
}

import Distill

extension UsableStudent {
  /// Refuses options of `distill predict` that have no effect on this student.
  ///
  /// - Parameter given: The options that are given, with their dashes.
  package func refuseIdle(_ given: Set<String>) throws {
    func refuse(_ options: [String], _ reason: String) throws {
      guard let option = options.first(where: given.contains) else { return }
      throw RunError("\(option) has no effect on this student, \(reason): leave it out")
    }
    let ofNumbers = ["--quantiles", "--cumulative", "--samples"]
    guard classes.isEmpty else { return try refuse(ofNumbers, "which predicts classes") }
    try refuse(["--classes"], "which predicts no classes")
    switch self {
    case .compact(let student) where student.isDensity && !given.contains("--log-probability"):
      try refuse(["--data"], "which has no inputs")
    case .network, .field: try refuse(ofNumbers, "which gives real numbers alone")
    case .exported(let student) where student.isDensity:
      try refuse(ofNumbers, "which gives log-probabilities")
      try refuse(["--log-probability"], "which gives nothing else")
    case .model:
      let place = "its samples are distill generative sample"
      try refuse(ofNumbers, "which gives log-probabilities; \(place)")
      try refuse(["--log-probability"], "which gives nothing else")
    default: break
    }
  }
}

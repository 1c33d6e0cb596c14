// A job of one's own, with a loss and a kind of network of one's own in its recipe, and a certificate.
// Run: swift run -c release OwnJob

// snippet.show
import Distill
import Foundation
import Runs

/// One hidden layer that is added to a linear map: `skip:1-16-1`.
struct SkipModel: Architecture {
  static let example = "skip:1-16-1"
  let widths: [Int]

  init(_ text: ArchitectureText) throws {
    widths = try text.layers.map(text.width)
    guard widths.count == 3 else { throw text.refused("write inputs, hidden units and outputs") }
  }

  var inputShape: [Int]? { [widths[0]] }
  var outputCount: Int { widths[2] }
  var description: String { "skip:" + widths.map(String.init).joined(separator: "-") }

  func module(using generator: RandomGenerator) -> any Module {
    Residual(
      MLP(widths, activation: .tanh, using: generator),
      shortcut: Linear(widths[0], widths[2], using: generator)
    )
  }
}

/// Distils a function into a network: `experiment: function` in a recipe.
struct FunctionJob: EvidenceJob {
  /// How far the student is from the function.
  struct Evidence: CertificateEvidence {
    static let application = "function"
    static let times: Set<String> = []
    var provenance: Provenance?
    var seal: String?
    let largestGap: Double

    var text: String { "the student is nowhere further from the sine than \(largestGap)" }
  }

  static let name = "function"
  static let studentFiles = ["student.safetensors"]
  /// No files taught it, or were learnt from.
  var sources: (teacher: [String], data: [String]) { ([], []) }

  // The options of a recipe.
  var student = "mlp:1-16-1"
  var loss = "squaredError"
  var steps = 1_000

  func check() throws {
    _ = (try ModelSpecification(student), try Loss(parsing: loss))
  }

  func perform(_ run: Run) throws {
    let network = try ModelSpecification(student).module(using: RandomGenerator(seed: run.seed))
    try run.train(
      network,
      named: "student",
      file: "student",
      on: { Noise([1], .uniform(-3...3), batchesOf: 50, steps: steps, seed: run.seed) },
      toward: ClosureTeacher { inputs, _ in Observation(inputs.sine, meaning: .logits) },
      minimizing: Loss(parsing: loss),
      using: Adam(learningRate: 0.01),
      done: { "nothing" }
    )
    let inputs = Tensor((0...600).map { [Float($0 - 300) / 100] })
    let gaps = withoutGradient { (network(inputs) - inputs.sine).magnitude.scalars(Double.self) }
    let evidence = try run.certify(Evidence(largestGap: gaps.max()!), of: self)
    run.work.show(evidence.text, evidence)
  }
}

var kinds = Catalogue<any Architecture.Type>.standard
kinds.add("skip", SkipModel.self)

var losses = Catalogue<LossFormula>.standard
losses.add(
  LossFormula("huber", [.init("delta", 1, .positive)]) { settings in
    let delta = settings["delta"]
    return Loss("huber", [("delta", delta)], needs: Needs(teacher: true)) { seen in
      let gap = (seen.student.values - (try seen.taught()).values).magnitude
      let near = gap.clamped(max: delta)
      return (near * (gap - near * 0.5)).mean()
    }
  }
)

var jobs = Catalogue<any Job.Type>.standard
jobs.add(FunctionJob.self)

let work = Work(report: { if case .result(let text, _) = $0 { print(text) } })
try ModelSpecification.$known.withValue(kinds) {
  try LossFormula.$known.withValue(losses) {
    try JobRecipe.$known.withValue(jobs) {
      let folder = URL(fileURLWithPath: "runs/function")
      let recipe = try JobRecipe(
        yaml: """
          experiment: function
          student: skip:1-8-1
          loss: 'huber(delta: 0.5)'
          """
      )
      try recipe.run(at: folder, work)
      try certify(folder)
      print(try replay(folder).summary)
    }
  }
}
// snippet.hide

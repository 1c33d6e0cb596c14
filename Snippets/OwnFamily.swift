// A compact family of one's own, registered, used by its name in a plan and its recipe, and exported.
// Run: swift run -c release OwnFamily

// snippet.show
import Distill
import Foundation
import Runs
import StudentExport

/// A risk score: whole points for each input, as people add up in their heads.
struct RiskScore: CompactForm {
  static let family = "risk score"
  let points: [Int]
  /// The log-odds of no points, and of each.
  let base: Double
  let each: Double

  /// The least squares to the log-odds that the draws predict on average, rounded.
  init(_ fit: FamilyFit) throws {
    let odds = try fit.predictions.binaryLogit()
    let ones = Tensor.full(1, [fit.inputs.shape[0], 1], .float64)
    let x = Tensor.concatenated([fit.inputs, ones], along: 1)
    let weights = x.transposed().matmul(x).solve(x.transposed().matmul(odds)).scalars(Double.self)
    let each = (weights.dropLast().map(\.magnitude).max() ?? 1) / 5
    points = weights.dropLast().map { Int(($0 / each).rounded()) }
    (self.each, base) = (each, weights.last ?? 0)
  }

  var inputCount: Int { points.count }
  var classCount: Int { 2 }
  var parameterCount: Int { points.count + 2 }

  func formula(_ names: [String]) -> String {
    let sum = zip(points, names).map { "\($0) \($1)" }.joined(separator: " + ")
    return "log-odds(y = 1) = \(base) + \(each) (\(sum))"
  }

  func predictions(at rows: Tensor) throws -> CompactStudent.Predictions {
    let column = Tensor(points.map { [Double($0)] })
    let odds = rows.matmul(column) * each + base
    let logits = Tensor.concatenated([odds.zerosLike, odds], along: 1)
    return .classes(logProbabilities: logits.logSoftmax(along: 1))
  }
}

extension RiskScore: Exportable {
  func append(to graph: inout StudentGraph) throws {
    let layer = Linear(points.count, 1, using: RandomGenerator(seed: 1))
    layer.weight.replace(with: Tensor([points.map { Float(Double($0) * each) }]))
    layer.bias!.replace(with: Tensor([Float(base)]))
    try graph.append(layer)
    graph.ending = .sigmoidPair
  }
}

var families = CompactFamily.standard
families.add(CompactFamily("risk-score", for: [.logistic, .probit]) { try RiskScore($0) })

let tables = "Documentation/Data"
try CompactFamily.$known.withValue(families) {
  var plan = PredictivePlan()
  plan.draws.files = ["\(tables)/tumours.json"]
  plan.draws.parameters = ["beta"]
  plan.draws.intercept = "alpha"
  plan.data.table = "\(tables)/tumours.csv"
  plan.data.outcome = "tumour"
  plan.student.family = FamilyChoice(rawValue: "risk-score")!
  plan.isCertified = true
  let folder = URL(fileURLWithPath: "runs/risk-score")
  let (student, certificate) = try plan.run(at: folder)
  print(student, certificate?.lesson ?? "")
  let inputs = Tensor.normal([100, 5], .float64, using: RandomGenerator(seed: 1))
  let parity = try StudentGraph(student).write(
    .c,
    to: folder.appendingPathComponent("score.c"),
    expecting: student.exportedAnswers(at: inputs),
    of: inputs
  )
  print("C code that differs by at most", parity.largestDifference)
}
// snippet.hide

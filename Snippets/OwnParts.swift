// A loss and a kind of network of one's own, registered, and then used by their text.
// Run: make data && swift run -c release OwnParts

// snippet.show
import Distill
import Foundation

/// One hidden layer that is added to a linear map: `skip:784-30-10`.
struct SkipModel: Architecture {
  static let example = "skip:784-30-10"
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
      MLP(widths, using: generator),
      shortcut: Linear(widths[0], widths[2], using: generator)
    )
  }
}

var kinds = Catalogue<any Architecture.Type>.standard
kinds.add("skip", SkipModel.self)

/// The square of small differences of logits, and straight on from `delta` (Huber 1964).
func huber(delta: Double) -> Loss {
  Loss("huber", [("delta", delta)], needs: Needs(teacher: true)) { seen in
    let gap = (seen.student.values - (try seen.taught()).values).magnitude
    let near = gap.clamped(max: delta)
    return (near * (gap - near * 0.5)).mean()
  }
}

var losses = Catalogue<LossFormula>.standard
losses.add(LossFormula("huber", [.init("delta", 1, .positive)]) { huber(delta: $0["delta"]) })

let data = try LabelledImages.fashionMNIST(in: URL(fileURLWithPath: ".data/fashion-mnist"))
let images = Examples(data.images, labels: data.labels).batches(of: 20, epochs: 2, shuffled: 1)
let teacher = MLP([784, 500, 300, 10], using: RandomGenerator(seed: 1))
try train(teacher, on: images, minimizing: .crossEntropy())

let student = try ModelSpecification("skip:784-30-10", among: kinds)
  .module(using: RandomGenerator(seed: 2))
try distill(
  ModuleTeacher(teacher),
  into: student,
  on: images,
  minimizing: Loss(parsing: "0.5 * huber(delta: 2) + softCrossEntropy", among: losses)
)
// snippet.hide

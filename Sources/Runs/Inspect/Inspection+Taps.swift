import Compression
import Exchange
import Foundation
import ModelFiles
import Networks
import Tensors

extension Inspection {
  /// Proposes which layers of a student to compare with which of the model.
  ///
  /// - Parameter text: The student, as a specification says it.
  /// - Throws: `RunError` when the file holds no model, or one of the two has no such layers.
  package mutating func propose(for text: String) throws {
    let url = URL(fileURLWithPath: file)
    guard model != nil || notes["model"] != nil else {
      throw RunError(
        "'\(file)' does not say of which network it is, so --taps cannot look into it: give a whole "
          + "model (.pt2, .onnx)"
      )
    }
    let written = try ModelSpecification(text)
    let generator = RandomGenerator(seed: 1)
    let network: any Module
    let shape: [Int]
    var batch = 2
    if model != nil {
      let whole = try ModelNetwork(contentsOf: url)
      // What the model leaves open the student may say.
      let known = whole.inputShape.compactMap { $0 }
      guard let own = known.count == whole.inputShape.count ? known : written.inputShape else {
        throw RunError(
          "'\(file)' leaves open what it takes: write the size of the images in front of the "
            + "student's layers, such as cnn:1x28x28-…"
        )
      }
      shape = own
      network = try ModelNetwork(contentsOf: url, exampleShape: shape)
      batch = max(whole.graph.inputs[0].shape[0] ?? 2, 1)
    } else {
      let specification = try ModelSpecification(notes["model"]!)
      guard let own = specification.inputShape else {
        throw RunError("'\(file)' is of \(specification), which says no size of images")
      }
      (network, shape) = (specification.module(using: generator), own)
    }
    let student = try written.resolved(for: shape)
    let count = shape.reduce(1, *)
    guard student.inputCount == count else {
      throw RunError(
        "the student \(student) takes \(student.inputCount ?? 0) numbers and '\(file)' \(count)"
      )
    }
    let found = try TapPairs(
      teacher: network,
      student: student.module(using: generator),
      on: .zeros([batch, count])
    )
    (taps, loss) = (found.pairs, found.loss)
  }

  /// A line for each pair, and what to write.
  var tapLines: [String] {
    guard let taps, let loss else { return [] }
    func text(_ name: String, _ shape: [Int]) -> String {
      "\(name) (\(shape.map(String.init).joined(separator: "×")))"
    }
    let lines = taps.map { pair in
      "  \(text(pair.student, pair.studentShape)) -> \(text(pair.teacher, pair.teacherShape)): \(pair.loss)"
    }
    return ["layers of the student and of the model to compare:"] + lines + ["--loss \"\(loss)\""]
  }
}

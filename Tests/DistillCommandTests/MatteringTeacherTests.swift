import Distill
import Foundation
import Testing

@testable import Compression
@testable import DistillCommand
@testable import Exchange
@testable import Experiments
@testable import Runs

/// Distillations that would be none are refused before anything is trained.
@Suite struct MatteringTeacherTests {
  private func refused(_ change: (CompressWorld, inout CompressOptions) throws -> Void) throws
    -> String?
  {
    try withCompressWorld { world in
      var options = world.options()
      try change(world, &options)
      let text = refusal { try world.run(options) }
      #expect(text == nil || !FileManager.default.fileExists(atPath: options.out!))
      return text
    }
  }

  @Test func oneAnswerForAllInputsIsRefused() throws {
    let text = try refused { world, options in
      let file = world.folder.appendingPathComponent("answers.npy")
      let row = Tensor([[0.2, 0.5, 0.3] as [Float]])
      try NumPy.write(.concatenated(Array(repeating: row, count: 420)), to: file)
      (options.teacher, options.teacherModel, options.teacherValues) = ([], nil, file.path)
    }
    #expect(text?.contains("the teacher does not matter: the loss softCrossEntropy") == true)
    #expect(text?.contains("on 100 examples, and the same when its answers are exchanged") == true)
  }

  @Test(arguments: [
    ("crossEntropy", "does not look at the teacher"),
    ("0 * softCrossEntropy + crossEntropy", "does not matter"),
  ])
  func lossesWithoutTheTeacherAreRefused(_ loss: String, _ words: String) throws {
    let text = try refused { $1.loss = loss }
    #expect(text?.contains(words) == true, "\(text as Any)")
  }

  @Test(arguments: [
    "softCrossEntropy", "softCrossEntropy + 0.1 * derivativeSquaredError",
    "crossEntropy + 0.01 * kullbackLeibler(temperature: 4)", "squaredErrorOnLogits",
    "softCrossEntropy + 0.1 * hints(of: 1)", "similarityPreserving(of: 1) + crossEntropy",
    "softCrossEntropy + 0.1 * projectedDerivativeSquaredError(projections: 1)",
  ])
  func lossesThatLookAtItAreTaken(_ loss: String) throws {
    let text = try refused { world, options in
      options.teacher = ["\(world.teachers)/a.safetensors"]
      options.loss = loss
      options.budget = Budget(2, .steps)
    }
    #expect(text == nil, "\(text as Any)")
  }
}

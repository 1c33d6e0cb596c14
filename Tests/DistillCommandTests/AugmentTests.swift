import Distill
import Foundation
import Mathematics
import Testing

@testable import Compression
@testable import DistillCommand
@testable import Exchange
@testable import Experiments
@testable import Runs

/// Runs whose images are changed on the way.
@Suite struct AugmentTests {
  private func student(_ folder: RunFolder, _ file: String = "student.safetensors") throws -> Data {
    try Data(contentsOf: folder.file(file))
  }

  /// The teacher is asked about what the student sees: the student is that of the same steps by hand.
  @Test func theTeacherSeesWhatTheStudentSees() throws {
    try withCompressWorld { world in
      var options = world.options()
      options.teacher = ["\(world.teachers)/a.safetensors"]
      options.loss = "softCrossEntropy"
      options.normalize = "0.5,0.25"
      options.augment = "shift(1) rotation(15)"
      let (folder, _) = try world.run(options)
      let plan = try CompressionPlan.recorded(in: folder)
      #expect(plan.training.augmentation == "shift(1) rotation(15)")
      let source = try LabelledSource(DataSource(world.data))
      let inputs = (try plan.data.split.parts(of: source).training.inputs - 0.5) / 0.25
      let teacher = MLP([16, 12, 3], using: RandomGenerator(seed: 0))
      try teacher.load(from: URL(fileURLWithPath: options.teacher[0]))
      let student = MLP([16, 4, 3], using: RandomGenerator(seed: plan.seed))
      let black = Float(-2)
      try Distiller(
        student,
        minimizing: .softCrossEntropy(),
        using: plan.training.optimizer.make(),
        schedule: plan.training.optimizer.schedule(over: 60),
        seed: plan.seed
      ).run(
        on: Examples(inputs)
          .batches(of: plan.training.batchSize, epochs: nil, shuffled: plan.seed)
          .augmented(
            by: try Augmentation(options.augment!),
            shape: [1, 4, 4],
            black: [black],
            seed: mixed(plan.seed, 0x617567)
          ).limited(to: 60),
        observing: ModuleTeacher(teacher)
      )
      let own = try Safetensors.read(from: folder.file("student.safetensors")).tensors
      for (name, parameter) in student.namedParameters {
        #expect(own[name]!.largestDifference(from: parameter.value) < 1e-5, "\(name)")
      }
    }
  }

  @Test func runsGoOnAndAreCertified() throws {
    try withCompressWorld { world in
      var options = world.options()
      options.augment = "shift(1) flip cutout(2)"
      options.loss = "softCrossEntropy + 0.1 * derivativeSquaredError"
      options.trainsControl = true
      let whole = try world.run(options).folder
      options.out = world.folder.appendingPathComponent("stopped").path
      let folder = try world.stoppedAndResumed(options)
      #expect(try student(folder) == student(whole))
      #expect(try student(folder, "control.safetensors") == student(whole, "control.safetensors"))
      let tests = CertifyTests()
      let certificate = try tests.certify(folder).certificate
      #expect(certificate.studentLoss.hasSuffix(", on images changed by shift(1) flip cutout(2)"))
      #expect(try tests.replay(options.out!).stands)
      // Others than without.
      options.augment = nil
      options.out = world.folder.appendingPathComponent("plain").path
      #expect(try student(world.run(options).folder) != student(whole))
    }
  }

  @Test func whatDoesNotFitIsRefused() throws {
    try withCompressWorld { world in
      var store = ObserveTests.options(world)
      store.form = .float32
      try store.run()
      func sentence(_ change: (inout CompressOptions) -> Void) -> String {
        var options = world.options()
        options.augment = "shift(1)"
        change(&options)
        let text = refusal { try world.run(options) } ?? ""
        #expect(!FileManager.default.fileExists(atPath: options.out!))
        return text
      }
      #expect(
        sentence { ($0.teacher, $0.teacherModel) = ([store.out], nil) }.contains("as they are")
      )
      #expect(sentence { $0.observed = world.folder.path + "/o" }.contains("--observed is what"))
      #expect(sentence { $0.augment = "crop(5)" }.contains("too much for images of 4 × 4"))
      #expect(sentence { $0.augment = "twist(5)" }.contains("is no change of images"))
      let mixup = { (options: inout CompressOptions) in options.augment = "mixup(0.5)" }
      #expect(
        sentence {
          mixup(&$0)
          $0.trainsControl = true
        }.contains("--control trains a control")
      )
      #expect(
        sentence {
          mixup(&$0)
          $0.loss = "softCrossEntropy + crossEntropy"
        }.contains("labels")
      )
    }
  }

  @Test func mixedImagesTeach() throws {
    try withCompressWorld { world in
      var options = world.options()
      options.augment = "flip mixup(0.2)"
      let (folder, _) = try world.run(options)
      #expect(try CompressionPlan.recorded(in: folder).training.augmentation == "flip mixup(0.2)")
    }
  }
}

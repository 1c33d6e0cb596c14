import Distill
import Foundation
import Testing

@testable import Compression
@testable import DistillCommand
@testable import Exchange
@testable import Experiments
@testable import Runs

/// Inputs without labels that the student learns from beside the examples.
@Suite struct TransferSetTests {
  private func further(_ world: CompressWorld, _ count: Int = 90) throws -> String {
    let folder = world.folder.appendingPathComponent("further").path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    try CompressWorld.write("train", count, seed: 9, to: folder)
    return folder
  }

  private func tensors(_ folder: RunFolder, _ file: String) throws -> [String: Tensor] {
    try Safetensors.read(from: folder.file(file)).tensors
  }

  /// The student is that of the same steps by hand, on the examples and what follows them; the control is
  /// that of a run without the set, for as many steps.
  @Test func theStudentHasThemAndTheControlHasNot() throws {
    try withCompressWorld { world in
      var options = world.options()
      options.loss = "softCrossEntropy"
      options.trainsControl = true
      let plain = try world.run(options)
      options.transfer = try further(world)
      options.out = world.folder.appendingPathComponent("more").path
      let (folder, said) = try world.run(options)
      #expect(said.text.contains("transfer set: 90 further inputs without labels"))
      #expect(
        try Data(contentsOf: folder.file("control.safetensors"))
          == Data(contentsOf: plain.folder.file("control.safetensors"))
      )
      let plan = try CompressionPlan.recorded(in: folder)
      #expect(plan.data.transfer?.count == 90 && plan.data.transfer?.files.count == 1)
      let source = try LabelledSource(DataSource(world.data))
      let training = try plan.data.split.parts(of: source).training.inputs
      let added = try LabelledSource(DataSource(options.transfer!)).training.inputs
      let all = Examples(.concatenated([training, added]))
      let members = try ["a", "b"].map { name in
        let network = MLP([16, 12, 3], using: RandomGenerator(seed: 0))
        try network.load(from: URL(fileURLWithPath: "\(world.teachers)/\(name).safetensors"))
        return network
      }
      let student = MLP([16, 4, 3], using: RandomGenerator(seed: plan.seed))
      let teacher = try RecordedTeacher(of: Ensemble(members), on: all.inputs)
      try Distiller(
        student,
        minimizing: .softCrossEntropy(),
        using: plan.training.optimizer.make(),
        schedule: plan.training.optimizer.schedule(over: 60),
        seed: plan.seed
      ).run(
        on: all.batches(of: plan.training.batchSize, epochs: nil, shuffled: plan.seed)
          .limited(to: 60),
        observing: teacher
      )
      let own = try tensors(folder, "student.safetensors")
      let first = try tensors(plain.folder, "student.safetensors")
      for (name, parameter) in student.namedParameters {
        #expect(own[name]!.largestDifference(from: parameter.value) < 1e-6, "\(name)")
      }
      #expect(own.contains { $0.value.largestDifference(from: first[$0.key]!) > 1e-3 })
    }
  }

  /// Columns of a table are found by their names, and others are left out.
  @Test func columnsAreThoseOfTheExamples() throws {
    try withScratchFolder { folder in
      let own = try written("a,b,kind\n1,2,x\n3,4,y\n", "own.csv", in: folder)
      let further = try written("kind,b,a,more\nz,6,5,u\n?,8,7,v\n", "further.csv", in: folder)
      let examples = try LabelledSource(DataSource(own, labels: "kind")).training
      var source = DataSource(further)
      source.targets = TargetKind.none
      let found = try LabelledSource.inputs(of: source, like: examples)
      #expect(found.inputs.scalars(Float.self) == [5, 6, 7, 8])
      // Without names they are taken in their order.
      source.path = try written("5,6\n7,8\n", "bare.csv", in: folder)
      #expect(
        try LabelledSource.inputs(of: source, like: examples).inputs.scalars(Float.self)
          == [5, 6, 7, 8]
      )
    }
  }

  @Test func runsGoOnAndAreCertified() throws {
    try withCompressWorld { world in
      var options = world.options()
      options.transfer = try further(world)
      options.trainsControl = true
      options.loss = "softCrossEntropy + 0.1 * derivativeSquaredError"
      let whole = try world.run(options).folder
      options.out = world.folder.appendingPathComponent("stopped").path
      let folder = try world.stoppedAndResumed(options)
      let file = "student.safetensors"
      #expect(try Data(contentsOf: folder.file(file)) == Data(contentsOf: whole.file(file)))
      let tests = CertifyTests()
      let certificate = try tests.certify(folder).certificate
      #expect(
        certificate.studentLoss.hasSuffix("on the examples and 90 further inputs without labels")
      )
      #expect(certificate.provenance.data.count == 2)
      #expect(try tests.replay(options.out!).stands)
      // Others than those of the run are noticed.
      try CompressWorld.write("train", 90, seed: 10, to: options.transfer!)
      #expect(
        refusal { try tests.certify(folder) }?.contains("not what the run was started") == true
      )
    }
  }

  /// What is to be measured on may be among them.
  @Test func examplesForTheTestAreLeftOut() throws {
    try withCompressWorld { world in
      let folder = try further(world)
      let (images, test) = (
        try IDX.read(from: URL(fileURLWithPath: folder + "/train-images-idx3-ubyte.gz")),
        try IDX.read(from: URL(fileURLWithPath: world.data + "/t10k-images-idx3-ubyte.gz"))
      )
      let file = world.folder.appendingPathComponent("mixed.npy")
      try NumPy.write(.concatenated([images, test]), to: file)
      var options = world.options()
      options.transfer = file.path
      let (run, said) = try world.run(options)
      #expect(
        said.text.contains("(120 that are examples to choose by or for the test are left out)")
      )
      #expect(try CompressionPlan.recorded(in: run).data.transfer?.count == 90)
      try NumPy.write(test, to: file)
      options.out = world.folder.appendingPathComponent("none").path
      #expect(refusal { try world.run(options) }?.contains("all 120 inputs of") == true)
    }
  }

  @Test func whatDoesNotFitIsRefused() throws {
    try withCompressWorld { world in
      let folder = try further(world)
      var options = world.options()
      options.transfer = folder
      options.loss = "softCrossEntropy + crossEntropy"
      #expect(
        refusal { try world.run(options) }?.contains("the inputs of --transfer have none") == true
      )
      options.loss = nil
      let file = world.folder.appendingPathComponent("wide.npy")
      try NumPy.write(Tensor.zeros([5, 3, 3], .uint8), to: file)
      options.transfer = file.path
      #expect(refusal { try world.run(options) }?.contains("have the shape [1, 3, 3]") == true)
      options.transfer = folder + "/nothing"
      #expect(refusal { try world.run(options) } != nil)
      options.transfer = folder
      let answers = world.folder.appendingPathComponent("answers.npy")
      try NumPy.write(Tensor.normal([420, 3], using: RandomGenerator(seed: 1)), to: answers)
      (options.teacher, options.teacherModel, options.teacherValues) = ([], nil, answers.path)
      #expect(refusal { try world.run(options) }?.contains("answers for the data alone") == true)
      #expect(!FileManager.default.fileExists(atPath: options.out!))
    }
  }
}

import Foundation
import Networks
import Tensors
import Testing

@testable import Distillation

@Suite struct CheckpointTests {
  private func distiller(
    _ widths: [Int] = [6, 5, 3],
    _ activation: Activation = .relu,
    _ loss: Loss = .crossEntropy(),
    _ optimizer: any Optimizer = Adam()
  ) -> Distiller<MLP> {
    Distiller(
      MLP(widths, activation: activation, using: RandomGenerator(seed: 1)),
      minimizing: loss,
      using: optimizer
    )
  }

  private func refusal(_ other: Distiller<MLP>) throws -> String {
    try withTemporaryFolder { folder in
      let file = folder.appending(path: "a.safetensors")
      let saved = distiller()
      let batch = try someExamples().batches(of: 10, shuffled: nil).batch(0)!
      try saved.step(on: batch)
      try saved.save(to: file)
      let before = other.student.bits
      let error = #expect(throws: DistillationError.self) { try other.restore(from: file) }
      #expect(other.student.bits == before && other.stepsDone == 0)
      return error?.description ?? ""
    }
  }

  @Test func anotherArchitectureIsRefusedByItsFirstDifference() throws {
    let wider = try refusal(distiller([6, 7, 3]))
    #expect(wider.contains("there widths = [6, 5, 3], here widths = [6, 7, 3]"))
    let smoother = try refusal(distiller([6, 5, 3], .tanh))
    #expect(smoother.contains("there activation = relu, here activation = tanh"))
  }

  @Test func anotherLossOrOptimizerIsRefused() throws {
    let loss = try refusal(distiller([6, 5, 3], .relu, .crossEntropy(labelSmoothing: 0.1)))
    #expect(loss.contains("its loss is crossEntropy, here crossEntropy(labelSmoothing: 0.1)"))
    let momentum = SGD(learningRate: 0.1, momentum: 0.9)
    let optimizer = try refusal(distiller([6, 5, 3], .relu, .crossEntropy(), momentum))
    #expect(optimizer.contains("its optimizer is Adam(beta1: 0.9"))
    #expect(optimizer.contains("here SGD(momentum: 0.9"))
  }

  @Test func anotherFileIsRefused() throws {
    try withTemporaryFolder { folder in
      let file = folder.appending(path: "weights.safetensors")
      try Safetensors.write(["a": .zeros([1])], metadata: [:], to: file)
      let error = #expect(throws: DistillationError.self) { try distiller().restore(from: file) }
      #expect(error?.description.contains("is not a checkpoint of this version") == true)
    }
  }

  /// One thing in a sound checkpoint is changed; nothing of the distiller is.
  @Test func whatDoesNotFitTogetherIsRefused() throws {
    try withTemporaryFolder { folder in
      let file = folder.appending(path: "a.safetensors")
      let saved = distiller()
      try saved.step(on: someExamples().batches(of: 10, shuffled: nil).batch(0)!)
      try saved.save(to: file)
      let (tensors, metadata) = try Safetensors.read(from: file)
      let moment = "optimizer.firstMoment.1"
      for (part, change) in [
        ("'firstMoment.1' is missing", { tensors, _ in tensors[moment] = nil }),
        ("'firstMoment.1' is missing", { tensors, _ in tensors[moment] = .zeros([4]) }),
        ("tensors instead of", { tensors, _ in tensors["optimizer.more"] = .zeros([4]) }),
        ("'updates'", { tensors, _ in tensors["optimizer.updates"] = Tensor(-1) }),
        ("'learningRate'", { tensors, _ in tensors["optimizer.learningRate"] = nil }),
        ("random state", { tensors, _ in tensors["generator"] = tensors["generator"]!.zerosLike }),
        ("random state", { tensors, _ in tensors["generator"] = .zeros([3]) }),
        ("'student.0.bias'", { tensors, _ in tensors["student.0.bias"] = .full(.nan, [5]) }),
        ("not a checkpoint", { _, metadata in metadata["step"] = "-1" }),
        ("not a checkpoint", { _, metadata in metadata["step"] = "\(Int.max)" }),
        ("losses", { _, metadata in metadata["lossStride"] = "0" }),
        ("losses", { _, metadata in metadata["lossStride"] = "3" }),
        ("losses", { _, metadata in metadata["seconds"] = "1e308" }),
        ("losses", { _, metadata in metadata["lossPendingCount"] = "7" }),
        ("losses", { tensors, _ in tensors["losses"] = .zeros([5_000]) }),
      ] as [(String, (inout [String: Tensor], inout [String: String]) -> Void)] {
        var (damaged, words) = (tensors, metadata)
        change(&damaged, &words)
        try Safetensors.write(damaged, metadata: words, to: file)
        let other = distiller()
        let before = other.student.bits
        let error = #expect(throws: DistillationError.self) { try other.restore(from: file) }
        #expect(error?.description.contains(part) == true, "\(part): \(error?.description ?? "")")
        #expect(other.student.bits == before && other.stepsDone == 0)
      }
    }
  }

  @Test func parametersThatAreNotFiniteAreNotSaved() throws {
    try withTemporaryFolder { folder in
      let file = folder.appending(path: "a.safetensors")
      let distiller = distiller()
      try distiller.save(to: file)
      let good = try Data(contentsOf: file)
      distiller.student.parameters[1].replace(with: .full(.nan, [5]))
      let error = #expect(throws: DistillationError.self) { try distiller.save(to: file) }
      #expect(error?.description.contains("'student.0.bias' is not finite after step 0") == true)
      #expect(try Data(contentsOf: file) == good)
    }
  }

  /// A disk that is full, played by a limit on the size of files.
  @Test func aFailedWriteKeepsTheLastGoodCheckpoint() async {
    await #expect(processExitsWith: .success) {
      try withTemporaryFolder { folder in
        let file = folder.appending(path: "a.safetensors")
        let student = MLP([6, 200, 3], using: RandomGenerator(seed: 1))
        let distiller = Distiller(student, minimizing: .crossEntropy())
        try distiller.save(to: file)
        let good = try Data(contentsOf: file)
        signal(SIGXFSZ, SIG_IGN)
        var limit = rlimit(rlim_cur: 2_000, rlim_max: 2_000)
        precondition(setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit) == 0)
        var sentence = ""
        do {
          try distiller.save(to: file)
        } catch let error as DistillationError {
          sentence = error.description
        }
        precondition(sentence.contains("the last good one is kept"), sentence)
        let kept = try Data(contentsOf: file)
        precondition(kept == good)
        let files = try FileManager.default.contentsOfDirectory(atPath: folder.path)
        precondition(files == ["a.safetensors"])
      }
    }
  }
}

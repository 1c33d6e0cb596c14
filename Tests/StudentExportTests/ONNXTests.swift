import Foundation
import Tensors
import Testing

@testable import Networks
@testable import StudentExport

@Suite struct ONNXTests {
  /// A reader of its own, and libtorch.
  @Test(arguments: everyKind + everyOperation)
  func readAndCompared(text: String) throws {
    let network = try randomNetwork(text)
    let graph = try finishedGraph(text, network)
    let inputs = randomInputs(5, graph.inputShape)
    let model = ONNXEvaluation(try graph.onnxFile())
    let answers = model(inputs.reshaped(to: [5] + graph.inputShape))
    #expect(answers.shape == [5, graph.outputCount])
    let parity = Parity(
      answers.scalars(Float.self),
      graph.reference({ network($0) }, inputs),
      inputs: 5
    )
    #expect(parity.largestDifference < 2e-6, "\(parity)")
    #expect(model.metadata["model"] == text)
    let names = try JSONDecoder().decode([String].self, from: Data(model.metadata["classes"]!.utf8))
    #expect(names == graph.classes)
  }

  /// Layers that become factors and summands of their own, of images and of features.
  @Test func layersInUnusualOrder() throws {
    let generator = RandomGenerator(seed: 4)
    func normalization(_ channels: Int) -> BatchNorm {
      let layer = BatchNorm(channels)
      layer.runningMean.value = .uniform([channels], using: generator)
      layer.runningVar.value = .uniform([channels], using: generator) + 0.3
      return layer
    }
    let images = Sequential(
      normalization(2),
      Residual(Sequential(normalization(2), Activation.tanh)),
      Activation.sigmoid
    )
    for (network, shape) in [(images, [2, 3, 3]), (Sequential(Activation.gelu), [4])] {
      let graph = try StudentGraph(network, shape: shape)
      let inputs = randomInputs(3, shape).reshaped(to: [3] + shape)
      let answers = ONNXEvaluation(try graph.onnxFile())(inputs).scalars(Float.self)
      let expected = network(inputs).scalars(Float.self)
      #expect(Parity(answers, expected, inputs: 3).largestDifference < 2e-6)
    }
  }

  /// The checker of the specification accepts it, ONNX Runtime agrees, one by one and in a batch.
  @Test(.enabled(if: pythonHas("onnx, onnxruntime, numpy")))
  func runByONNXRuntime() throws {
    try withScratch { folder in
      var expected: [[Float]] = []
      for (index, text) in everyOperation.enumerated() {
        let network = try randomNetwork(text)
        let graph = try finishedGraph(text, network)
        let inputs = randomInputs(4, graph.inputShape)
        try graph.onnxFile().write(to: folder.appendingPathComponent("student\(index).onnx"))
        try inputs.scalars(Float.self).withUnsafeBytes { Data($0) }
          .write(to: folder.appendingPathComponent("inputs\(index)"))
        expected.append(graph.reference({ network($0) }, inputs))
      }
      let program = """
        import numpy, onnx, onnxruntime
        for index in range(\(everyOperation.count)):
            name = f"student{index}.onnx"
            onnx.checker.check_model(onnx.load(name), full_check=True)
            session = onnxruntime.InferenceSession(name, providers=["CPUExecutionProvider"])
            shape = session.get_inputs()[0].shape[1:]
            x = numpy.fromfile(f"inputs{index}", dtype="<f4").reshape(4, *shape)
            (y,) = session.run(None, {"input": x})
            for row in range(4):
                (one,) = session.run(None, {"input": x[row : row + 1]})
                assert numpy.abs(one - y[row]).max() < 1e-6
            facts = session.get_modelmeta().custom_metadata_map
            assert facts["seed"] == "1" and "classes" in facts
            y.astype("<f4").tofile(f"answers{index}")
        """
      try program.write(
        to: folder.appendingPathComponent("check.py"),
        atomically: true,
        encoding: .utf8
      )
      try #require(try shell("\(python) check.py", in: folder))
      for (index, values) in expected.enumerated() {
        let bytes = try Data(contentsOf: folder.appendingPathComponent("answers\(index)"))
        let answers = bytes.withUnsafeBytes { Array($0.bindMemory(to: Float.self)) }
        let parity = Parity(answers, values, inputs: 4)
        #expect(parity.largestDifference < 5e-6, "\(everyOperation[index]): \(parity)")
      }
    }
  }
}

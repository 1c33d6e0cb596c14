import Foundation
import Tensors
import Testing

@testable import Networks
@testable import StudentExport

@Suite struct ONNXTests {
  /// A reader of its own, and libtorch.
  @Test(arguments: everyKind + everyOperation)
  func readAndCompared(text: String) throws {
    let specimen = try Specimen(text)
    let graph = specimen.graph
    let model = ONNXEvaluation(try graph.onnxFile())
    let inputs = specimen.inputs.cast(to: .float32).reshaped(to: [4] + graph.inputShape)
    let answers = model(inputs)
    #expect(answers.shape == [4, graph.outputCount])
    let parity = Parity(answers.scalars(Float.self), specimen.expected, inputs: 4)
    #expect(parity.largestDifference < 5e-6, "\(parity)")
    #expect(model.metadata["model"] == graph.provenance["model"])
    #expect((model.metadata["classes"] == nil) == graph.classes.isEmpty)
    if let names = model.metadata["classes"] {
      #expect(try JSONDecoder().decode([String].self, from: Data(names.utf8)) == graph.classes)
    }
  }

  /// The importer of models reads what is written, and libtorch computes it.
  @Test(arguments: everyStudent)
  func readByTheImporter(text: String) throws {
    let specimen = try Specimen(text)
    let (content, parity) = try specimen.graph.file(
      .onnx,
      expecting: specimen.expected,
      of: specimen.inputs
    )
    #expect(parity.largestDifference < 5e-6 && parity.inputs == 4, "\(parity)")
    #expect(content == (try specimen.graph.onnxFile()))
    let wrong = specimen.expected.map { $0 + 0.01 }
    #expect(throws: ExportError.self) {
      try specimen.graph.comparedONNXFile(wrong, specimen.inputs, "it")
    }
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
      let specimens = try everyStudent.map { try Specimen($0) }
      for (index, specimen) in specimens.enumerated() {
        let file = folder.appendingPathComponent("student\(index).onnx")
        try specimen.graph.onnxFile().write(to: file)
      }
      let program = """
        import numpy, onnx, onnxruntime
        for index in range(\(specimens.count)):
            name = f"student{index}.onnx"
            onnx.checker.check_model(onnx.load(name), full_check=True)
            session = onnxruntime.InferenceSession(name, providers=["CPUExecutionProvider"])
            shape = session.get_inputs()[0].shape[1:]
            x = numpy.fromfile(f"inputs{index}", dtype="<f4").reshape(4, *shape)
            (y,) = session.run(None, {"input": x})
            for row in range(4):
                (one,) = session.run(None, {"input": x[row : row + 1]})
                assert numpy.allclose(one, y[row], 1e-5, 1e-6)
            assert len(session.get_modelmeta().custom_metadata_map) > 1
            y.astype("<f4").tofile(f"answers{index}")
        """
      try comparePython(program, specimens, in: folder)
    }
  }

  /// The example of the documentation, as it stands there.
  @Test(.enabled(if: pythonHas("onnxruntime, numpy")))
  func documentedExampleRuns() throws {
    try withScratch { folder in
      let specimen = try Specimen("cnn:2x8x8-12r3-20r3s2-a3s2-gap-3")
      try specimen.graph.onnxFile().write(to: folder.appendingPathComponent("student.onnx"))
      let program =
        """
        import json, numpy, onnxruntime
        images = numpy.fromfile("inputs0", dtype="<f4").reshape(4, 2, 8, 8)

        """ + (try documented("python", "session = onnxruntime")) + """

          assert len(classes) == probabilities.shape[1]
          probabilities.astype("<f4").tofile("answers0")

          """
      try comparePython(program, [specimen], in: folder)
    }
  }
}

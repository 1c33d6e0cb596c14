import Foundation
import Networks
import Tensors
import Testing

@testable import StudentExport

@Suite struct PyTorchModuleTests {
  /// PyTorch loads it, exports it for batches of any size, and agrees.
  @Test(.enabled(if: pythonHas("torch, numpy")))
  func loadedAndCompared() throws {
    try withScratch { folder in
      let specimens = try everyStudent.map { try Specimen($0) }
      for (index, specimen) in specimens.enumerated() {
        _ = try specimen.graph.write(
          .pytorch,
          to: folder.appendingPathComponent("student\(index).py"),
          expecting: specimen.expected,
          of: specimen.inputs
        )
      }
      let program = """
        import importlib, json, sys, numpy, torch
        sys.path.insert(0, ".")
        for index in range(\(specimens.count)):
            module = importlib.import_module(f"student{index}")
            student = module.load()
            flat = torch.from_numpy(numpy.fromfile(f"inputs{index}", dtype="<f4").reshape(4, -1))
            answers = student(flat)
            batch = torch.export.Dim("batch")
            exported = torch.export.export(student, (flat,), dynamic_shapes=({0: batch},)).module()
            assert torch.equal(exported(flat[:3]), student(flat[:3]))
            assert len(module.CLASSES) in (0, answers.shape[1])
            student.logits(flat).sum().backward()
            for wrong in [flat[0], flat[:, 1:], flat.reshape(-1, 1), flat.reshape(1, 1, -1)]:
                if wrong.shape[1:] == flat.shape[1:]:
                    continue
                try:
                    student(wrong)
                except ValueError as error:
                    assert "inputs are [batch, " in str(error), error
                else:
                    raise AssertionError(f"{list(wrong.shape)} was accepted")
            assert all(p.grad is not None for p in student.parameters())
            answers.detach().numpy().astype("<f4").tofile(f"answers{index}")
        """
      try comparePython(program, specimens, in: folder)
    }
  }

  /// The examples of the documentation, as they stand there.
  @Test(.enabled(if: pythonHas("torch, numpy")))
  func documentedExamplesRun() throws {
    try withScratch { folder in
      let specimen = try Specimen("cnn:2x8x8-12r3-20r3s2-a3s2-gap-3")
      for name in ["student.py", "runs/small/student.py"] {
        let file = folder.appendingPathComponent(name)
        try FileManager.default.createDirectory(
          at: file.deletingLastPathComponent(),
          withIntermediateDirectories: true
        )
        _ = try specimen.graph.write(
          .pytorch,
          to: file,
          expecting: specimen.expected,
          of: specimen.inputs
        )
      }
      let examples = [
        try documented("python", "import student"),
        try documented("python", "import sys; sys.path.insert", on: "Compress.md"),
      ]
      for example in examples {
        let program =
          """
          import numpy, torch
          images = torch.from_numpy(numpy.fromfile("inputs0", dtype="<f4").reshape(4, 2, 8, 8))

          """ + example + """

            probabilities.detach().numpy().astype("<f4").tofile("answers0")

            """
        try comparePython(program, [specimen], in: folder)
      }
    }
  }

  /// The names in the file are those that the program makes, without a Python.
  @Test func weightsAreBesideTheModule() throws {
    try withScratch { folder in
      let text = "cnn:2x8x8-12r3-20r3s2-a3s2-gap-3"
      let network = try randomNetwork(text)
      let graph = try finishedGraph(text, network)
      let url = folder.appendingPathComponent("a b.py")
      _ = try graph.write(
        .pytorch,
        to: url,
        comparedWith: { network($0) },
        on: randomInputs(2, graph.inputShape)
      )
      let (tensors, metadata) = try Safetensors.read(
        from: folder.appendingPathComponent("a b_weights.safetensors")
      )
      #expect(metadata["model"] == text && metadata["classes"]?.hasPrefix("[") == true)
      let program = try String(contentsOf: url, encoding: .utf8)
      #expect(program.contains("with_name(\"a b_weights.safetensors\")"))
      #expect(tensors.keys.contains("mean") && tensors.count > 6)
      for name in tensors.keys {
        let member = name.split(separator: ".")[0]
        #expect(program.contains("self.\(member)") || program.contains("\"\(member)\""))
      }
    }
  }
}

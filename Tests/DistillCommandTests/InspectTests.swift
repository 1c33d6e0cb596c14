import Exchange
import Foundation
import Networks
import Tensors
import Testing

@testable import Compression
@testable import DistillCommand
@testable import Exchange
@testable import Experiments
@testable import Runs

@Suite struct InspectTests {
  @Test func everyFormatIsRecognised() throws {
    try withScratchFolder { folder in
      let tensor = Tensor([[1, 2, 3], [-4, 5, 6]] as [[Float]])
      let file = { (name: String) in folder.appendingPathComponent(name) }
      try NumPy.write(tensor, to: file("a.npy"))
      try NumPy.writeArchive(["w": tensor], to: file("a.npz"))
      try Safetensors.write(["w": tensor], metadata: ["by": "us"], to: file("a.safetensors"))
      try IDX.write(tensor, to: file("a-ubyte"))
      try IDX.write(tensor, to: file("a-ubyte.gz"))
      for name in ["a.npy", "a.npz", "a.safetensors", "a-ubyte", "a-ubyte.gz"] {
        let inspection = try Inspection(of: file(name))
        #expect(inspection.arrays.map(\.shape) == [[2, 3]], "\(name)")
        #expect(inspection.arrays[0].elementType == "float32", "\(name)")
        #expect(inspection.arrays[0].minimum == -4 && inspection.arrays[0].maximum == 6)
      }
      #expect(try Inspection(of: file("a.safetensors")).notes == ["by": "us"])
    }
  }

  /// Pieces are put together, whatever type they are of.
  @Test func arraysOfManyPiecesAreSummedUp() throws {
    try withScratchFolder { folder in
      let numbers = Tensor.range(0..<3_000_000).reshaped(to: [3, 1_000_000])
      let file = folder.appendingPathComponent("a.npy")
      try NumPy.write(numbers, to: file)
      let array = try Inspection(of: file).arrays[0]
      #expect(array.minimum == 0 && array.maximum == 2_999_999 && array.notFinite == 0)
      #expect(array.shape == [3, 1_000_000] && array.elementType == "int64")
    }
  }

  @Test func tablesAreShownByColumn() throws {
    try withScratchFolder { folder in
      let file = folder.appendingPathComponent("a.csv")
      try Data("length,width,kind\n1.5,2,b\n,4,a\n".utf8).write(to: file)
      #expect(
        try Inspection(of: file, labels: "kind").text == """
          table, 4 numbers
          length  float64 [2]  1.5 to 1.5  1 not finite
          width   float64 [2]  2 to 4
          kind: a, b
          """
      )
    }
  }

  /// With the names that `predictive --parameters` takes.
  @Test func drawsAreShownByVariable() throws {
    try withScratchFolder { folder in
      let stan = try written(
        "# num_samples = 2\nlp__,divergent__,beta.1,beta.2\n0,0,1,-2\n0,1,3,4\n",
        "chain.csv",
        in: folder
      )
      #expect(
        try Inspection(of: URL(fileURLWithPath: stan)).text == """
          posterior draws, 4 numbers
          beta  float64 [2, 2]  -2 to 4
          divergent: 1
          draws: 2
          """
      )
      let json = try written(#"{"posterior": {"mu": [[1, 2], [3, 4]]}}"#, "a.json", in: folder)
      let inspection = try Inspection(of: URL(fileURLWithPath: json))
      #expect(inspection.arrays.map(\.name) == ["mu"] && inspection.arrays[0].maximum == 4)
      #expect(inspection.notes["draws"] == "4 in 2 chains")
      let bad = try written("a,b\n1,2\n3\n", "a.csv", in: folder)
      let sentence = refusal { _ = try Inspection(of: URL(fileURLWithPath: bad)) }
      #expect(sentence?.contains("number of fields") == true, "\(sentence ?? "nothing")")
    }
  }

  /// Columns of text are told, not refused.
  @Test func textColumnsAreToldAsText() throws {
    try withScratchFolder { folder in
      let file = folder.appendingPathComponent("a.csv")
      try Data("id,x,kind\na1,1,b\na2,NA,a\na3,inf,b\na4,-2,7\n".utf8).write(to: file)
      let inspection = try Inspection(of: file)
      #expect(inspection.arrays.map(\.name) == ["x"])
      #expect(inspection.arrays[0].minimum == -2 && inspection.arrays[0].maximum == 1)
      #expect(inspection.arrays[0].notFinite == 2)
      #expect(inspection.notes["kind"] == "text in 3 of 4 rows, beside numbers: b, a")
      #expect(inspection.notes["id"] == "text, 4 different: a1, a2, a3, a4")
      for labels in ["kind", "last"] {
        let asked = try Inspection(of: file, labels: labels)
        #expect(asked.notes["kind"] == "7, a, b" && asked.arrays.map(\.name) == ["x"])
      }
    }
  }

  @Test func namesAreSortedAsPeopleCount() throws {
    try withScratchFolder { folder in
      let file = folder.appendingPathComponent("a.safetensors")
      let one = Tensor([1] as [Float])
      try Safetensors.write(["10.bias": one, "2.bias": one], to: file)
      #expect(try Inspection(of: file).arrays.map(\.name) == ["2.bias", "10.bias"])
    }
  }

  @Test(arguments: [
    "npy", "npz", "safetensors", "pt", "pth", "pt2", "onnx", "distill", "csv", "csv.gz",
    "idx-ubyte", "json", "nc", "txt", "ubj", "torchscript",
  ])
  func pipesAreNotWaitedFor(ending: String) throws {
    try withScratchFolder { folder in
      let pipe = folder.appendingPathComponent("a." + ending)
      #expect(mkfifo(pipe.path, 0o600) == 0)
      #expect(refusal { try Inspection(of: pipe) }?.contains("\n") == false)
    }
  }

  @Test func unknownAndMissingFilesAreRefused() {
    let unknown = refusal { try Inspection(of: URL(fileURLWithPath: "/dev/null")) }
    #expect(unknown?.hasPrefix("'/dev/null' is of no format known here") == true)
    for name in ["a.pdf", "a.npy", "a.npz", "a.safetensors", "a.csv", "a-ubyte"] {
      let message = refusal { try Inspection(of: URL(fileURLWithPath: "/nowhere/\(name)")) }
      #expect(message == "there is no file '/nowhere/\(name)': check the path")
      #expect(message?.contains("\n") == false)
    }
  }
}

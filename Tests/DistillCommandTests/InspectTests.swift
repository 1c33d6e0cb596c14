import Exchange
import Foundation
import Networks
import Tensors
import Testing

@testable import DistillCommand

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

  @Test func namesAreSortedAsPeopleCount() throws {
    try withScratchFolder { folder in
      let file = folder.appendingPathComponent("a.safetensors")
      let one = Tensor([1] as [Float])
      try Safetensors.write(["10.bias": one, "2.bias": one], to: file)
      #expect(try Inspection(of: file).arrays.map(\.name) == ["2.bias", "10.bias"])
    }
  }

  @Test func unknownAndMissingFilesAreRefused() {
    let unknown = refusal { try Inspection(of: URL(fileURLWithPath: "/nowhere/a.pdf")) }
    #expect(unknown?.hasPrefix("'/nowhere/a.pdf' is of no format known here") == true)
    for name in ["a.npy", "a.npz", "a.safetensors", "a.csv", "a-ubyte"] {
      let message = refusal { try Inspection(of: URL(fileURLWithPath: "/nowhere/\(name)")) }
      #expect(message?.contains("/nowhere/\(name)") == true)
      #expect(message?.contains("\n") == false)
    }
  }
}

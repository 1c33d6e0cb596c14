import Distill
import Foundation
import Testing

@testable import Compression
@testable import DistillCommand
@testable import Exchange
@testable import Experiments
@testable import Runs

/// Models and images in files, good and bad.
@Suite struct GenerativeFileTests {
  private func same(_ a: RBM, _ b: RBM) -> Bool {
    zip(
      [a.weights, a.visibleBias, a.hiddenBias],
      [b.weights, b.visibleBias, b.hiddenBias]
    ).allSatisfy { $0.shape == $1.shape && $0.largestDifference(from: $1) == 0 }
  }

  @Test(arguments: ["npz", "safetensors"]) func machinesReadBack(ending: String) throws {
    try withScratchFolder { folder in
      let file = folder.appendingPathComponent("rbm.\(ending)")
      try ModelFile.write(smallRBM(), to: file)
      #expect(same(try ModelFile.rbm(at: file.path), smallRBM()))
    }
  }

  @Test func namesOfScikitLearnAreKnown() throws {
    try withScratchFolder { folder in
      let file = folder.appendingPathComponent("rbm.npz")
      let rbm = smallRBM()
      try NumPy.writeArchive(
        [
          "components_": rbm.weights.transposed().contiguous.cast(to: .float64),
          "intercept_visible_": rbm.visibleBias.cast(to: .float64),
          "intercept_hidden_": rbm.hiddenBias.cast(to: .float64),
        ],
        to: file
      )
      #expect(same(try ModelFile.rbm(at: file.path), rbm))
    }
  }

  @Test(arguments: [NADE.Units.logistic, .relu]) func studentsReadBack(units: NADE.Units) throws {
    try withScratchFolder { folder in
      let generator = RandomGenerator(seed: 5)
      let file = folder.appendingPathComponent("student.safetensors")
      let student = NADE(
        inputs: 6,
        hidden: 4,
        units: units,
        order: [5, 1, 0, 2, 4, 3],
        using: generator
      )
      try student.write(to: file, metadata: ["loss": "likelihood"])
      let again = try #require(try ModelFile.student(at: file.path) as? NADE)
      #expect(again.order == student.order && again.units == units)
      let states = Tensor.randomIntegers(0..<2, [20, 6], using: generator).cast(to: .uint8)
      let difference = again.logProbability(states)
        .largestDifference(from: student.logProbability(states))
      #expect(difference == 0)
      #expect(try Safetensors.read(from: file).metadata["loss"] == "likelihood")
    }
  }

  struct Bad {
    let name: String
    let tensors: [String: Tensor]
    let message: String
  }

  static var bad: [Bad] {
    let (w, a, b) = (Tensor.zeros([3, 2]), Tensor.zeros([3]), Tensor.zeros([2]))
    let nan = Tensor([0, .nan, 1] as [Float])
    func named(_ w: Tensor, _ a: Tensor, _ b: Tensor) -> [String: Tensor] {
      ["weights": w, "visible_bias": a, "hidden_bias": b]
    }
    return [
      Bad(name: "missing", tensors: ["weights": w], message: "these are: weights"),
      Bad(name: "swapped", tensors: named(w, b, a), message: "do not belong to weights"),
      Bad(name: "rank", tensors: named(a, a, b), message: "do not belong to weights"),
      Bad(name: "nan", tensors: named(w, nan, b), message: "must be finite numbers"),
      Bad(
        name: "huge",
        tensors: named(.full(1e300, [3, 2], .float64), a, b),
        message: "must be finite numbers"
      ),
      Bad(
        name: "empty",
        tensors: named(.zeros([0, 2]), .zeros([0]), b),
        message: "an RBM needs units"
      ),
      Bad(
        name: "flat",
        tensors: ["components_": a, "intercept_visible_": a, "intercept_hidden_": b],
        message: "do not belong to weights"
      ),
    ]
  }

  @Test func badMachinesAreRefusedInOneSentence() throws {
    try withScratchFolder { folder in
      for bad in Self.bad {
        for ending in ["npz", "safetensors"] {
          let file = folder.appendingPathComponent("\(bad.name).\(ending)")
          if ending == "npz" {
            try NumPy.writeArchive(bad.tensors, to: file)
          } else {
            try Safetensors.write(bad.tensors, to: file)
          }
          let said = refusal { try ModelFile.rbm(at: file.path) }
          #expect(said?.contains(bad.message) == true, "\(bad.name): \(said ?? "accepted")")
          #expect(said?.contains(file.path) == true && said?.contains("\n") == false)
        }
      }
    }
  }

  /// A run that is refused for what is in its file leaves its folder free for the next try.
  @Test func aRefusedRunLeavesNoFolder() throws {
    try withScratchFolder { folder in
      let file = folder.appendingPathComponent("rbm.npz")
      let out = folder.appendingPathComponent("run")
      try NumPy.writeArchive(["weights": .zeros([2, 2])], to: file)
      let command = try Program.parseAsRoot([
        "generative", "fit", file.path, "--out", out.path, "--quiet",
      ])
      let fit = try #require(command as? GenerativeFitCommand)
      #expect(refusal { try fit.run() }?.contains("holds no RBM") == true)
      #expect(!FileManager.default.fileExists(atPath: out.path))
    }
  }

  @Test func otherFilesAreRefusedInOneSentence() throws {
    try withScratchFolder { folder in
      let file = { (name: String) in folder.appendingPathComponent(name) }
      try ModelFile.write(smallRBM(), to: file("rbm.npz"))
      try Data(contentsOf: file("rbm.npz")).prefix(300).write(to: file("cut.npz"))
      #expect(refusal { try ModelFile.rbm(at: file("cut.npz").path) }?.contains("cut.npz") == true)
      #expect(
        refusal { try ModelFile.rbm(at: "rbm.mat") }
          == "'rbm.mat' is no file of a model: give a NumPy archive (.npz) or a .safetensors file"
      )
      let student = NADE(inputs: 3, hidden: 2, using: RandomGenerator(seed: 1))
      try student.write(to: file("s.safetensors"))
      #expect(
        refusal { try ModelFile.rbm(at: file("s.safetensors").path) }?
          .contains("holds a student, not an RBM") == true
      )
      try ModelFile.write(smallRBM(), to: file("t.safetensors"))
      #expect(
        refusal { try ModelFile.student(at: file("t.safetensors").path) }?
          .contains("holds no student: name the student.safetensors of a run") == true
      )
      let tensors = try Safetensors.read(from: file("s.safetensors")).tensors
      for (note, value) in [("order", "0 0 1"), ("order", "what"), ("units", "tanh")] {
        try Safetensors.write(tensors, metadata: [note: value], to: file("o.safetensors"))
        let said = refusal { try ModelFile.student(at: file("o.safetensors").path) }
        #expect(said?.contains("holds no NADE") == true, "\(note) \(value)")
      }
    }
  }

  @Test func imagesAreMadeBinary() throws {
    try withScratchFolder { folder in
      let file = { (name: String) in folder.appendingPathComponent(name) }
      let bytes = Tensor([0, 127, 128, 255, 1, 200] as [UInt8], shape: [2, 3])
      try IDX.write(bytes, to: file("images-ubyte"))
      let gray = bytes.cast(to: .float32) / 255
      try NumPy.write(gray, to: file("gray.npy"))
      try NumPy.writeArchive(["test": bytes, "train": bytes], to: file("two.npz"))
      for path in ["images-ubyte", "gray.npy", "two.npz:test"] {
        let images = try binaryImages(at: file(path).path, usual: [])
        #expect(images.scalars(UInt8.self) == [0, 0, 1, 1, 0, 1], "\(path)")
      }
      let bits = Tensor([0, 1, 1, 0] as [UInt8], shape: [2, 1, 2])
      try NumPy.writeArchive(["x": bits], to: file("bits.npz"))
      let read = try binaryImages(at: file("bits.npz").path, usual: ["test"], width: 2)
      #expect(read.shape == [2, 2] && read.scalars(UInt8.self) == [0, 1, 1, 0])
      let messages = [
        refusal { try binaryImages(at: file("bits.npz").path, usual: [], width: 784) },
        refusal { try binaryImages(at: file("two.npz").path, usual: ["x"]) },
        refusal { try binaryImages(at: file("missing.npz").path, usual: []) },
      ]
      #expect(messages[0]?.contains("have 2 pixels, and the model has 784") == true)
      #expect(messages[1]?.contains("is not clear: test, train") == true)
      #expect(messages[2]?.contains("missing.npz") == true)
      let other = refusal { try binaryImages(at: file("bits.npz").path + ":train", usual: []) }
      #expect(other?.contains("no array named train; choose from: x") == true, "\(other ?? "")")
      for (name, wrong) in [
        ("negative", gray - 1), ("nan", gray / 0), ("flat", gray.flattened()),
      ] {
        try NumPy.write(wrong, to: file("\(name).npy"))
        let said = refusal { try binaryImages(at: file("\(name).npy").path, usual: []) }
        #expect(said?.contains("\(name).npy") == true, "\(name)")
      }
    }
  }

  /// An archive in which somebody noted a name: it is left alone, and shown for what it is.
  @Test func textBesideNumbersIsLeftAlone() throws {
    try withScratchFolder { folder in
      let file = folder.appendingPathComponent("noted.npz")
      func write(_ arrays: [String: Tensor], text name: String) throws {
        try NewFile.write(to: file) { file in
          let archive = ZipWriter(file, compressed: false)
          for (name, tensor) in arrays {
            let bytes = try NumPy.bytes(of: tensor)
            try archive.addMember(named: "\(name).npy") { try bytes.withUnsafeBytes($0) }
          }
          let text = NumPyHeader.bytes(type: "<U2", shape: [1]) + [65, 0, 0, 0, 66, 0, 0, 0]
          try archive.addMember(named: "\(name).npy") { try text.withUnsafeBytes($0) }
          try archive.finish()
        }
      }
      try write(smallRBM().tensors, text: "author")
      #expect(same(try ModelFile.rbm(at: file.path), smallRBM()))
      let inspection = try Inspection(of: file)
      #expect(inspection.arrays.count == 3 && inspection.notes["author"]?.contains("<U2") == true)
      let bits = Tensor([0, 1, 1, 0] as [UInt8], shape: [2, 2])
      try write(["x": bits], text: "author")
      for path in [file.path, file.path + ":x"] {
        #expect(try binaryImages(at: path, usual: ["train"]).scalars(UInt8.self) == [0, 1, 1, 0])
      }
      let named = refusal { try binaryImages(at: file.path + ":author", usual: []) }
      #expect(named?.contains("author.npy") == true, "\(named ?? "")")
      // Text where a model has numbers is what is wrong with it.
      try write(["visible_bias": Tensor([0.0]), "hidden_bias": Tensor([0.0])], text: "weights")
      let lacking = refusal { try ModelFile.rbm(at: file.path) }
      #expect(lacking?.contains("weights.npy") == true, "\(lacking ?? "")")
    }
  }

  /// Counts are neither zeros and ones nor bytes.
  @Test func countsNeedAThreshold() throws {
    try withScratchFolder { folder in
      let file = folder.appendingPathComponent("counts.npy")
      try NumPy.write(Tensor([0, 20, 7, 8] as [Int], shape: [2, 2]), to: file)
      let said = refusal { try binaryImages(at: file.path, usual: []) }
      #expect(said?.contains("whole numbers from 0 to 20") == true)
      #expect(said?.contains("--threshold") == true)
      let images = try binaryImages(at: file.path, usual: [], threshold: 8)
      #expect(images.scalars(UInt8.self) == [0, 1, 0, 1])
    }
  }
}

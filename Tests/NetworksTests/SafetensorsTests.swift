import Foundation
import Tensors
import Testing

@testable import Networks

@Suite struct SafetensorsTests {
  @Test func fileOfPythonIsRead() throws {
    let (tensors, metadata) = try Safetensors.read(from: Fixture.url("python.safetensors"))
    #expect(metadata == ["format": "pt", "note": "é \"quoted\""])
    let expected: [String: (ElementType, [Int], [Double])] = [
      "bfloat": (.bfloat16, [1, 3], [1.5, -2, 0.25]),
      "half": (.float16, [2], [0.5, 65504]),
      "single": (.float32, [2, 2], [1, 2, 3, 4.5]),
      "double": (.float64, [], [3.141592653589793]),
      "long": (.int64, [2], [-1, 0x1p40]),
      "int": (.int32, [1], [7]),
      "short": (.int16, [1], [-300]),
      "byte": (.uint8, [1], [200]),
      "signed": (.int8, [1], [-100]),
      "truth": (.bool, [3], [1, 0, 1]),
      "empty": (.float32, [0, 3], []),
    ]
    #expect(Set(tensors.keys) == Set(expected.keys))
    for (name, (type, shape, values)) in expected {
      let tensor = try #require(tensors[name])
      #expect(tensor.elementType == type && tensor.shape == shape, "\(name)")
      #expect(tensor.scalars(Double.self) == values, "\(name)")
    }
  }

  @Test func whatIsWrittenIsReadBackToTheBit() throws {
    try withTemporaryFolder { folder in
      let url = folder.appending(path: "all.safetensors")
      let generator = RandomGenerator(seed: 1)
      var tensors: [String: Tensor] = [
        "turned": Tensor([[1, 2], [3, 4]] as [[Float]]).transposed()
      ]
      for type in ElementType.allCases {
        tensors["a \"\(type)\"\n"] = Tensor.randomIntegers(0..<2, [3, 5], using: generator)
          .cast(to: type)
        tensors["\(type).scalar"] = Tensor(1).cast(to: type)
        tensors["\(type).empty"] = Tensor.zeros([0], type)
      }
      let metadata = ["made by": "Distill\t✓", "": "\\"]
      try Safetensors.write(tensors, metadata: metadata, to: url)
      let back = try Safetensors.read(from: url)
      #expect(back.metadata == metadata)
      #expect(Set(back.tensors.keys) == Set(tensors.keys))
      for (name, tensor) in tensors {
        let found = try #require(back.tensors[name])
        #expect(found.elementType == tensor.elementType && found.shape == tensor.shape)
        let bytes = (found.withUnsafeBytes { Array($0) }, tensor.withUnsafeBytes { Array($0) })
        #expect(bytes.0 == bytes.1)
      }
      let bytes = try Data(contentsOf: url)
      #expect(bytes[0] % 8 == 0, "the numbers start at a multiple of 8 bytes")
      try Safetensors.write(back.tensors, metadata: metadata, to: url)
      #expect(try Data(contentsOf: url) == bytes)
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).count == 1)
    }
  }

  @Test func failedWriteLeavesWhatWasThere() throws {
    try withTemporaryFolder { folder in
      let url = folder.appending(path: "missing/x.safetensors")
      let error = #expect(throws: WeightsError.self) { try Safetensors.write([:], to: url) }
      #expect(error?.description == "cannot write '\(url.path)': No such file or directory")
      let reserved = folder.appending(path: "y.safetensors")
      #expect(throws: WeightsError.self) {
        try Safetensors.write(["__metadata__": Tensor(1)], to: reserved)
      }
      let left = try FileManager.default.contentsOfDirectory(atPath: folder.path)
      #expect(left == [])
    }
  }

  /// Headers with what the refusal must say; 8 bytes of numbers follow each.
  static let hostileHeaders: [(header: String, says: String)] = [
    ("", "ends too early"),
    ("[]", "not a JSON object"),
    ("{} {}", "more after the end"),
    ("{\"a\":", "ends too early"),
    ("{\"a\":nul}", "byte 5"),
    ("{\"a\":{\"dtype\":\"F32\"", "ends too early"),
    (String(repeating: "[", count: 100_000), "nested too deeply"),
    (String(repeating: "{\"a\":", count: 100_000), "nested too deeply"),
    ("{\"\u{1}\":1}", "control character"),
    ("{\"\\ud800\":1}", "surrogate"),
    ("{\"a\":1}", "'a' does not have a dtype"),
    (entry("F32", "[2]", "[0,8]", extra: ",\"a\":1"), "'a' is there twice"),
    (entry("F33", "[2]", "[0,8]"), "unknown type 'F33'"),
    (entry("F32", "[3]", "[0,8]"), "needs 12 bytes, and its data_offsets span 8"),
    (entry("F32", "[2]", "[8,0]"), "rising data_offsets"),
    (entry("F32", "[2]", "[-8,0]"), "rising data_offsets"),
    (entry("F32", "[-2]", "[0,8]"), "a shape"),
    (entry("F32", "[2.0]", "[0,8]"), "a shape"),
    (entry("F32", "[1e0,2]", "[0,8]"), "a shape"),
    (entry("F32", "[2]", "[0,8,8]"), "two rising data_offsets"),
    (entry("F32", "[2]", "[8,16]"), "starts at byte 8 instead of 0"),
    (entry("F32", "[1]", "[0,4]"), "need 4 bytes, and 8 follow"),
    (entry("F32", "[3]", "[0,12]"), "need 12 bytes, and 8 follow"),
    (entry("F32", "[4611686018427387904,4]", "[0,8]"), "huge shape"),
    (entry("F32", "[0,4611686018427387904,4]", "[0,0]"), "huge shape"),
    (entry("F32", "[99999999999999999999]", "[0,8]"), "a shape"),
    (entry("F32", "[\(Array(repeating: "1", count: 65).joined(separator: ","))]", "[0,8]"), "axes"),
    (entry("F32", "[2]", "[0,8]", extra: ",\"b\":\(tensor("F32", "[1]", "[4,8]"))"), "starts at"),
    (entry("F32", "[2]", "[0,8]", extra: ",\"b\":\(tensor("F32", "[2]", "[0,8]"))"), "starts at"),
    (entry("BOOL", "[8]", "[0,8]"), "truth values"),
    ("{\"__metadata__\":[]}", "metadata is not"),
    ("{\"__metadata__\":{\"a\":1}}", "metadata 'a' is not text"),
  ]

  static func tensor(_ type: String, _ shape: String, _ offsets: String) -> String {
    "{\"dtype\":\"\(type)\",\"shape\":\(shape),\"data_offsets\":\(offsets)}"
  }

  static func entry(
    _ type: String,
    _ shape: String,
    _ offsets: String,
    extra: String = ""
  ) -> String {
    "{\"a\":\(tensor(type, shape, offsets))\(extra)}"
  }

  @Test(arguments: hostileHeaders.indices)
  func hostileHeaderIsRefusedInOneSentence(index: Int) throws {
    let (header, says) = Self.hostileHeaders[index]
    let length = withUnsafeBytes(of: UInt64(header.utf8.count).littleEndian) { Data($0) }
    try expectRefusal(of: length + Data(header.utf8) + Data(repeating: 7, count: 8), says)
  }

  @Test(arguments: [
    (Data(), "ends too early"),
    (Data([1, 2, 3]), "ends too early"),
    (Data([255, 255, 255, 255, 255, 255, 255, 255, 1]), "claims 18446744073709551615 bytes"),
    (Data([255, 255, 255, 255, 255, 255, 255, 127, 1]), "claims 9223372036854775807 bytes"),
    (Data([100, 0, 0, 0, 0, 0, 0, 0, 123]), "claims 100 bytes, and the file has 9"),
    (Data([4, 0, 0, 0, 0, 0, 0, 0, 123, 34, 255, 254]), "not UTF-8"),
  ])
  func hostileBytesAreRefusedInOneSentence(bytes: Data, says: String) throws {
    try expectRefusal(of: bytes, says)
  }

  /// Whatever byte of a good file is changed or wherever it is cut, reading gives tensors or one
  /// sentence.
  @Test func damagedFilesNeverCrash() throws {
    let good = try Data(contentsOf: Fixture.url("python.safetensors"))
    try withTemporaryFolder { folder in
      let url = folder.appending(path: "damaged.safetensors")
      for length in stride(from: 0, to: good.count, by: 7) {
        try good.prefix(length).write(to: url)
        #expect(throws: WeightsError.self) { try Safetensors.read(from: url) }
      }
      for position in good.indices {
        var bytes = good
        bytes[position] ^= 0x11
        try bytes.write(to: url)
        do { _ = try Safetensors.read(from: url) } catch is WeightsError {}
      }
    }
  }

  /// As the caches of other programs keep weights; a pipe behind one is none.
  @Test func linksAreFollowed() throws {
    try withTemporaryFolder { folder in
      let (file, link) = (folder.appending(path: "file"), folder.appending(path: "link"))
      try Safetensors.write(["a": Tensor([1, 2] as [Float])], to: file)
      let files = FileManager.default
      try files.createSymbolicLink(atPath: link.path, withDestinationPath: "file")
      #expect(try Safetensors.read(from: link).tensors["a"]?.scalars(Float.self) == [1, 2])
      try files.removeItem(at: file)
      #expect(mkfifo(file.path, 0o600) == 0)
      let error = #expect(throws: WeightsError.self) { try Safetensors.read(from: link) }
      #expect(error?.description.hasSuffix("it is not a file") == true)
    }
  }

  @Test func missingFileAndFolderAreRefused() throws {
    try withTemporaryFolder { folder in
      let error = #expect(throws: WeightsError.self) { try Safetensors.read(from: folder) }
      #expect(error?.description.hasSuffix("it is not a file") == true)
      let url = folder.appending(path: "none")
      let missing = #expect(throws: WeightsError.self) { try Safetensors.read(from: url) }
      #expect(
        missing?.description == "cannot read '\(url.path)' as safetensors: there is no such file"
      )
    }
  }

  private func expectRefusal(of bytes: Data, _ says: String) throws {
    try withTemporaryFolder { folder in
      let url = folder.appending(path: "hostile.safetensors")
      try bytes.write(to: url)
      let error = #expect(throws: WeightsError.self) { try Safetensors.read(from: url) }
      let text = error?.description ?? ""
      #expect(text.hasPrefix("cannot read '\(url.path)' as safetensors: "))
      #expect(text.contains(says), "\(text)")
      #expect(!text.contains("\n") && text.count < 400)
    }
  }
}

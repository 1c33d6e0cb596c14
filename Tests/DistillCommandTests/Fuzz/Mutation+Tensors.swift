import Distill
import Foundation

extension Mutation {
  /// Tensors and words of a safetensors file are others, or its header is.
  mutating func safetensors(_ data: Data) throws -> Data {
    try withFile(data, "safetensors") { mutation, file in
      guard var (tensors, words) = try? Safetensors.read(from: file) else {
        return try mutation.bytes(data).write(to: file)
      }
      if mutation.dice.isOne(in: 4), data.count > 8 {
        return try mutation.header(of: data).write(to: file)
      }
      if mutation.dice.isOne(in: 2),
        let key = words.keys.sorted().randomElement(using: &mutation.dice)
      {
        words[key] =
          mutation.dice.isOne(in: 5)
          ? nil
          : mutation.dice.one(of: mutation.dice.isOne(in: 2) ? Strange.numbers : Strange.words)
      } else {
        mutation.change(&tensors)
      }
      try Safetensors.write(tensors, metadata: words, to: file)
    }
  }

  mutating func arrays(_ data: Data, _ name: String) throws -> Data {
    let ending = (name as NSString).pathExtension
    return try withFile(data, ending) { mutation, file in
      if ending == "npy" {
        guard let tensor = try? NumPy.read(from: file) else { return }
        var tensors = ["": tensor]
        mutation.change(&tensors)
        try NumPy.write(tensors[""] ?? .zeros([0]), to: file)
      } else {
        guard var tensors = try? NumPy.readArchive(from: file) else { return }
        mutation.change(&tensors)
        try NumPy.writeArchive(tensors, to: file)
      }
    }
  }

  private mutating func change(_ tensors: inout [String: Tensor]) {
    guard let key = tensors.keys.sorted().randomElement(using: &dice) else { return }
    let tensor = tensors[key]!
    switch dice.below(8) {
    case 0: tensors[key] = nil
    case 1: tensors["more"] = tensor
    case 2:
      tensors[key] = .zeros(dice.one(of: [[], [0], [1], [3, 0], [2, 3], [1, 1, 1], [7, 7]]))
    case 3: tensors[key] = tensor.zerosLike
    case 4: tensors[key] = tensor.insertingAxis(0)
    case 5: tensors[key] = tensor.reshaped(to: [-1])
    default:
      let number = Double(dice.one(of: Strange.numbers)) ?? 0
      let type = dice.one(of: [tensor.elementType, .float64, .float32, .int64, .uint8])
      // Numbers that a type of integers has not are said as its largest.
      let fits = type.isFloatingPoint || number.magnitude < 255
      tensors[key] = (tensor.cast(to: .float64) * 0 + (fits ? number : 255)).cast(to: type)
    }
  }

  /// The header as other JSON of a length that is said truly.
  private mutating func header(of data: Data) -> Data {
    let length = data.prefix(8).reversed().reduce(0) { $0 << 8 | Int($1) }
    guard length > 0, length <= data.count - 8 else { return bytes(data) }
    let header = json(Data(data.dropFirst(8).prefix(length)))
    let size = withUnsafeBytes(of: UInt64(header.count).littleEndian) { Data($0) }
    return size + header + data.dropFirst(8 + length)
  }

  mutating func withFile(
    _ data: Data,
    _ ending: String,
    _ body: (inout Mutation, URL) throws -> Void
  ) throws -> Data {
    let file = FuzzTests.folder.appendingPathComponent("mutation.\(ending)")
    defer { try? FileManager.default.removeItem(at: file) }
    try data.write(to: file)
    try body(&self, file)
    return try Data(contentsOf: file)
  }
}

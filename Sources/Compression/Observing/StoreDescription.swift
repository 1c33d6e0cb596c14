import Distillation
import Exchange
import Foundation
import Mathematics
import Tensors

/// What a store of observations is of: everything that decides on its numbers. Stores of the same
/// description are parts of one.
package struct StoreDescription: Codable, Equatable {
  package struct Teacher: Codable, Equatable {
    /// The hashes of its files, in the order of the members of an ensemble.
    package var sha256: [String]
    /// What it is, for people.
    package var network: String
    package var members: Int
    package var mean: Ensemble.Mean
    /// Other names for what is in its files.
    package var renames: [String]?
    /// Which of several outputs of a whole model.
    package var output: String?
    /// Whether it is trees, which answer alike however inputs are scaled.
    package var areTrees: Bool?
    /// What its file says of the examples that it was trained on.
    package var facts: [String: String]

    package init(
      sha256: [String],
      network: String,
      members: Int,
      mean: Ensemble.Mean,
      renames: [String]?,
      output: String? = nil,
      areTrees: Bool? = nil,
      facts: [String: String]
    ) {
      (self.sha256, self.network, self.members) = (sha256, network, members)
      (self.mean, self.renames, self.areTrees) = (mean, renames, areTrees)
      self.output = output
      self.facts = facts
    }
  }

  package struct Inputs: Codable, Equatable {
    /// The hash of all numbers as Float32, in the order of the data.
    package var sha256: String
    package var count: Int
    /// How many are to learn from; those for the test follow them.
    package var training: Int
    /// Of one input.
    package var shape: [Int]
    /// What the numbers of the files are divided by before they are hashed.
    package var divisor: Double
    /// What is done to them then, before the teacher sees them.
    package var scaling: ExampleScaling
  }

  package static let format = "distill observations"

  package var format = Self.format
  package var version = 1
  package var teacher: Teacher
  package var inputs: Inputs
  package var arrays: [RecordedArray]
  /// How many examples are asked about at once, and kept in one file.
  package var chunk: Int
  /// Which random changes of the inputs the teacher saw; nil for none.
  package var augmentation: String?
  /// What numbers depend on to the last bit, where that is part of what the store is of.
  package var machine: [String: String]?

  package init(
    teacher: Teacher,
    inputs: Inputs,
    arrays: [RecordedArray],
    chunk: Int,
    machine: [String: String]? = nil
  ) {
    (self.teacher, self.inputs, self.arrays) = (teacher, inputs, arrays)
    (self.chunk, self.machine) = (chunk, machine)
  }

  /// As the store has it.
  package var text: String { prettyJson(self) }

  package var chunkCount: Int { (inputs.count + chunk - 1) / chunk }

  /// The examples of a chunk.
  package func rows(of index: Int) -> Range<Int> {
    index * chunk..<min((index + 1) * chunk, inputs.count)
  }

  package func array(_ name: String) -> RecordedArray? { arrays.first { $0.name == name } }

  /// The taps whose features are kept.
  package var features: [String] {
    arrays.map(\.name).filter { $0.hasPrefix(RecordedArray.feature) }
      .map { String($0.dropFirst(RecordedArray.feature.count)) }
  }

  /// Bytes of one example.
  package var byteCount: Int { arrays.reduce(0) { $0 + $1.byteCount } }

  /// The first that two descriptions differ in, in words; nil where they are the same.
  package func difference(from other: StoreDescription) -> String? {
    if self == other { return nil }
    if version != other.version { return "it is of another version" }
    if teacher.sha256 != other.teacher.sha256 { return "it is of another teacher" }
    if inputs.sha256 != other.inputs.sha256 { return "it is of other inputs" }
    if inputs != other.inputs { return "its inputs are scaled or parted otherwise" }
    if augmentation != other.augmentation { return "its inputs are augmented otherwise" }
    if teacher != other.teacher { return "it is of the same files as another network" }
    if arrays.map(\.name) != other.arrays.map(\.name) {
      func list(_ arrays: [RecordedArray]) -> String { arrays.map(\.name).joined(separator: ", ") }
      return "it keeps \(list(arrays)), not \(list(other.arrays))"
    }
    if arrays.map(\.form) != other.arrays.map(\.form) {
      return "it keeps \(arrays[0].form), not \(other.arrays[0].form)"
    }
    if chunk != other.chunk { return "its chunks have \(grouped(chunk)) examples" }
    return "it is of another machine or other layers"
  }
}

extension StoreDescription {
  /// - Throws: `RunError` when the text describes no store, or one that cannot be.
  package init(parsing text: Data, at path: String) throws {
    func refused(_ reason: String) -> RunError {
      RunError("'\(path)' describes no store of observations: \(reason)")
    }
    do {
      self = try CarefulJSONDecoder().decode(StoreDescription.self, from: text)
    } catch {
      throw refused(sentence(for: error))
    }
    guard format == Self.format else { throw refused("its format is '\(format)'") }
    guard version == 1 else {
      throw RunError("'\(path)' is of version \(version) of stores, and 1 is known here")
    }
    try checkNumbers(refused)
    var names: Set<String> = []
    for array in arrays {
      guard names.insert(array.name).inserted else {
        throw refused("'\(array.name)' is there twice")
      }
      try check(array, refused)
    }
    guard arrays.first?.name == RecordedArray.values else { throw refused("it keeps no values") }
  }

  private func checkNumbers(_ refused: (String) -> RunError) throws {
    let most = 1 << 40
    guard (1...most).contains(inputs.count), (0...inputs.count).contains(inputs.training),
      (1...1 << 30).contains(chunk), Self.size(of: inputs.shape) != nil,
      inputs.shape.count == 1 || inputs.shape.count == 3,
      inputs.divisor > 0 && inputs.divisor.isFinite, (1...1 << 20).contains(teacher.members)
    else { throw refused("its numbers of examples make no sense") }
    guard inputs.scaling.isSound(channels: inputs.shape[0]) else {
      throw refused("its scaling makes no sense")
    }
  }

  private func check(_ array: RecordedArray, _ refused: (String) -> RunError) throws {
    let (name, shape) = (array.name, array.shape)
    let isValues = [RecordedArray.values, RecordedArray.own].contains(name)
    guard isValues || name == RecordedArray.derivatives || name.hasPrefix(RecordedArray.feature)
    else { throw refused("an array '\(name)' is unknown") }
    guard Self.size(of: shape) != nil, !isValues || shape.count == 1,
      name != RecordedArray.derivatives || shape.count > 1
    else { throw refused("'\(name)' has the shape \(shape)") }
    guard isValues == (array.meaning != nil) else { throw refused("'\(name)' means nothing") }
    guard case .mostProbable(let count) = array.form else { return }
    guard name == RecordedArray.values, array.meaning == .logProbabilities, count < shape[0] else {
      throw refused("'\(name)' cannot be kept as \(array.form)")
    }
  }

  /// The product of lengths; nil where one is not positive, or it is beyond all sense.
  private static func size(of shape: [Int]) -> Int? {
    shape.reduce(1) { product, length in
      guard let product, length > 0 else { return nil }
      let (next, overflows) = product.multipliedReportingOverflow(by: length)
      return overflows || next > 1 << 36 ? nil : next
    }
  }
}

extension ExampleScaling {
  /// Whether it can be applied to inputs of so many channels or features.
  func isSound(channels: Int) -> Bool {
    mean.count == deviation.count && [0, 1, channels].contains(mean.count)
      && mean.allSatisfy(\.isFinite) && deviation.allSatisfy { $0 > 0 && $0.isFinite }
  }
}

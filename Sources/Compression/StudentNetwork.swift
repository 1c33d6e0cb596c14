import Exchange
import Foundation
import ModelFiles
import Networks
import Tensors

/// The network of a student in a plan: written as text, or that of a file which the run keeps.
@propertyWrapper
package struct StudentNetwork: Codable, Equatable {
  package var wrappedValue: ModelSpecification

  package init(wrappedValue: ModelSpecification) { self.wrappedValue = wrappedValue }

  package init(from decoder: any Decoder) throws {
    wrappedValue = try ModelSpecification.$known.withValue(.withFiles) {
      try ModelSpecification(from: decoder)
    }
  }

  package func encode(to encoder: any Encoder) throws { try wrappedValue.encode(to: encoder) }
}

extension CompressionPlan {
  /// The student's network where it is that of a file.
  package var studentFile: FileArchitecture? { student.architecture as? FileArchitecture }

  /// The student's network, for people.
  package var studentWords: String { FileArchitecture.words(for: student.description) }

  /// The plan with what the run keeps in its folder.
  ///
  /// - Throws: `FileError` when the student's network is not there, or is another.
  package func located(in folder: String) throws -> CompressionPlan {
    var plan = self
    plan.student = try student.located(in: folder)
    return plan
  }

  /// The weights that networks begin with, by the names of their parameters; none where a seed draws them.
  ///
  /// - Throws: One sentence when the file was changed, or holds the weights of another network.
  func firstWeights(on device: Device, _ note: (String) -> Void) throws -> [String: Tensor] {
    guard let studentWeights else { return [:] }
    try studentWeights.requireUnchanged()
    let url = URL(fileURLWithPath: studentWeights.path)
    try requireHeld(student, in: url)
    let network = student.module(using: RandomGenerator(seed: 0, on: device))
    let weights = try NamedWeights(contentsOf: url).entries
    if let text = try network.load(weights, from: url.path) {
      note("first weights of '\(studentWeights.path)': \(text)")
    }
    let named = network.namedParameters
    if let (name, _) = named.first(where: { !$0.parameter.value.isAllFinite }) {
      throw RunError("the weights in '\(studentWeights.path)' are not all finite: \(name)")
    }
    return Dictionary(uniqueKeysWithValues: named.map { ($0.path, $0.parameter.value) })
  }
}

extension CompressionTraining {
  /// Keeps what the run depends on in its folder: what the teacher's program answered, and a student's
  /// network that came as a file.
  ///
  /// - Throws: `FileError` when it cannot be written.
  package func keepFiles(in folder: RunFolder) throws {
    try plan.studentFile?.keep(in: folder.url)
    try keepAnswers(in: folder)
  }
}

import Distill
import Foundation

/// A job of whose finished runs the students leave in every form that can say them.
///
/// The job says which networks its files of weights are, what goes into them and what comes out; the
/// graph, the parity check and the provenance are the same for all.
public protocol ExportableJob: Job {
  /// The students of a run, before all others that which is exported where none is named.
  func students(of run: Run) -> [OfferedStudent]
}

/// A student of a run.
public struct OfferedStudent {
  /// Its weights in the run's folder, without ".safetensors".
  public let file: String
  /// What it learnt from.
  public let lesson: String
  /// Nil of a model of data, whose file says all there is. It throws one sentence when what it takes is
  /// not there any more.
  public let network: (() throws -> OfferedNetwork)?

  public init(_ file: String, lesson: String, network: @escaping () throws -> OfferedNetwork) {
    (self.file, self.lesson, self.network) = (file, lesson, network)
  }

  /// A NADE, a MADE or another normalised model of data.
  public init(modelIn file: String, lesson: String) {
    (self.file, self.lesson, network) = (file, lesson, nil)
  }
}

/// A network that is exported, its weights not read yet, with what goes into it and comes out.
public struct OfferedNetwork {
  /// What a network answers.
  public enum Answers {
    /// The probabilities of classes, by their names.
    case classes([String])
    /// The same of each part of an input, such as a frame or a position.
    case classesOfEach(String, [String])
    /// Numbers, and what they are, for people.
    case numbers(String)
  }

  public let network: any Module
  /// What the file of weights holds.
  public let weights: any Module
  /// Of one input, `[features]`, `[length]`, `[length, features]` or `[channels, height, width]`.
  public let shape: [Int]
  public let answers: Answers
  /// Real ones, `[count, …]`, before they are scaled: the test part of the run.
  public let inputs: Tensor
  /// Their classes, places among the names, `[count]`; nil where they are not known.
  public var labels: Tensor?
  /// The shape of an input in a file, where that is an image and the network takes its numbers in a row.
  public var fileShape: [Int]?
  /// How it is asked about what people have; nil where that is rows of numbers, or images.
  package var use: (any FieldUse)?
  /// What is said about scaled inputs, `[count]` and the shape.
  public let logits: (Tensor) -> Tensor
  /// (x − mean) / deviation comes first: one of each for every feature or channel, or none.
  public var scaling: (mean: [Float], deviation: [Float]) = ([], [])
  /// What else there is to know, by name: "takes" is what the numbers are, for people, and "inputs" the
  /// names of the columns of a table, as JSON.
  public var facts: [String: String] = [:]
  /// The files of its teacher.
  public var teacher: [URL] = []

  /// - Parameters:
  ///   - weights: What the file of weights holds, where that is more than the network.
  ///   - logits: The default is the network itself.
  public init(
    _ network: any Module,
    weights: (any Module)? = nil,
    shape: [Int],
    answers: Answers,
    on inputs: Tensor,
    logits: ((Tensor) -> Tensor)? = nil
  ) {
    self.network = network
    self.weights = weights ?? network
    self.shape = shape
    self.answers = answers
    self.inputs = inputs
    self.logits = logits ?? { network($0) }
  }
}

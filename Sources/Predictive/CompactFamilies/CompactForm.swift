import Tensors

/// What a student of a family of one's own is: numbers that a file keeps, and what they predict.
public protocol CompactForm: Codable, SendableMetatype {
  /// How files name it; another than those of this room.
  static var family: String { get }

  /// The numbers in one input.
  var inputCount: Int { get }
  /// How many classes it tells apart; 0 where outcomes are numbers.
  var classCount: Int { get }
  /// The numbers that were fitted.
  var parameterCount: Int { get }

  /// The formula, with the names of the inputs.
  func formula(_ names: [String]) -> String

  /// What is predicted at rows `[rows, inputs]`, `float64`.
  ///
  /// - Returns: Log-probabilities of classes, `[rows, classes]`; where outcomes are numbers their
  ///   distributions or means.
  func predictions(at rows: Tensor) throws -> CompactStudent.Predictions
}

/// As it stands in a file.
struct StoredForm<Form: CompactForm>: Codable {
  private(set) var family = Form.family
  let form: Form
}

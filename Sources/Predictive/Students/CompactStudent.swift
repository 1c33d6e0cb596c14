import Exchange
import Foundation
import Networks
import Tensors

/// A compact predictive distribution as a file: any family, with the names of its inputs and classes,
/// ready to predict.
///
/// ```swift
/// let student = try CompactStudent.read(from: URL(fileURLWithPath: "student.json"))
/// print(student)  // P(y = 1 | x) = 0.31 σ(1.2 age − 0.3 bmi + 0.7) + …
/// ```
public struct CompactStudent: Sendable, CustomStringConvertible {
  /// The families there are.
  public enum Family {
    case logistics(MixtureOfLogistics)
    case softmaxes(MixtureOfSoftmaxes)
    case regressions(MixtureOfRegressions)
    case normal(NormalRegression)
    case gaussians(GaussianMixture)
    case students(StudentTMixture)
    case network(PredictiveNetwork)
    case densityNetwork(MixtureDensityNetwork)
    case dirichlet(DirichletNetwork)
    /// Of a ``CompactFamily`` of one's own.
    case own(any CompactForm)
  }

  /// Families hold parameters that are never changed here.
  nonisolated(unsafe) public let family: Family
  /// The names of the inputs; empty for densities, which have none.
  public let inputs: [String]
  /// Whether the last coefficient of a closed form is that of a constant 1.
  public let hasIntercept: Bool
  /// The names of the classes, in order; empty where outcomes are numbers.
  public let classes: [String]

  /// - Throws: ``PredictiveError`` when names and family do not fit together.
  public init(
    _ family: Family,
    inputs: [String] = [],
    hasIntercept: Bool = false,
    classes: [String] = []
  ) throws {
    self.family = family
    self.inputs = inputs
    self.hasIntercept = hasIntercept
    self.classes = classes
    let constant = hasIntercept ? 1 : 0
    let (columns, outputs): (Int, Int?) =
      switch family {
      case .logistics(let mixture): (mixture.inputs - constant, 2)
      case .softmaxes(let mixture): (mixture.inputs - constant, mixture.classes)
      case .regressions(let mixture): (mixture.inputs - constant, nil)
      case .normal(let normal): (normal.inputs - constant, normal.link == nil ? nil : 2)
      case .gaussians, .students: (0, nil)
      case .network(let network):
        (
          network.body.widths[0],
          network.quantity == .means ? nil : max(2, network.body.widths.last!)
        )
      case .densityNetwork(let network): (network.body.widths[0], nil)
      case .dirichlet(let network): (network.body.widths[0], network.classes)
      case .own(let form): (form.inputCount, form.classCount == 0 ? nil : form.classCount)
      }
    let isDensity =
      switch family {
      case .gaussians, .students: true
      default: false
      }
    guard isDensity || columns > 0 else {
      throw PredictiveError("a student of no inputs predicts nothing: the file is damaged")
    }
    guard columns == inputs.count, outputs ?? 0 == classes.count else {
      throw PredictiveError(
        "a student of \(columns) inputs and \(outputs ?? 0) classes cannot have \(inputs.count) "
          + "names of inputs and \(classes.count) of classes: the file is damaged"
      )
    }
  }

  /// The formula, with the names of the inputs.
  public var description: String {
    let names = inputs + (hasIntercept ? [""] : [])
    return switch family {
    case .logistics(let mixture): mixture.formula(names)
    case .softmaxes(let mixture): mixture.formula(names)
    case .regressions(let mixture): mixture.formula(names)
    case .normal(let normal): normal.formula(names)
    case .gaussians(let mixture): mixture.description
    case .students(let mixture): mixture.description
    case .network(let network): network.description
    case .densityNetwork(let network): network.description
    case .dirichlet(let network): network.description
    case .own(let form): form.formula(names)
    }
  }

  /// The numbers that were fitted.
  public var parameterCount: Int {
    switch family {
    case .logistics(let mixture): mixture.parameterCount
    case .softmaxes(let mixture): mixture.parameterCount
    case .regressions(let mixture): mixture.parameterCount
    case .normal(let normal): normal.parameterCount
    case .gaussians(let mixture):
      mixture.components * (1 + mixture.dimension + mixture.dimension * (mixture.dimension + 1) / 2)
        - 1
    case .students(let mixture): 4 * mixture.components.count - 1
    case .network(let network): network.parameterCount
    case .densityNetwork(let network): network.parameterCount
    case .dirichlet(let network): network.parameterCount
    case .own(let form): form.parameterCount
    }
  }

  /// The network of a family that has one.
  public var network: MLP? {
    switch family {
    case .network(let network): network.body
    case .densityNetwork(let network): network.body
    case .dirichlet(let network): network.body
    default: nil
    }
  }
}

extension CompactStudent: Codable {
  package static let format = "distill compact predictive 1"

  private enum CodingKeys: CodingKey {
    case format, formula, inputs, hasIntercept, classes, student
  }

  private enum FamilyKeys: CodingKey { case family }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(Self.format, forKey: .format)
    try container.encode(description, forKey: .formula)
    try container.encode(inputs, forKey: .inputs)
    try container.encode(hasIntercept, forKey: .hasIntercept)
    try container.encode(classes, forKey: .classes)
    switch family {
    case .logistics(let student): try container.encode(student, forKey: .student)
    case .softmaxes(let student): try container.encode(student, forKey: .student)
    case .regressions(let student): try container.encode(student, forKey: .student)
    case .normal(let student): try container.encode(student, forKey: .student)
    case .gaussians(let student): try container.encode(student, forKey: .student)
    case .students(let student): try container.encode(student, forKey: .student)
    case .network(let student): try container.encode(student, forKey: .student)
    case .densityNetwork(let student): try container.encode(student, forKey: .student)
    case .dirichlet(let student): try container.encode(student, forKey: .student)
    case .own(let form):
      func encode(_ form: some CompactForm) throws {
        try container.encode(StoredForm(form: form), forKey: .student)
      }
      try encode(form)
    }
  }

  /// - Throws: `DecodingError`, or ``PredictiveError`` when the numbers do not fit together.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    guard try container.decode(String.self, forKey: .format) == Self.format else {
      throw PredictiveError("the file is not a compact predictive of this version of distill")
    }
    let name = try container.nestedContainer(keyedBy: FamilyKeys.self, forKey: .student)
      .decode(String.self, forKey: .family)
    func decoded<Value: Decodable>(_ type: Value.Type) throws -> Value {
      try container.decode(type, forKey: .student)
    }
    func own<Form: CompactForm>(_: Form.Type) throws -> Family {
      .own(try decoded(StoredForm<Form>.self).form)
    }
    let family: Family =
      switch name {
      case "mixture of logistics": .logistics(try decoded(MixtureOfLogistics.self))
      case "mixture of softmaxes": .softmaxes(try decoded(MixtureOfSoftmaxes.self))
      case "mixture of regressions": .regressions(try decoded(MixtureOfRegressions.self))
      case "normal regression": .normal(try decoded(NormalRegression.self))
      case "mixture of Gaussians": .gaussians(try decoded(GaussianMixture.self))
      case "mixture of Student t": .students(try decoded(StudentTMixture.self))
      case "network": .network(try decoded(PredictiveNetwork.self))
      case "mixture density network": .densityNetwork(try decoded(MixtureDensityNetwork.self))
      case "Dirichlet network": .dirichlet(try decoded(DirichletNetwork.self))
      default:
        try CompactFamily.known.all.lazy.compactMap(\.form).first { $0.family == name }
          .map { try own($0) } ?? Self.unknown(name)
      }
    try self.init(
      family,
      inputs: container.decode([String].self, forKey: .inputs),
      hasIntercept: container.decode(Bool.self, forKey: .hasIntercept),
      classes: container.decode([String].self, forKey: .classes)
    )
  }

  private static func unknown(_ family: String) throws -> Family {
    throw PredictiveError("there is no family of students named '\(family)'")
  }

  /// The student as JSON with its formula; the same student always gives the same text.
  public func json() throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(self), as: UTF8.self) + "\n"
  }

  /// Reads what ``json()`` gave.
  ///
  /// - Throws: ``PredictiveError`` in one sentence.
  public static func read(from url: URL) throws -> CompactStudent {
    let data: Data
    do { data = try RegularFile.data(url) } catch {
      throw PredictiveError("\(sentence(for: error)): a student is the student.json of a run")
    }
    do {
      return try CarefulJSONDecoder().decode(CompactStudent.self, from: data)
    } catch let error as PredictiveError {
      throw PredictiveError("'\(url.path)': \(error.description)")
    } catch DecodingError.dataCorrupted(let context) where !context.codingPath.isEmpty {
      throw PredictiveError("'\(url.path)' is damaged: \(context.debugDescription)")
    } catch {
      throw PredictiveError(
        "'\(url.path)' is not a student of distill predictive: name the student.json of a run"
      )
    }
  }
}

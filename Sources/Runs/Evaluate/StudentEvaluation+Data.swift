import Compression
import Distill
import Foundation

extension StudentEvaluation {
  /// Of a student, on data whose outcomes are known.
  ///
  /// - Parameters:
  ///   - data: Nil for the test examples of a run.
  ///   - outcome: Where the outcomes are: a column or an array; of images also the file of the labels.
  ///     Nil where there is only one that may hold them.
  ///   - teacherValues: A file with the teacher's answers, a row for each example.
  /// - Throws: One sentence when the data are not such as the student was made for.
  package init(
    of student: UsableStudent,
    on data: String?,
    outcome: String?,
    teacherValues: String?
  ) throws {
    switch student {
    case .network(let network):
      if network.plan.data.task == .embeddings {
        let inputs = try data.map(network.inputs) ?? network.testExamples().inputs
        try self.init(ofVectors: network.predictions(at: inputs), outcome, teacherValues)
        return
      }
      let examples = try network.examples(from: data, labels: outcome)
      let predictions = try network.predictions(at: examples.inputs)
      let plan = network.plan.data
      try self.init(predictions, examples, plan.classes, teacherValues, plan.task)
    case .compact(let compact) where compact.isDensity:
      try self.init(ofDensity: compact, Self.given(data), outcome)
    case .compact(let compact):
      let data = try Self.given(data)
      let inputs = try PredictionTable.inputs(of: compact, data)
      let source = OutcomeSource(data, outcome, inputs: compact.inputs, classes: compact.classes)
      try self.init(compact.predictions(at: inputs), source, teacherValues)
    case .exported(let exported) where exported.isDensity:
      let states = try exported.inputs(from: Self.given(data))
      guard case .means(let logs) = try exported.predictions(at: states) else {
        throw RunError("the student answers with other numbers than log-probabilities")
      }
      self.init(ofLogProbabilities: logs.scalars())
    case .exported(let exported) where exported.task == .embeddings:
      let inputs = try exported.inputs(from: Self.given(data))
      try self.init(ofVectors: exported.predictions(at: inputs), outcome, teacherValues)
    case .exported(let exported):
      let data = try Self.given(data)
      if exported.outputs != nil || exported.columns == nil, !exported.isMixture {
        let examples = try exported.labelledInputs.read(data, labels: outcome)
        let predictions = try exported.predictions(at: examples.inputs)
        let names = exported.outputs ?? exported.classes
        try self.init(predictions, examples, names, teacherValues, exported.task)
      } else {
        let source = OutcomeSource(
          data,
          outcome,
          inputs: exported.columns ?? [],
          classes: exported.classes
        )
        try self.init(
          exported.predictions(at: exported.inputs(from: data)),
          source,
          teacherValues
        )
      }
    case .field(let field):
      self = try field.use().evaluation(on: data, outcome: outcome, teacherValues: teacherValues)
    case .model(let student):
      let model = student.model
      let states = try model.states(from: Self.given(data))
      self.init(ofLogProbabilities: model.logProbability(states).scalars(Double.self))
    }
  }

  private static func given(_ data: String?) throws -> String {
    guard let data else {
      throw RunError("there is nothing to evaluate the student on: give the file with --data")
    }
    return data
  }

  /// Of classes, or of real numbers.
  private init(
    _ predictions: CompactStudent.Predictions,
    _ examples: LabelledData,
    _ classes: [String],
    _ teacherValues: String?,
    _ task: CompressionTask?
  ) throws {
    switch predictions {
    case .classes(let logs): try self.init(logs, examples.labels, classes, teacherValues)
    case .means(let means):
      guard let outcomes = examples.targets, outcomes.shape == means.shape else {
        throw RunError(
          "the student gives \(means.shape[1]) numbers to each example, and the data have "
            + "\(examples.targets?.shape[1] ?? 0): name their columns with --outcome"
        )
      }
      let teacher = try teacherValues.map { file in
        let values = try AnswersPlan.content(file).values
        guard values.shape == means.shape else {
          throw RunError(
            "'\(file)' has the shape \(values.shape), and what the student gives \(means.shape): give a "
              + "row of answers for each example"
          )
        }
        return values
      }
      guard task == .labels else {
        self.init(ofMeans: means, outcomes: outcomes, teacher: teacher)
        return
      }
      func said(_ values: Tensor, _ meaning: Observation.Meaning) throws -> LabelPredictions {
        let seen = Observation(values.cast(to: .float64), meaning: meaning)
        return LabelPredictions(logits: try seen.labelLogits(), labels: outcomes)
      }
      self.init(
        ofLabels: try said(means, .labelProbabilities),
        teacher: try teacher.map { try said($0, AnswersPlan.meaning(of: $0, .labels)) },
        names: classes.count == outcomes.shape[1] ? classes : examples.classes
      )
    case .outcomes: throw RunError("the student predicts no numbers of its own")
    }
  }

  /// Of vectors, which are compared with the teacher's.
  private init(
    ofVectors predictions: CompactStudent.Predictions,
    _ outcome: String?,
    _ teacherValues: String?
  ) throws {
    guard outcome == nil else {
      throw RunError("--outcome has no effect on this student, which gives vectors: leave it out")
    }
    guard let teacherValues, case .means(let own) = predictions else {
      throw RunError(
        "the student gives vectors, which are compared with the teacher's: give these with --teacher-values"
      )
    }
    let teacher = try AnswersPlan.content(teacherValues).values
    guard teacher.shape == own.shape, own.shape[0] > 2 else {
      throw RunError(
        "'\(teacherValues)' has the shape \(teacher.shape), and what the student gives \(own.shape): give a "
          + "row of answers for each of at least three examples"
      )
    }
    self.init(ofEmbeddings: EmbeddingComparison(own, teacher: teacher))
  }

  /// Of classes.
  ///
  /// - Parameters:
  ///   - logProbabilities: `[examples, classes]`.
  ///   - labels: `[examples]`.
  ///   - teacherValues: A file with the teacher's answers; nil where they are not known.
  /// - Throws: One sentence when these are of others.
  init(
    _ logProbabilities: Tensor,
    _ labels: Tensor,
    _ classes: [String],
    _ teacherValues: String?
  ) throws {
    let teacher = try teacherValues.map { file in
      let content = try AnswersPlan.content(file)
      let answers = Observation(content.values, meaning: content.plan.meaning)
      let logs = try answers.logProbabilities()
      guard logs.shape == [labels.count, classes.count] else {
        throw RunError(
          "'\(file)' has the shape \(content.values.shape), and there are \(labels.count) examples of "
            + "\(classes.count) classes: give a row of answers for each example"
        )
      }
      return ClassPredictions(logProbabilities: logs, labels: labels)
    }
    self.init(
      of: ClassPredictions(logProbabilities: logProbabilities, labels: labels),
      teacher: teacher,
      classes: classes
    )
  }

  private init(
    _ predictions: CompactStudent.Predictions,
    _ source: OutcomeSource,
    _ teacherValues: String?
  ) throws {
    if case .classes(let logs) = predictions {
      try self.init(logs, source.labels(), source.classes, teacherValues)
      return
    }
    guard teacherValues == nil else {
      throw RunError(
        "--teacher-values has no effect on this student, which predicts no classes: leave it out"
      )
    }
    let outcomes = try source.numbers()
    switch predictions {
    case .outcomes(let distributions): self.init(of: distributions, outcomes: outcomes)
    case .means(let means):
      guard means.shape[1] == 1 else {
        throw RunError(
          "the student predicts \(means.shape[1]) numbers, and one can be evaluated"
        )
      }
      self.init(ofMeans: means, outcomes: Tensor(outcomes, shape: means.shape), teacher: nil)
    case .classes: preconditionFailure("classes were treated above")
    }
  }

  private init(ofDensity student: CompactStudent, _ data: String, _ outcome: String?) throws {
    let names = outcome.map { $0.split(separator: ",").map(String.init) }
    let rows =
      try names.map { try PredictionTable.columns($0, of: data) }
      ?? UnlabelledInputs(shape: [student.dimension], divisor: 1).read(data).cast(to: .float64)
    guard rows.shape[1] == student.dimension else {
      throw RunError(
        "\(rows.shape[1]) columns are named where the density is of \(student.dimension) numbers"
      )
    }
    let values = rows.rowsOfScalars
    switch student.family {
    case .gaussians(let mixture) where mixture.dimension > 1:
      self.init(ofLogProbabilities: values.map { mixture.logProbability(of: $0) })
    case .gaussians(let mixture): self.init(on: PredictedOutcome(mixture), values.map { $0[0] })
    case .students(let mixture): self.init(on: mixture, values.map { $0[0] })
    default: throw RunError("the student is no density")
    }
  }

  private init(on line: some PredictedLine, _ values: [Double]) {
    self.init(of: line, logProbabilities: values.map(line.logProbability), outcomes: values)
  }
}

extension CompactStudent {
  /// How many numbers a density is of.
  fileprivate var dimension: Int {
    if case .gaussians(let mixture) = family { mixture.dimension } else { 1 }
  }
}

/// Where the outcomes of a table, or of arrays, are.
private struct OutcomeSource {
  let path: String
  let outcome: String?
  let inputs: [String]
  let classes: [String]

  init(_ path: String, _ outcome: String?, inputs: [String], classes: [String]) {
    (self.path, self.outcome, self.inputs, self.classes) = (path, outcome, inputs, classes)
  }

  private var isArchive: Bool { path.hasSuffix(".npz") || path.hasSuffix(".npy") }

  /// The place of each row's class.
  func labels() throws -> Tensor {
    let places =
      isArchive
      ? try archive(.classes(classes)).map { Int($0) }
      : try PredictionTable.labels(column(), of: path, classes)
    guard places.allSatisfy(classes.indices.contains) else {
      throw RunError("'\(path)' names other classes than \(classes.joined(separator: ", "))")
    }
    return Tensor(places)
  }

  func numbers() throws -> [Double] {
    isArchive
      ? try archive(.numbers)
      : try PredictionTable.columns([column()], of: path).scalars(Double.self)
  }

  private func archive(_ kind: OutcomeKind) throws -> [Double] {
    var options = PredictiveDataOptions()
    options.outcome = outcome ?? "y"
    return try PredictiveData.read(path, options, kind).outcomes!
  }

  /// The column that is named, or the only one that is no input.
  private func column() throws -> String {
    if let outcome { return outcome }
    let columns = try CSVReader(URL(fileURLWithPath: path)).columns
    return try LabelledInputs.onlyColumn(of: path, columns, besides: inputs)
  }
}

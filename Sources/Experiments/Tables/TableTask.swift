import Distill
import Foundation
import Runs

/// One table: its teacher, and the students of each kind.
struct TableTask {
  let options: TablesExperiment
  let name: String
  let hidden: [Int]
  let run: Run
  let training: LabelledData
  let test: LabelledData
  private let trees: TreeModel
  private let facts: TableFacts.Table?
  let scaling: ExampleScaling

  /// - Throws: One sentence when the files do not fit each other.
  init(
    _ options: TablesExperiment,
    _ name: String,
    _ hidden: [Int],
    _ run: Run
  ) throws {
    (self.options, self.name, self.hidden, self.run) = (options, name, hidden, run)
    let files = try TableFiles(options.data, name)
    let source = try LabelledSource(
      DataSource(files.train.path, labels: "class", testPath: files.test.path)
    )
    guard let tested = source.test, source.training.shape.count == 1 else {
      throw RunError("'\(files.train.path)' is no table of numbers with a column class")
    }
    (training, test) = (source.training, tested)
    trees = try TreeModel(contentsOf: files.teacher)
    guard trees.classCount == training.classes.count,
      trees.ensemble.featureCount == training.shape[0]
    else {
      throw RunError(
        "the trees of '\(files.teacher.path)' tell \(trees.classCount ?? 0) classes apart by "
          + "\(trees.ensemble.featureCount) numbers, and '\(files.train.path)' has "
          + "\(training.classes.count) classes and \(training.shape[0]) numbers"
      )
    }
    facts = try files.facts.flatMap { url in
      let data = try RegularFile.data(url)
      return (try? CarefulJSONDecoder().decode(TableFacts.self, from: data))?.tables[name]
    }
    scaling = ExampleScaling(standardizing: training.inputs, shape: training.shape)
  }

  private var outputs: Int { trees.ensemble.outputCount }

  /// Rows as networks see them.
  private func scaled(_ rows: Tensor) -> Tensor {
    scaling.apply(to: rows, shape: training.shape).moved(to: run.device)
  }

  /// Trains what is not there yet, and measures on the test part, which serves for nothing else.
  func perform() throws -> TableScores {
    let network = TreeNetwork(
      trees.forInputs { scaling.apply(to: $0, shape: training.shape) }
    )
    let teacher = ModuleTeacher(network, observedAs: network.meaning)
    let examples = Examples(scaled(test.inputs), labels: test.labels.moved(to: run.device))
    let taught = try ClassPredictions(of: teacher, on: examples)
    try requireAccuracy(of: taught)
    var said: [[ClassPredictions]] = []
    var first: MLP?
    for kind in options.students {
      let pool = TablePool(kind, self, teacher)
      said.append(
        try (0..<options.seeds).map { index in
          let student = try student(kind, index, pool)
          if first == nil { first = student }
          return try ClassPredictions(of: ModuleTeacher(student), on: examples)
        }
      )
    }
    return try TableScores(
      self,
      taught: taught,
      said: said,
      times: TableTimes(
        student: microseconds(of: Ensemble([ModuleTeacher(first!)]), examples),
        teacher: microseconds(of: Ensemble([teacher]), examples),
        library: facts?.libraryMicrosecondsPerRow
      ),
      parameters: (student: first!.parameterCount, teacher: network.parameterCount)
    )
  }

  /// The trees must do as well as their library says that they do.
  private func requireAccuracy(of taught: ClassPredictions) throws {
    guard let stated = facts?.testAccuracy else { return }
    let measured = taught.correctness.mean().doubleValue
    guard abs(measured - stated) < 0.5 / Double(test.count) else {
      throw RunError(
        "the teacher of '\(name)' is right at \(measured) of the test rows, and its library said "
          + "\(stated): make the tables anew with `make data-tables`"
      )
    }
  }

  static func file(_ table: String, _ kind: TablesExperiment.Kind, _ index: Int) -> String {
    "\(table)-\(kind.file)-\(index + 1)"
  }

  /// A student before its training.
  func network(seed: UInt64) -> MLP {
    MLP(
      [training.shape[0]] + hidden + [outputs],
      using: RandomGenerator(seed: seed, on: run.device)
    )
  }

  private func student(
    _ kind: TablesExperiment.Kind,
    _ index: Int,
    _ pool: TablePool
  ) throws -> MLP {
    // All kinds of a seed start from the same weights.
    let seed = run.seed &* 1_000_003 &+ 700_000 &+ UInt64(index)
    let network = network(seed: seed)
    let file = Self.file(name, kind, index)
    let isNew = !run.folder.contains("\(file).safetensors")
    try run.train(
      network,
      named: "\(name), \(kind.rawValue), student \(index + 1) of \(options.seeds)",
      file: file,
      on: {
        try pool.examples().batches(of: options.batch, epochs: nil, shuffled: seed)
          .limited(to: options.steps)
      },
      toward: kind == .labels || !isNew ? nil : try pool.teacher(),
      minimizing: kind == .labels ? .crossEntropy() : .softCrossEntropy(),
      using: Adam(learningRate: 1e-3),
      schedule: .linear(over: options.steps),
      done: done
    )
    return network
  }

  func done() -> String {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: run.folder.url.path)) ?? []
    let finished = names.filter {
      $0.hasSuffix(".safetensors") && !$0.hasSuffix(".checkpoint.safetensors")
    }
    return "\(finished.count) networks"
  }

  /// The rows that students of a kind see, as networks see them.
  fileprivate func rows(_ kind: TablesExperiment.Kind) throws -> Examples {
    let count = Int((options.extra * Double(training.count)).rounded(.up))
    let more: Tensor
    switch kind {
    case .labels, .soft:
      return Examples(scaled(training.inputs), labels: training.labels.moved(to: run.device))
    case .munged:
      more = Munging(
        probability: options.mungeProbability,
        sharpness: options.mungeSharpness,
        seed: run.seed &+ 41
      ).rows(count, from: training.inputs, scaled: scaled(training.inputs).moved(to: .cpu))
    case .sampled: more = try sampled(count)
    }
    return Examples(scaled(.concatenated([training.inputs, more])))
  }
}

/// The rows of one kind, and what the teacher says about them; made when first asked for, since a run
/// that is resumed may need neither.
final class TablePool {
  private let kind: TablesExperiment.Kind
  private let task: TableTask
  private let source: any Teacher
  private var made: Examples?
  private var recorded: RecordedTeacher?

  init(_ kind: TablesExperiment.Kind, _ task: TableTask, _ source: any Teacher) {
    (self.kind, self.task, self.source) = (kind, task, source)
  }

  func examples() throws -> Examples {
    if let made { return made }
    let rows = try task.rows(kind)
    made = rows
    return rows
  }

  func teacher() throws -> any Teacher {
    if let recorded { return recorded }
    let rows = try examples().inputs
    let run = task.run
    run.work.begin("\(task.name), trees observed", of: rows.shape[0], "rows")
    let table = try RecordedTeacher(of: source, on: rows) { [task] done, _ in
      run.work.update(done)
      try run.stopIfAsked(task.done())
    }
    run.work.end()
    recorded = table
    return table
  }
}

import Distill
import Foundation

@testable import Compression
@testable import DistillCommand
@testable import Exchange
@testable import Predictive
@testable import Runs
@testable import Watching

/// Folders that other processes and other people fill: stores, chains, runs that are listed and watched.
extension FuzzTarget {
  static let folders =
    ["float32", "int8", "top-k:1"].map { store($0) } + [
      chains, listed, watched, cascade, images, streamed,
    ]

  private static let table = "a,b,kind\n1,2,x\n3,4,y\n5,6,x\n7,8,y\n"

  /// Its hashes are said truly.
  private static func store(_ form: String) -> FuzzTarget {
    FuzzTarget(
      name: "store of observations, \(form)",
      weight: usual / 2,
      make: { folder in
        let data = folder.appendingPathComponent("data.csv")
        try Data(table.utf8).write(to: data)
        let teacher = folder.appendingPathComponent("teacher.safetensors")
        try MLP([2, 3, 2], using: RandomGenerator(seed: 1)).save(to: teacher)
        var options = ObserveOptions(
          teacher: [teacher.path],
          data: DataSource(data.path, labels: "kind"),
          out: folder.appendingPathComponent("store").path
        )
        (options.teacherModel, options.chunk) = ("mlp:2-3-2", 3)
        options.form = ObservationForm(form)!
        options.derivatives = form != "top-k:1"
        try options.run()
      },
      use: { folder in
        let place = folder.appendingPathComponent("store")
        try sign(place)
        let store = try ObservationStore(at: place)
        _ = (store.summary, jsonLine(store.facts))
        let data = DataSource(folder.appendingPathComponent("data.csv").path, labels: "kind")
        let source = try LabelledSource(data)
        let plan = DataPlan(
          source: data,
          files: [],
          classes: source.training.classes,
          shape: [2],
          scaling: ExampleScaling(),
          split: DataSplit()
        )
        let teacher = try StoredTeacher(store, source, plan)
        let hasDerivatives = store.description.array(RecordedArray.derivatives) != nil
        let loss: Loss =
          hasDerivatives
          ? .softCrossEntropy() + 0.1 * .derivativeSquaredError : .softCrossEntropy()
        let inputs = Examples(source.training.inputs).batches(of: 2, epochs: 1, shuffled: 1)
        let student = MLP([2, 3, 2], using: RandomGenerator(seed: 2))
        try Distiller(student, minimizing: loss).run(on: inputs, observing: teacher)
      },
      files: ["store"]
    )
  }

  /// Gives each chunk the hash of the description, and a name with the hash of its own bytes.
  private static func sign(_ store: URL) throws {
    let text = try Data(contentsOf: store.appendingPathComponent(ObservationStore.file))
    var hash = SHA256()
    hash.update(text)
    let key = hash.finalize()
    for name in try FileManager.default.contentsOfDirectory(atPath: store.path)
    where name.hasPrefix("chunk-") {
      let file = store.appendingPathComponent(name)
      guard let (tensors, metadata) = try? Safetensors.read(from: file) else { continue }
      let words = metadata.merging(["store": key]) { $1 }
      try Safetensors.write(tensors, metadata: words, to: file)
      let own = "\(name.prefix(13))-\(try SHA256.hash(of: file)).safetensors"
      rename(file.path, store.appendingPathComponent(own).path)
    }
  }

  private static let chains = FuzzTarget(name: "chains of a run", weight: usual / 2) { folder in
    let rows = (0..<6).map { [Double($0), Double(-$0)] }
    let chain = ChainDraws(rows, divergent: rows.map { $0[0] == 2 }, limit: 6)
    try kept(folder).sample(0, chain, limit: 6, .silent)
  } use: { folder in
    let kept = try kept(folder)
    let file = kept.file(0)
    if let (tensors, metadata) = try? Safetensors.read(from: file), let draws = tensors["draws"],
      let divergent = tensors["divergent"]
    {
      let words = metadata.merging(["sha256": KeptChains.hash(draws, divergent)]) { $1 }
      try Safetensors.write(tensors, metadata: words, to: file)
    }
    let chain = try kept.chain(0, limit: 5, width: 2)
    while let draw = chain?.next() { precondition(draw.count == 2) }
  }

  private static func kept(_ folder: URL) throws -> KeptChains {
    try KeptChains(
      besideRun: folder.appendingPathComponent("run").path,
      PredictivePlan(),
      seed: 1,
      by: [:]
    )
  }

  /// Two runs of somebody else's.
  private static let listed = FuzzTarget(name: "runs and compare", weight: quick / 8) { folder in
    for name in ["a", "b"] {
      let run = folder.appendingPathComponent("runs/\(name)")
      try FileManager.default.createDirectory(at: run, withIntermediateDirectories: true)
      let files = [
        "recipe.yaml": """
        program: 0.1.0
        command: compress
        seed: 1
        options:
          teacher:
            model: mlp:4-9-2
          student: mlp:4-3-2
        startedAt: 2026-01-02T03:04:05Z

        """,
        "state.json": #"{"command":"compress","isFinished":true,"program":"0.1.0"}"#,
        "metrics.jsonl": """
        {"loss":1,"network":"student","step":1}
        {"name":"student","parameters":23,"agreement":{"mean":0.9,"standardError":0.05}}

        """,
        "certificate.json": #"{"forms":[{"divergence":{"mean":0.5,"standardError":0.1}}]}"#,
      ]
      for (file, text) in files {
        try Data(text.utf8).write(to: run.appendingPathComponent(file))
      }
    }
  } use: { folder in
    let runs = folder.appendingPathComponent("runs").path
    for order in RunList.Order.allCases {
      let list = try RunList(in: runs, by: order)
      _ = (list.table.text(width: 100), list.runs.map { jsonLine($0) })
    }
    let comparison = try RunComparison(["\(runs)/a", "\(runs)/b"])
    _ = jsonLine(comparison)
  }

  private static let watched = FuzzTarget(name: "a run that is watched", weight: usual) { folder in
    let run = RunFolder(url: folder.appendingPathComponent("run"), command: "compress")
    let curves = run.file(RunFolder.curves)
    let journal = try RunJournal(in: curves)
    var line = RunJournal.Line(.began, at: 1, text: "student")
    (line.total, line.done, line.unit) = (100, 0, "steps")
    try journal.append(line)
    var reached = RunJournal.Line(.reached, at: 2)
    (reached.done, reached.loss) = (50, 0.5)
    try journal.append(reached)
    let events = try EventFile(in: curves.appendingPathComponent("student"))
    for step in 1...5 { events.append([("loss", 1 / Double(step))], step: step) }
    try events.flush()
    try run.write(#"{"loss":1,"network":"control","step":1}"# + "\n", to: RunFolder.metrics)
    try run.write("seed: 1\n", to: RunFolder.recipe)
    try run.write(
      #"{"command":"compress","isFinished":false,"program":"0.1.0"}"#,
      to: RunFolder.state
    )
    try run.write("4711 somewhere\n", to: RunLock.name)
    let differing = DifferingExamples(
      network: "student",
      step: 4,
      part: "validation",
      measure: "KL in nats",
      examples: [
        .init(
          number: 3,
          label: "a",
          teacher: "a (98%)",
          student: "b (51%)",
          difference: 2.5,
          image: nil
        )
      ]
    )
    try Data(jsonLine(differing).utf8)
      .write(to: curves.appendingPathComponent(EventFile.differences))
  } use: { folder in
    let run = folder.appendingPathComponent("run")
    _ = RunCharts.drawn(MetricCurves.read(in: run))
    let reading = RunReading(run)
    let isDone = DispatchSemaphore(value: 0)
    Task.detached {
      _ = await reading.news(since: 0)
      isDone.signal()
    }
    isDone.wait()
  }

  /// With a true seal.
  private static let cascade = FuzzTarget(
    name: "cascade of a run",
    weight: usual,
    make: { folder in
      let student = folder.appendingPathComponent("student.safetensors")
      try MLP([2, 2], using: RandomGenerator(seed: 1)).save(to: student)
      let share = Cascade.Share(9, of: 10)
      let cascade = Cascade(
        threshold: try CascadeThreshold(
          confidences: [0.9, 0.8],
          agrees: [true, true],
          risk: 0.9
        ),
        student: try HashedFiles(student.path).sha256,
        seed: 1,
        answered: share,
        disagreement: share,
        studentDisagreement: share,
        accuracy: share,
        studentAccuracy: share,
        teacherAccuracy: share,
        studentMicroseconds: 1,
        teacherMicroseconds: 2
      )
      let file = folder.appendingPathComponent(Cascade.name)
      try Data(prettyJson(cascade.sealed()).utf8).write(to: file)
    },
    use: { folder in
      let file = folder.appendingPathComponent(Cascade.name)
      let forged = try JSONDecoder.ofAllNumbers.decode(Cascade.self, from: Data(contentsOf: file))
      try Data(prettyJson(forged.sealed()).utf8).write(to: file)
      let found = try Cascade.recorded(
        beside: folder.appendingPathComponent("student.safetensors")
      )
      _ = (found?.text, found?.threshold.answers(at: 0.5))
    },
    files: [Cascade.name]
  )

  private static let images = FuzzTarget(name: "folder of IDX", weight: usual / 2) { folder in
    for (part, count) in [("train", 6), ("t10k", 3)] {
      func file(_ kind: String) -> URL { folder.appendingPathComponent("\(part)-\(kind)-ubyte") }
      try IDX.write(.zeros([count, 4, 4], .uint8), to: file("images-idx3"))
      let labels = (0..<count).map { UInt8($0 % 2) }
      try IDX.write(Tensor(labels), to: file("labels-idx1"))
    }
  } use: {
    _ = try LabelledSource(DataSource($0.path))
  }

  private static let streamed = FuzzTarget(name: "streamed arrays", weight: usual) { folder in
    try NumPy.write(.ones([9, 4]), to: folder.appendingPathComponent("rows.npy"))
    let kinds = Tensor((0..<9).map { $0 % 3 })
    try NumPy.write(kinds, to: folder.appendingPathComponent("kinds.npy"))
  } use: { folder in
    var source = DataSource(
      folder.appendingPathComponent("rows.npy").path,
      labels: folder.appendingPathComponent("kinds.npy").path
    )
    source.streams = true
    let read = try LabelledSource(source).training
    guard case .streamed(let inputs) = read.content else { return }
    _ = try inputs[rows: [0, read.count - 1]].rows([1, 0]) { _ in nil }
    _ = read.prefix(4)[rows: [3, 0]].labels.scalars(Int.self)
  }
}

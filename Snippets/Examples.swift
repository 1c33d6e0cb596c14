// The examples that the documentation of types shows, each in a function with what it takes as given.
// They are compiled, not run.

import Distill
import Foundation
import Runs
import StudentExport

func tensor() {
  let x = Tensor([[1, 2], [3, 4]] as [[Float]])
  print(x.sum(along: 0))  // [4, 6]
}

struct Classifier: Module {
  let features: Linear
  let head: Linear

  func forward(_ input: Tensor, _ pass: Pass) -> Tensor {
    head(pass.tap("features", features(input, pass).relu), pass)
  }
}

func optimizerFormula() {
  var optimizers = OptimizerFormula.standard
  optimizers.add(
    OptimizerFormula("nesterov", learningRate: 0.05, settings: ["momentum": 0.9]) { rate, own in
      SGD(learningRate: rate, momentum: own["momentum"]!, isNesterov: true)
    }
  )
}

func loss() {
  let loss: Loss = .softCrossEntropy(temperature: 4) + 0.1 * .derivativeSquaredError
  print(loss)  // softCrossEntropy(temperature: 4) + 0.1 * derivativeSquaredError
}

func ensemble(_ networks: [MLP], _ images: Tensor) throws -> Observation {
  let ensemble = Ensemble(networks, products: .bfloat16)
  let softTargets = try ensemble.observe(images).probabilities()
  return Observation(softTargets, meaning: .probabilities)
}

func recordedTeacher(_ ensemble: Ensemble, _ student: MLP, _ images: Tensor) throws {
  let recorded = try RecordedTeacher(of: ensemble, on: images, derivatives: true)
  let batches = Examples(images).batches(of: 20, epochs: 40, shuffled: 1)
  try distill(recorded, into: student, on: batches, minimizing: .softCrossEntropy())
}

func closureTeacher() -> ClosureTeacher {
  let teacher = ClosureTeacher { inputs, _ in
    Observation(inputs.sine, meaning: .reals)
  }
  return teacher
}

func distiller(_ teacher: Ensemble, _ student: MLP, _ generator: RandomGenerator) throws {
  let distiller = Distiller(student, minimizing: .softCrossEntropy(), using: Adam())
  for step in 0..<1_000 {
    let batch = Batch(.normal([20, 784], using: generator))
    let loss = try distiller.step(on: batch, toward: teacher.observe(batch.inputs))
    if step % 100 == 0 { print(loss) }
  }
}

func work(_ train: () -> Double) {
  let work = Work(report: { print($0) }, isCancelled: { Task.isCancelled })
  work.begin("student", of: 5_000)
  for step in 1...5_000 where !work.isCancelled() { work.update(step, loss: train()) }
  work.end()
}

func csv(_ url: URL) throws {
  let table = try CSV.read(from: url, labels: "species")
  print(table.columns)  // ["length", "width"]
  print(table.values.shape)  // [150, 2]
  print(table.classes)  // ["setosa", "versicolor", "virginica"]
}

func labelledSource() throws {
  let source = try LabelledSource(DataSource("photos"))
  print(source.training.classes)  // ["cat", "dog"]
}

func numPy(_ url: URL, _ folder: URL) throws {
  let archive = try NumPy.readArchive(from: url)
  let weights = archive["weights"]!  // [784, 500], float64
  try NumPy.write(weights.cast(to: .float32), to: folder.appending(path: "weights.npy"))
}

func rbm(_ weights: Tensor, _ a: Tensor, _ b: Tensor, _ nade: NADE) throws -> LogPartition {
  let rbm = RBM(weights: weights, visibleBias: a, hiddenBias: b)
  let estimate = try rbm.logPartition(using: nade, by: .bridgeSampling(samples: 10_000), seed: 1)
  return estimate
}

func graph() throws -> [Graph] {
  let path = try Graph(Tensor([[0, 1], [1, 2]]), nodes: 3)  // 0 → 1 → 2
  let both = path.undirected  // and back
  return [path, both]
}

func estimate(_ predictions: ClassPredictions) {
  let accuracy = Estimate(of: predictions.correctness)
  print(accuracy)  // 0.8812 ± 0.0065
}

func modelFormat(
  _ options: CompressOptions,
  _ folder: URL,
  _ converted: @escaping @Sendable (URL) -> URL
) throws {
  var formats = ModelFormat.standard
  formats.add(ModelFormat("net", "net of mine", graph: { try ONNXModel.read(from: converted($0)) }))
  _ = try ModelFormat.$known.withValue(formats) { try options.run(at: folder) }
}

func programTeacher(_ images: Tensor) throws -> Observation {
  let teacher = try ProgramTeacher("python3 teacher.py", observedAs: .probabilities)
  let seen = try teacher.observe(images)
  return seen
}

func compressOptions() -> CompressOptions {
  var options = CompressOptions(
    teacher: ["model.pt2"],
    data: DataSource("photos"),
    student: "cnn:8c3b-m2-16c3b-m2-10"
  )
  options.trainsControl = true
  return options
}

func compactStudent() throws {
  let student = try CompactStudent.read(from: URL(fileURLWithPath: "student.json"))
  print(student)  // P(y = 1 | x) = 0.31 σ(1.2 age − 0.3 bmi + 0.7) + …
}

func markovChain(_ posterior: LogisticRegression) {
  let chain = MarkovChain(SliceSampler(posterior), burnIn: 1000, seed: 1)
  for draw in chain.prefix(10_000) { print(draw) }
}

func certificate(
  _ clean: CertifiedSetting,
  _ shifted: [CertifiedSetting],
  _ rule: CertificateRule,
  _ calibrations: [String: Calibration],
  _ large: ModelCost,
  _ small: ModelCost,
  _ provenance: Provenance,
  _ url: URL
) throws {
  let certificate = Certificate(
    subject: "mlp:784-50-30-10",
    studentLoss: "softCrossEntropy",
    controlLoss: "crossEntropy",
    settings: [clean] + shifted,
    rule: rule,
    calibrations: calibrations,
    teacherCost: large,
    studentCost: small,
    provenance: provenance
  )
  print(certificate.verdict)  // BETTER
  print(certificate.rule.text)  // On the clean test examples, student − control by …
  try certificate.json().write(to: url)
}

func pairedComparison(_ student: ClassPredictions, _ control: ClassPredictions) {
  let gain = PairedComparison(student.correctness, control.correctness)
  print(gain.difference)  // 0.0121 ± 0.0042
  print(gain.verdict(margin: 0.005))  // BETTER
}

func report(_ table: TextTable, _ chart: LineChart, _ url: URL) throws {
  var report = Report(title: "Thirty networks in one")
  report.add(.paragraph("The student agrees with its teachers on 97% of the images."))
  report.add(.table(table))
  report.add(.chart(chart))
  try report.html.write(to: url, atomically: true, encoding: .utf8)
}

func studentGraph(_ student: MLP, _ images: Tensor, _ url: URL) throws -> Parity {
  var graph = try StudentGraph(student, shape: [784])
  graph.classes = (0..<10).map { "class \($0)" }
  graph.ending = .softmax
  let parity = try graph.write(.runtime, to: url, comparedWith: { student($0) }, on: images)
  return parity
}

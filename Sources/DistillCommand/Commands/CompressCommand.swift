import ArgumentParser
import Compression
import Distill
import Foundation
import ModelFiles
import Runs

/// The user's own case: their teacher, their data, a student of their choice.
struct CompressCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "compress",
    abstract: "Distill your own teacher into a small student, on your own data.",
    discussion: """
      The teacher is weights (.safetensors, .pt) of a network that is described like mlp:784-500-300-10, \
      a whole model (.pt2 of torch.export, .pt of torch.jit, .onnx), trees of XGBoost (.json, .ubj) or LightGBM (.txt), several of either as an ensemble, or the folder of a run \
      of the demo or of this command. Data \
      are IDX (…-ubyte), .npz, .npy, .csv, or a folder with a folder of .png or .jpg for each class. \
      What is not said is picked, and said. Losses are written as in the library, and networks so, or \
      in a .yaml file:

      \(networks)

      Example: the ensemble of a demo, into a small perceptron, with a control on the labels:
        distill demo --limit 6000 --out runs/small
        distill compress --teacher runs/small --data .data/fashion-mnist \\
          --limit 6000 --student mlp:784-50-30-10 --control

      Ctrl-C keeps what is done; go on with:
        distill compress --resume runs/mine
      """
  )

  /// The notation of networks, a line each.
  static var networks: String {
    let width = ModelSpecification.notation.map(\.written.count).max() ?? 0
    return ModelSpecification.notation.map { written, meaning in
      "  " + written.padding(toLength: width + 2, withPad: " ", startingAt: 0) + meaning
    }.joined(separator: "\n")
  }

  @Option(
    parsing: .upToNextOption,
    help: "Files of weights or whole models, patterns, folders, or the folder of a run."
  )
  var teacher: [String] = []

  @Option(
    help: """
      Instead of --teacher, a file of what it says: a row of logits or probabilities for each example in \
      the order of the data, as .npy, .csv or .npz[:array].
      """
  )
  var teacherValues: String?

  @OptionGroup var teacherProgram: TeacherProgramOptions

  @Option(
    help: """
      The teacher's network, such as mlp:784-500-300-10, where its files do not say; for files of \
      different networks one for each, with + between them.
      """
  )
  var teacherModel: String?

  @Option(
    parsing: .singleValue,
    help: """
      Another name for a tensor in files of weights, or for a layer with all that is in it, where order \
      and shapes do not say which is which: OLD=NEW, such as encoder=0.
      """
  )
  var rename: [String] = []

  @Option(help: "Refuse to start unless the teacher reaches this accuracy on the test examples.")
  var teacherAccuracy: String?

  @Option(help: "A folder or file of examples.")
  var data: String?

  @Option(help: "What models say of an example: its class, or real numbers (regression).")
  var task: CompressionTask?

  @Option(
    help: """
      The file of labels, or the array or column that holds them: its name, or last; of regression also \
      several columns. none where there are no labels.
      """
  )
  var labels: String?

  @Option(help: "Columns of a table to leave out, such as id,date.")
  var ignore: String?

  @Option(help: "The columns of a table that are the inputs, in this order. (default: all others)")
  var inputs: String?

  @Option(help: "The name of the array of inputs in a .npz file. (default: images, x_train, …)")
  var images: String?

  @Option(help: "Examples for the test. (default: those that come with the data, else a share)")
  var test: String?

  @Option(help: "The file of labels for the test, where --test is a file without them.")
  var testLabels: String?

  @Option(help: "Bring images to this height and width, such as 28x28. (default: of most of them)")
  var imageSize: String?

  @Option(help: "Read images as grey or rgb. (default: grey when all of them are)")
  var color: ImageColor?

  @Option(help: "Whether the first line of a table names its columns: yes or no. (default: looks)")
  var header: TableHeader?

  @Option(help: "The classes in the order of the teacher's outputs, such as cat,dog,fox.")
  var classes: String?

  @Option(
    help:
      "none, bytes (/ 255), standard (mean 0, deviation 1), or means and deviations: 0.286,0.353."
  )
  var normalize: String?

  @Option(help: "The share of the training examples to choose by, 0 for none. (default: 0.1)")
  var validation: Double?

  @Option(help: "The share of examples for the test where none come with the data. (default: 0.1)")
  var testShare: Double?

  @Option(help: "Train on the first N training examples only. (default: all)")
  var limit: Int?

  @Option(
    help:
      "Such as mlp:784-50-30-10 or cnn:8c3b-m2-16c3b-m2-10, a kind such as cnn alone, or a .yaml file."
  )
  var student: String?

  @Option(help: "Such as \"softCrossEntropy(temperature: 4) + 0.1 * derivativeSquaredError\".")
  var loss: String?

  @Option(help: "Train for so many steps.")
  var steps: Int?

  @Option(help: "Train for so many passes over the examples. (default: 20, or 2,000 steps)")
  var epochs: Double?

  @Option(help: "Train for about so many minutes, turned into steps by a measured rate.")
  var minutes: Double?

  @Option(help: "Examples in a batch. (default: 20 for perceptrons, 100 for others)")
  var batch: Int?

  @Flag(help: "Leave out a last batch that is not full. (default: keep it; one example is merged)")
  var dropLast = false

  @Option(help: "adam, adamW, sgd, adaDelta or rmsProp.")
  var optimizer: OptimizerPlan.Name?

  @Option(help: "The learning rate at the start. (default: the optimizer's usual one)")
  var learningRate: Double?

  @Option(help: "How the learning rate goes on: constant, linear or cosine. (default: linear)")
  var decay: OptimizerPlan.Decay?

  @Option(help: "Keep the best weights by the validation examples (the default), or the last.")
  var keep: TrainingPlan.Keep?

  @Option(help: "End a training after so many of its about 40 looks that were not the best.")
  var patience: Int?

  @Option(
    help: """
      Threads that a step of the training may use; networks depend on it to the last bit. (default: the \
      quickest number for a student that is not a perceptron, tried at the start)
      """
  )
  var trainingThreads: Int?

  @Option(help: "The optimizer's pull of weights to zero. (default: 0; of adamW 0.01)")
  var weightDecay: Double?

  @Option(help: "How much of the last step sgd or rmsProp keeps. (default: 0.9; of rmsProp 0)")
  var momentum: Double?

  @Option(help: "How much of the mean gradient adam or adamW keeps. (default: 0.9)")
  var beta1: Double?

  @Option(help: "How much of the mean squared gradient adam or adamW keeps. (default: 0.999)")
  var beta2: Double?

  @Option(help: "Scale gradients that are longer than this down to it. (default: never)")
  var clipNorm: Double?

  @Option(
    help: """
      First look for learning rate, temperature and weight of derivatives, by the KL from the teacher \
      on the validation examples, and for the control's learning rate, by their labels, with this much \
      work: 20000 steps, 30epochs or 5min.
      """
  )
  var search: Budget?

  @Flag(help: "Train the same network on the labels too, with the same budget, to compare with.")
  var control = false

  @Option(help: "At the end, certify the student with so many seeds, as distill certify does.")
  var certify: Int?

  @Option(
    help: """
      Keep what the teacher says about the examples in this folder, and use what is there of the same \
      teacher and examples.
      """
  )
  var observed: String?

  @Option(help: "The run's folder. (default: runs/compress-<date>-<id>)")
  var out: String?

  @Option(
    defaultAsFlag: .latest,
    help: "Go on with a run: the one in this folder, or the last unfinished one."
  )
  var resume: ResumedRun?

  @OptionGroup var curves: CurveOptions

  @OptionGroup var common: CommonOptions

  func validate() throws {
    if resume != nil {
      return try GivenOptions.current.requireResumable(allowing: ["--observed"])
    }
    for (name, isMissing) in [
      ("teacher", teacher.isEmpty && substitutes.isEmpty), ("data", data == nil),
      ("student", student == nil),
    ] where isMissing {
      throw ValidationError("--\(name) is missing: distill compress --help shows an example.")
    }
    if let substitute = substitutes.first {
      for (name, isGiven) in [
        ("teacher", !teacher.isEmpty), ("teacher-model", teacherModel != nil),
        ("rename", !rename.isEmpty), ("teacher-command", substitutes.count > 1),
      ]
      where isGiven {
        throw ValidationError("--\(substitute) stands for the teacher: leave out --\(name).")
      }
    }
    try requireOption("limit", limit, atMost: mostSteps)
    try requireOption("steps", steps, atMost: mostSteps)
    try requireOption("batch", batch)
    try requireOption("certify", certify, atLeast: 2, atMost: 1_000)
    try requireOption("epochs", epochs, .positive(atMost: 1e6))
    try requireOption("minutes", minutes, .positive(atMost: 1e6))
    try requireOption("learning-rate", learningRate, .learningRate)
    try withUsage { try optimizerSettings.check() }
    try requireOption("validation", validation, .shareBelowOne)
    try requireOption("patience", patience)
    try requireOption("training-threads", trainingThreads, atMost: MachineOptions.processors)
    if validation == 0 {
      for (name, isGiven) in [
        ("search", search != nil), ("keep best", keep == .best), ("patience", patience != nil),
      ] where isGiven {
        throw ValidationError("--\(name) chooses by validation examples: leave out --validation 0.")
      }
    }
    if patience != nil, keep == .last {
      throw ValidationError("--patience keeps the best weights: leave out --keep last.")
    }
    try requireOption("test-share", testShare, .innerShare)
    try withUsage {
      _ = try rename.map { try WeightRenaming($0) }
      _ = try Normalization(normalize)
      _ = try teacherAccuracy.map(CompressionPreparation.accuracy)
    }
    let given = GivenOptions.current
    try given.refuse(["--test-labels"], where: test == nil, "without --test")
    try given.refuse(["--test-share"], where: test != nil, "beside --test")
    let rule = optimizer ?? .adam
    try given.refuse(
      OptimizerSettings.idle(for: rule),
      where: true,
      "with --optimizer \(rule.rawValue)"
    )
    let idle = [data, test].compactMap { $0 }.map {
      DataSource.idleOptions(on: $0, hasLabels: labels != "none")
    }
    let everywhere = idle.dropFirst().reduce(idle[0]) { $0.intersection($1) }
    try given.refuse(Array(everywhere), where: true, "on data of this kind")
    guard [steps != nil, epochs != nil, minutes != nil].count(where: { $0 }) <= 1 else {
      throw ValidationError("--steps, --epochs and --minutes exclude each other.")
    }
    if let classes {
      let names = commaSeparated(classes)
      guard names.count > 1, Set(names).count == names.count, !names.contains("") else {
        throw ValidationError("--classes \(classes): write different names, such as cat,dog,fox.")
      }
    }
    if let imageSize, DataSource.imageSize(imageSize) == nil {
      throw ValidationError("--image-size \(imageSize): write height x width, such as 28x28.")
    }
  }

  /// What is given in place of files of a teacher.
  private var substitutes: [String] {
    [
      ("teacher-values", teacherValues != nil),
      ("teacher-command", teacherProgram.teacherCommand != nil),
    ].filter(\.1).map(\.0)
  }

  private var optimizerSettings: OptimizerSettings {
    OptimizerSettings(
      weightDecay: weightDecay,
      momentum: momentum,
      beta1: beta1,
      beta2: beta2,
      clipNorm: clipNorm
    )
  }

  /// What was asked for, in one value.
  var options: CompressOptions {
    var options = CompressOptions()
    options.teacher = teacher
    options.teacherValues = teacherValues
    options.teacherCommand = teacherProgram.teacherCommand
    options.teacherProgram = teacherProgram.settings
    options.teacherModel = teacherModel
    options.renames = rename
    options.teacherAccuracy = teacherAccuracy
    options.data = DataSource(
      data ?? "",
      labels: labels == "none" ? nil : labels,
      images: images,
      testPath: test,
      testLabels: testLabels,
      imageSize: imageSize.flatMap(DataSource.imageSize),
      color: color,
      header: header.map { $0 == .yes },
      classes: classes.map(commaSeparated)
    )
    options.areReals = task == .regression
    options.data.targets = labels == "none" ? TargetKind.none : options.areReals ? .reals : nil
    options.data.ignored = ignore.map(commaSeparated)
    options.data.inputs = inputs.map(commaSeparated)
    options.normalize = normalize
    options.validation = validation
    options.testShare = testShare
    options.limit = limit
    options.student = student ?? ""
    options.loss = loss
    options.budget =
      steps.map { Budget(Double($0), .steps) } ?? epochs.map { Budget($0, .epochs) }
      ?? minutes.map { Budget($0, .minutes) }
    options.batchSize = batch
    options.dropsLast = dropLast
    options.optimizer = optimizer
    options.learningRate = learningRate
    options.decay = decay
    options.optimizerSettings = optimizerSettings
    options.search = search
    options.keep = keep
    options.patience = patience
    options.trainingThreads = trainingThreads
    options.choosesThreads = trainingThreads == nil && common.machine.threads == nil
    options.trainsControl = control
    options.certifiedSeeds = certify
    options.observed = observed
    options.seed = common.seed
    options.out = out
    options.resume = resume
    return options
  }

  func run() throws {
    let device = try common.machine.prepare()
    try Console(common.output.verbosity, recordsCurves: curves.curves).listening {
      try runCompress(options, on: device, $0)
    }
  }
}

/// What models say of an example.
enum CompressionTask: String, CaseIterable, ExpressibleByArgument {
  case classes, regression
}

extension ImageColor: ExpressibleByArgument {}
extension Named: ExpressibleByArgument {
  public static var allValueStrings: [String] { Item.known.names }
  public var defaultValueDescription: String { rawValue }
}
extension TrainingPlan.Keep: ExpressibleByArgument {}

extension Budget: ExpressibleByArgument {
  public init?(argument: String) { self.init(argument) }
}

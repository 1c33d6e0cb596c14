import ArgumentParser
import Compression
import Distill
import Foundation
import Reporting
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

      Ctrl-C keeps what is done; resume with:
        distill compress --resume runs/mine
      """
  )

  /// The notation of networks, a line each.
  static var networks: String {
    aligned(ModelSpecification.notation.map { ($0, $1) }, indent: "  ").joined(separator: "\n")
  }

  @Option(
    parsing: .upToNextOption,
    help: """
      Files of weights or whole models, patterns, folders, the folder of a run, or a store of distill \
      observe.
      """
  )
  var teacher: [String] = []

  @Option(
    help: """
      Instead of --teacher, a file of what it says: a row of logits or probabilities for each example in \
      the order of the data, as .npy, .csv or .npz[:array].
      """
  )
  var teacherValues: String?

  @OptionGroup var teaching: TeacherOptions

  @Option(help: "Refuse to start unless the teacher reaches this accuracy on the test examples.")
  var teacherAccuracy: String?

  @OptionGroup var examples: ExampleOptions

  @Option(
    help: """
      Further inputs without labels, a folder or file as of --data, that the student learns from too; the \
      control has the labelled examples alone.
      """
  )
  var transfer: String?

  @Option(help: "The share of the training examples to choose by, 0 for none. (default: 0.1)")
  var validation: Double?

  @Option(help: "The share of examples for the test where none come with the data. (default: 0.1)")
  var testShare: Double?

  @Option(help: "Train on the first N training examples only. (default: all)")
  var limit: Int?

  @Option(
    help: """
      Such as mlp:784-50-30-10 or cnn:8c3b-m2-16c3b-m2-10, a kind such as cnn alone, a .yaml file, or an \
      exported network (.pt2, .onnx).
      """
  )
  var student: String?

  @Option(
    help: """
      Look for the cheapest student that is as good as this on the validation examples, such as \
      \"agreement 0.95, 20 us, 100 KB\": agreement, accuracy or kl, a time for an example in ns, us or \
      ms, and a size in B, KB or MB, each as you like; --student may name kinds, such as mlp,cnn.
      """,
    transform: { try FitBudget($0) }
  )
  var fit: FitBudget?

  @Option(
    help: "Weights that student and control begin with, instead of those that the seed draws."
  )
  var studentWeights: String?

  @Option(help: "Such as \"softCrossEntropy(temperature: 4) + 0.1 * derivativeSquaredError\".")
  var loss: String?

  @Option(help: "Train for so many steps.")
  var steps: Int?

  @Option(help: "Train for so many passes over the examples. (default: 20, or 2,000 steps)")
  var epochs: Double?

  @Option(help: "Train for about so many minutes, turned into steps by a measured rate.")
  var minutes: Double?

  @Option(
    help: """
      Change the images that are trained on anew in each epoch, some of \"shift(2) flip crop(24) rotation(10) \
      cutout(8) mixup(0.2)\"; the teacher is asked about what the student sees.
      """
  )
  var augment: String?

  @Option(help: "Examples in a batch. (default: 20 for perceptrons, 100 for others)")
  var batch: Int?

  @Flag(help: "Leave out a last batch that is not full. (default: keep it; one example is merged)")
  var dropLast = false

  @Option(help: "adam, adamW, sgd, adaDelta or rmsProp.")
  var optimizer: OptimizerPlan.Name?

  @Option(help: "The learning rate at the start. (default: the optimizer's usual one)")
  var learningRate: Double?

  @Option(help: "The schedule of the learning rate: constant, linear or cosine. (default: linear)")
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

  @Option(help: "Compute batches in so many parts, which ranks (of torchrun, srun, …) share.")
  var microShards: Int?

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

  @Option(
    help: """
      What classes, or labels that are there, count for in terms on labels: balanced, numbers in their order, \
      or a file with a line NAME,WEIGHT for each.
      """
  )
  var classWeights: String?

  @Option(help: "At the end, certify the student with so many seeds, as distill certify does.")
  var certify: Int?

  @Option(
    help: """
      Keep what the teacher says about the examples in this folder, and use what is there of the same \
      teacher and examples.
      """
  )
  var observed: String?

  @OptionGroup var place: RunOptions

  @OptionGroup var common: CommonOptions

  func validate() throws {
    if try place.isResuming(allowing: ["--observed"]) { return }
    guard [steps != nil, epochs != nil, minutes != nil].count(where: { $0 }) <= 1 else {
      throw ValidationError("--steps, --epochs and --minutes exclude each other.")
    }
    try withUsage { try options.check(naming: optionName) }
    let given = GivenOptions.current
    try given.refuse(["--test-share"], where: examples.test != nil, "beside --test")
    let rule = optimizer ?? .adam
    try given.refuse(
      OptimizerSettings.idle(for: rule),
      where: true,
      "with --optimizer \(rule.rawValue)"
    )
  }

  /// What was asked for, in one value.
  var options: CompressOptions {
    var options = CompressOptions()
    options.teacher = teacher
    options.teacherValues = teacherValues
    options.teacherAccuracy = teacherAccuracy
    teaching.tell(&options)
    examples.tell(&options)
    options.transfer = transfer
    options.classWeights = classWeights
    options.validation = validation
    options.testShare = testShare
    options.limit = limit
    options.student = student ?? ""
    options.fit = fit
    options.studentWeights = studentWeights
    options.loss = loss
    options.budget =
      steps.map { Budget(Double($0), .steps) } ?? epochs.map { Budget($0, .epochs) }
      ?? minutes.map { Budget($0, .minutes) }
    options.augment = augment
    options.batchSize = batch
    options.dropsLast = dropLast
    options.optimizer = optimizer
    options.learningRate = learningRate
    options.decay = decay
    options.optimizerSettings = OptimizerSettings(
      weightDecay: weightDecay,
      momentum: momentum,
      beta1: beta1,
      beta2: beta2,
      clipNorm: clipNorm
    )
    options.search = search
    options.keep = keep
    options.patience = patience
    options.trainingThreads = trainingThreads
    options.microShards = microShards
    options.choosesThreads = trainingThreads == nil && common.machine.threads == nil
    options.trainsControl = control
    options.certifiedSeeds = certify
    options.observed = observed
    options.seed = common.seed
    options.out = place.out
    options.resume = place.resume
    return options
  }

  func run() throws {
    let device = try common.machine.prepare()
    try place.working(common.output) { try runCompress(options, on: device, $0) }
  }
}

extension Named: ExpressibleByArgument {
  public static var allValueStrings: [String] { Item.known.names }
  public var defaultValueDescription: String { rawValue }
}
extension TrainingPlan.Keep: ExpressibleByArgument {}

extension Budget: ExpressibleByArgument {}

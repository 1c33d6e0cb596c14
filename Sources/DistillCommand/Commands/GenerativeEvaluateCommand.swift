import ArgumentParser
import Distill
import Runs

/// How well a student mimics its RBM.
struct GenerativeEvaluateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "evaluate",
    abstract: "Measure how well a student mimics its RBM, and both on test images.",
    discussion: """
      Prints the divergences in both directions and, with images, the mean log-probabilities; what \
      stands after ± are three standard errors, with that of log Z where it enters.

      Example:
        distill generative evaluate student.safetensors --teacher rbm.npz
      """
  )

  @ArgumentParser.Argument(help: "The student.", completion: .file())
  var student: String

  @Option(help: "The RBM it was distilled from.", completion: .file())
  var teacher: String?

  @Option(help: "Binary images; an array of an archive is named after a colon: digits.npz:test.")
  var test: String?

  @Option(help: "A file to write the certificate to, as JSON.")
  var out: String?

  @OptionGroup(title: "Partition function") var partition: PartitionOptions

  @OptionGroup var common: CommonOptions

  func validate() throws {
    if teacher == nil, test == nil {
      throw ValidationError(
        "Name --teacher, or --test images, or both: there is nothing to measure."
      )
    }
    if teacher == nil, out != nil {
      throw ValidationError("--out writes a certificate, which needs --teacher.")
    }
    if let out { try withUsage { try requireResultFolder(out) } }
    _ = try partition.plan([])
    let given = GivenOptions.current
    try given.refuse(PartitionPlan.options, where: teacher == nil, "without --teacher")
    try given.refuse(
      PartitionPlan.annealing,
      where: true,
      "here, because the student gives log Z"
    )
  }

  func run() throws {
    _ = try common.machine.prepare()
    if let out { try requireResultPlace(out, from: [student, teacher, test]) }
    let console = common.output.console
    guard let teacher else {
      let model = try ModelFile.student(at: student)
      let images = try binaryImages(at: test!, usual: ["test"], width: model.inputs)
      let (count, own) = (images.shape[0], Quantity(meanOf: model.logProbability(images).scalars()))
      return console.show(
        "mean log-probability of \(grouped(count)) images: \(own.text) nats (± 3 standard errors)",
        event: "result",
        ["images": count, "student": own]
      )
    }
    let (certificate, results) = try console.listening { work in
      try GenerativeCertificate.measured(
        student: student,
        teacher: teacher,
        plan: partition.plan([]),
        images: test,
        seed: common.seed,
        work
      )
    }
    // First on the terminal: a full disk must not cost the numbers.
    console.show(certificate.table.text() + "\n" + results.text, certificate)
    if let out { try writeResult(prettyJson(certificate), to: out) }
  }
}

import ArgumentParser
import Distill
import Foundation
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
    if let out {
      // Minutes of work go before the file.
      let folder = URL(fileURLWithPath: out).deletingLastPathComponent().path
      guard FileManager.default.fileExists(atPath: folder) else {
        throw ValidationError("--out \(out): there is no folder '\(folder)'; make it first.")
      }
    }
    _ = try partition.plan([])
    let given = GivenOptions.current
    try given.refuse(PartitionOptions.all, where: teacher == nil, "without --teacher")
    try given.refuse(
      PartitionOptions.annealing,
      where: true,
      "here, because the student gives log Z"
    )
  }

  func run() throws {
    _ = try common.machine.prepare()
    if let out { try requireResultPlace(out, from: [student, teacher, test]) }
    let console = Console(common.output.verbosity)
    let model = try ModelFile.student(at: student)
    let images = try test.map { try binaryImages(at: $0, usual: ["test"], width: model.inputs) }
    guard let teacher else {
      let own = Quantity(meanOf: model.logProbability(images!).scalars())
      console.show(
        "mean log-probability of \(grouped(images!.shape[0])) images: \(own.text) nats (± 3 standard "
          + "errors)",
        Alone(images: images!.shape[0], student: own)
      )
      return
    }
    try console.listening { work in
      let (certificate, results) = try GenerativeCertificate.measured(
        student: student,
        teacher: teacher,
        plan: partition.plan([]),
        images: images,
        seed: common.seed,
        work
      )
      // First on the terminal: a full disk must not cost the numbers.
      console.show(certificate.table.text() + "\n" + results.text, certificate)
      if let out { try writeResult(prettyJson(certificate), to: out) }
    }
  }

  private struct Alone: Codable {
    var event = "result"
    let images: Int
    let student: Quantity
  }
}

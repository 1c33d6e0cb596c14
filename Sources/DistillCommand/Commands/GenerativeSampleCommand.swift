import ArgumentParser
import Distill
import Runs

/// Samples of an RBM or a NADE.
struct GenerativeSampleCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sample",
    abstract: "Draw samples of an RBM or of its student, as a picture or as numbers.",
    discussion: """
      Samples of a student are exact and independent; those of an RBM are the states of Gibbs \
      chains. A name that ends in .npz gets the array `samples`, one in .png or .pgm a sheet of \
      images.

      Example:
        distill generative sample student.safetensors --out samples.png
      """
  )

  @ArgumentParser.Argument(help: "The RBM or the student.", completion: .file())
  var model: String

  @Option(help: "Samples.")
  var count = 100

  @Option(help: "The file to write: .png, .pgm or .npz; may be given several times.")
  var out: [String]

  @Option(help: "Gibbs steps of an RBM's chains, from random bits. (default: 2000)")
  var burnIn: Int?

  @Option(help: "Height and width of the images: 28x28. (default: a square)")
  var shape: String?

  @OptionGroup var common: CommonOptions

  func validate() throws {
    try requireOption("count", count)
    try requireOption("burn-in", burnIn, atMost: mostSteps)
    if let shape, ImageShape.size(shape) == nil {
      throw ValidationError("--shape \(shape): write height x width, such as 28x28.")
    }
    try GivenOptions.current.refuse(
      ["--shape"],
      where: out.allSatisfy { ImageShape.ending($0) == "npz" },
      "on numbers: no --out is a picture"
    )
    if let wrong = out.first(where: { !ImageShape.fileEndings.contains(ImageShape.ending($0)) }) {
      throw ValidationError("--out \(wrong): choose a name that ends in .png, .pgm or .npz.")
    }
  }

  func run() throws {
    _ = try common.machine.prepare()
    for path in out { try requireResultPlace(path, from: [model]) }
    let console = common.output.console
    let samples = try ModelFile(at: model).samples(
      count,
      burnIn: burnIn,
      seed: common.seed,
      console.work()
    )
    let pixels = samples.shape[1]
    let shape = try ImageShape(shape, pixels: pixels)
    for path in out {
      try shape.write(samples, to: path)
      console.show(
        "\(grouped(count)) samples are in \(path)",
        event: "result",
        ["file": path, "samples": count, "pixels": pixels]
      )
    }
  }
}

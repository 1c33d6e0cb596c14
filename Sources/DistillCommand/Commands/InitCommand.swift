import ArgumentParser
import Compression
import Distill
import Exchange
import Foundation
import Runs

/// Writes a recipe to begin with.
struct InitCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "init",
    abstract: "Look at a teacher and data, and write a commented recipe that runs.",
    discussion: """
      Checks that teacher and data belong together, and chooses what is not said as distill compress \
      does. What else there is stands beside every choice.

      Example:
        distill init --teacher model.onnx --data photos --out recipe.yaml
        distill run recipe.yaml
      """
  )

  @Option(parsing: .upToNextOption, help: "Files of weights or models, or the folder of a run.")
  var teacher: [String] = []

  @Option(help: "Only the teacher's answers, in the order of the data, as of distill compress.")
  var teacherValues: String?

  @Option(help: "The teacher's network, such as mlp:784-500-300-10, where its files do not say.")
  var teacherModel: String?

  @Option(help: "A folder or file of examples.")
  var data: String

  @Option(help: "The file, array or column of the labels; none where there are no labels.")
  var labels: String?

  @Option(help: "Such as mlp:784-50-30-10, or a kind. (default: mlp of tables, cnn of images)")
  var student: String?

  @Option(help: "The recipe's file.")
  var out = "recipe.yaml"

  @OptionGroup var machine: MachineOptions

  @OptionGroup var output: OutputOptions

  func run() throws {
    let device = try machine.prepare()
    try requireResultPlace(out, from: teacher + [teacherValues, data])
    var options = CompressOptions(teacher: teacher, data: DataSource(data), student: student ?? "")
    (options.teacherModel, options.teacherValues) = (teacherModel, teacherValues)
    options.data.takeLabels(labels)
    let console = output.console
    let text = try console.listening { try CommentedRecipe(options, on: device, $0).text }
    // One that was stopped is begun again.
    let isOther = FileManager.default.contents(atPath: out).map { $0 != Data(text.utf8) } ?? false
    if isOther { throw RunError("'\(out)' is there already: name another file with --out") }
    try writeResult(text, to: out)
    console.show(
      "\(out): run it with distill run \(out)",
      event: "init",
      ["file": out, "recipe": text]
    )
  }
}

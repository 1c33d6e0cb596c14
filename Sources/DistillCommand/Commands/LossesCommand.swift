import ArgumentParser
import Distill
import Reporting
import Runs

/// What `--loss` takes.
struct LossesCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "losses",
    abstract: "List the losses that --loss takes, or show how one is written.",
    discussion: """
      Losses add and take weights: softCrossEntropy(temperature: 4) + 0.1 * derivativeSquaredError.

      Example: the settings of one, with what they are when left out:
        distill losses decoupledKullbackLeibler
      """
  )

  @ArgumentParser.Argument(
    help: "The name of a loss, here or in the field, such as dkd. (default: all)"
  )
  var name: String?

  @OptionGroup var output: OutputOptions

  func run() throws {
    let all = LossFormula.known.all
    guard let name else {
      return output.console.show(
        aligned(all.map { ($0.name, $0.summary) }).joined(separator: "\n"),
        event: "losses",
        ["losses": all.map(Catalogues.Loss.init)]
      )
    }
    // Another name of the field is answered with the one that is written here.
    guard let loss = LossFormula.called(name) else {
      throw RunError("there is no loss '\(name)': distill losses lists all of them")
    }
    let facts = loss.facts.map { "\n" + $0.text } ?? ""
    output.console.show(
      "\(loss.usage)\n\(loss.summary)\(facts)",
      event: "losses",
      ["losses": [Catalogues.Loss(loss)]]
    )
  }
}

import ArgumentParser
import Distill
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
    let console = Console(output.verbosity)
    let all = LossFormula.known.all
    guard let name else {
      let width = all.map(\.name.count).max() ?? 0
      let lines = all.map { $0.name.padded(to: width) + "  " + $0.summary }
      return console.show(lines.joined(separator: "\n"), Answer(losses: all.map(Answer.Item.init)))
    }
    // Another name of the field is answered with the one that is written here.
    guard let loss = LossFormula.called(name) else {
      throw CommandError("there is no loss '\(name)': distill losses lists all of them")
    }
    let facts = loss.facts.map { "\n" + $0.text } ?? ""
    console.show("\(loss.usage)\n\(loss.summary)\(facts)", Answer(losses: [.init(loss)]))
  }

  private struct Answer: Encodable {
    typealias Item = Catalogues.Loss
    var event = "losses"
    let losses: [Item]
  }
}

/// All that text may name, for programs that write documentation.
struct CataloguesCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "catalogues",
    abstract: "Print all that options and recipes may name, as JSON.",
    discussion: """
      Example:
        distill catalogues
      """,
    shouldDisplay: false
  )

  func run() { Console(.json).show("", Catalogues()) }
}

/// What `--student` and `--teacher-model` take.
struct ArchitecturesCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "architectures",
    abstract: "List the networks that --student and --teacher-model take.",
    discussion: """
      Example:
        distill architectures
      """
  )

  @OptionGroup var output: OutputOptions

  /// How a network, or a part of one, is written, and what it is.
  struct Form: Encodable {
    let text: String
    let meaning: String

    init(_ text: String, _ meaning: String) { (self.text, self.meaning) = (text, meaning) }
  }

  /// Networks of distill compress, and layers of them.
  static var networks: [Form] { ModelSpecification.notation.map { Form($0, $1) } }

  /// Students of distill generative fit.
  static var densities: [Form] {
    DensitySpecification.known.all.flatMap { $0.notation }.map { Form($0, $1) }
  }

  func run() throws {
    let groups = [
      ("distill compress --student, --teacher-model:", Self.networks),
      ("distill generative fit --student:", Self.densities),
    ]
    let width = groups.flatMap(\.1).map(\.text.count).max() ?? 0
    let text = groups.map { title, forms in
      ([title] + forms.map { "  " + $0.text.padded(to: width) + "  " + $0.meaning })
        .joined(separator: "\n")
    }
    let activations = Activation.allCases.map(\.rawValue).joined(separator: ", ")
    Console(output.verbosity).show(
      (text + ["activations: \(activations)"]).joined(separator: "\n\n"),
      Answer(networks: Self.networks, densities: Self.densities)
    )
  }

  private struct Answer: Encodable {
    var event = "architectures"
    let networks: [Form]
    let densities: [Form]
    var activations = Activation.allCases.map(\.rawValue)
  }
}

extension String {
  /// With spaces behind it, so that columns are aligned.
  fileprivate func padded(to width: Int) -> String {
    self + String(repeating: " ", count: max(0, width - count))
  }
}

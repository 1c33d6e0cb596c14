import ArgumentParser
import Distill

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
    let all = Catalogue<LossFormula>.standard.all
    guard let name else {
      let width = all.map(\.name.count).max() ?? 0
      let lines = all.map { $0.name.padded(to: width) + "  " + $0.summary }
      return console.show(lines.joined(separator: "\n"), Answer(losses: all.map(Answer.Item.init)))
    }
    // Another name of the field is answered with the one that is written here.
    let loss = try Self.formula(name)
    console.show("\(loss.usage)\n\(loss.summary)", Answer(losses: [.init(loss)]))
  }

  private static func formula(_ name: String) throws -> LossFormula {
    if let formula = Catalogue<LossFormula>.standard[name] { return formula }
    let known = LossFormula.suggestion(for: name)
    let word = known.map { String($0.prefix { $0.isLetter || $0.isNumber }) }
    guard let found = word.flatMap({ Catalogue<LossFormula>.standard[$0] }) else {
      throw CommandError("there is no loss '\(name)': distill losses lists all of them")
    }
    return found
  }

  private struct Answer: Encodable {
    struct Item: Encodable {
      let name: String
      let usage: String
      let summary: String

      init(_ formula: LossFormula) {
        (name, usage, summary) = (formula.name, formula.usage, formula.summary)
      }
    }
    var event = "losses"
    let losses: [Item]
  }
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

  /// Networks of distill compress.
  static let networks = [
    Form("mlp:784-50-30-10", "784 inputs, two hidden layers, 10 outputs"),
    Form("cnn:8c3b-m2-16c3b-m2-10", "convolutions, for images of the data's size"),
    Form("cnn:1x28x28-16c3-gap-10", "the same, with the size of the images said"),
    Form("mlp:784-50-10,gelu", "another activation than ReLU"),
  ]

  /// Layers of a convolutional network.
  static let layers = [
    Form("16c3", "a convolution: 16 filters, 3 by 3, and the activation"),
    Form("16c3s2p0g4b", "with stride 2, no zeros around, 4 groups, batch normalisation"),
    Form("16r3s2", "a residual block of two convolutions"),
    Form("m2, a2, m3s2", "the largest or mean of windows of 2 by 2; of 3 by 3, stride 2"),
    Form("gap", "the mean of each channel"),
    Form("d0.2", "dropout"),
    Form("128", "a linear layer; the last number are the outputs"),
  ]

  /// Students of distill generative fit.
  static let densities = [
    Form("nade:500", "a NADE of 500 hidden units"),
    Form("made:1000-1000", "a MADE of two hidden layers"),
    Form("deep-nade:500-500", "a deep NADE"),
    Form("deep-nade:500-500,orders:8", "a mixture over 8 orders of the inputs"),
  ]

  func run() throws {
    let groups = [
      ("distill compress --student, --teacher-model:", Self.networks),
      ("the layers of cnn:", Self.layers), ("distill generative fit --student:", Self.densities),
    ]
    let width = groups.flatMap(\.1).map(\.text.count).max() ?? 0
    let text = groups.map { title, forms in
      ([title] + forms.map { "  " + $0.text.padded(to: width) + "  " + $0.meaning })
        .joined(separator: "\n")
    }
    let activations = Activation.allCases.map(\.rawValue).joined(separator: ", ")
    Console(output.verbosity).show(
      (text + ["activations: \(activations)"]).joined(separator: "\n\n"),
      Answer(networks: Self.networks, layers: Self.layers, densities: Self.densities)
    )
  }

  private struct Answer: Encodable {
    var event = "architectures"
    let networks: [Form]
    let layers: [Form]
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

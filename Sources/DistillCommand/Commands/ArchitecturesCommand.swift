import ArgumentParser
import Distill
import Reporting

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

  func run() {
    let (networks, densities) = (ModelSpecification.notation, DensitySpecification.notation)
    let lines = aligned((networks + densities).map { ($0, $1) }, indent: "  ")
    let activations = Activation.allCases.map(\.rawValue)
    let groups = [
      ["distill compress --student, --teacher-model:"] + lines.prefix(networks.count),
      ["distill generative fit --student:"] + lines.suffix(densities.count),
      ["activations: \(activations.joined(separator: ", "))"],
    ]
    func forms(_ notation: [(written: String, meaning: String)]) -> [[String: String]] {
      notation.map { ["text": $0.written, "meaning": $0.meaning] }
    }
    output.console.show(
      groups.map { $0.joined(separator: "\n") }.joined(separator: "\n\n"),
      event: "architectures",
      [
        "networks": forms(networks), "densities": forms(densities), "activations": activations,
      ]
    )
  }
}

import ArgumentParser

/// Intractable generative models.
struct GenerativeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "generative",
    abstract: "Distil an intractable generative model (RBM), and find its partition function.",
    discussion: """
      An RBM knows its probabilities only up to a constant. A NADE distilled from it gives exact \
      probabilities and samples, and an estimate of that constant with an interval.

      Example: everything from scratch, in minutes:
        distill generative demo
      """,
    subcommands: [
      GenerativeTrainCommand.self, GenerativeFitCommand.self, GenerativeSampleCommand.self,
      GenerativeLogZCommand.self, GenerativeEvaluateCommand.self, GenerativeDemoCommand.self,
    ]
  )
}

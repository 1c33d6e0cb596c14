import Foundation
import Testing
import Yams

@testable import Compression
@testable import DistillCommand
@testable import Exchange
@testable import Experiments
@testable import Runs

/// Every number of every recipe, walked through numbers that nobody can mean, as `distill run --set`
/// gives them.
@Suite struct RecipeBoundsTests {
  static let absurd = ["0", "-1", ".nan", ".inf", "1e30", "9223372036854775807"]

  /// Absurd numbers that are meant after all, by the last part of an option's name.
  static let meant: [String: Set<String>] = [
    "dataSeed": ["0", "9223372036854775807"],
    "damping": ["0"], "perturbation": ["0"], "perturbations": ["0"], "projections": ["0"],
    // All images.
    "limit": ["0"],
    "burnIn": ["0"], "jumpEvery": ["0"], "persistentChains": ["0"], "momentum": ["0"],
    "weightDecay": ["0"], "reference": ["0", "-1"],
    // All nodes.
    "nodes": ["0"], "nodesPerStep": ["0"],
    "dropout": ["0"], "teacherDecay": ["0"], "weightDecays": ["0"],
    // Scenes without clutter or noise, and a difference that always matters.
    "clutter": ["0"], "noise": ["0"], "margin": ["0"],
  ]

  /// Those of one experiment: decibels, no recurrent layer, words that are numbers, a term left out.
  static let meantIn: [String: [String: Set<String>]] = [
    "acoustic": [
      "direct": ["0", "-1"], "noise": ["-1"], "lowest": ["0"], "shares": ["0"], "recurrent": ["0"],
      "words": Set(absurd),
    ],
    "sentences": ["relationsWeight": ["0"]],
  ]

  /// Where recipes have a zero that others do not: steps of a chain before it is used.
  static let burnInFromOne: Set<String> = ["predictive-fashion-mnist"]

  /// The lines of a recipe that set each number of an experiment to `value`, with their last names.
  private func lines(_ node: Node, _ value: String) -> [(name: String, text: String)] {
    (node.mapping ?? [:]).flatMap { key, inner -> [(name: String, text: String)] in
      let name = key.string!
      if inner.mapping != nil {
        return lines(inner, value).map { (name: $0.name, text: "\(name): {\($0.text)}") }
      }
      if let items = inner.sequence {
        guard let first = items.first, Double(first.string ?? "") != nil else { return [] }
        let rest = items.dropFirst().map { $0.string! }
        return [(name, "\(name): [\(([value] + rest).joined(separator: ", "))]")]
      }
      return Double(inner.string ?? "") == nil ? [] : [(name, "\(name): \(value)")]
    }
  }

  private func usual<Kind: Job>(_ type: Kind.Type) throws -> Node {
    let text = try YAMLEncoder().encode(Kind())
    return try YAMLText.compose(text) ?? [:]
  }

  @Test(arguments: experiments.names)
  func everyNumberHasBounds(experiment: String) throws {
    let type = try #require(experiments[experiment])
    let node = try usual(type)
    for value in Self.absurd {
      for (name, text) in lines(node, value) {
        let isNought = name == "burnIn" && Self.burnInFromOne.contains(experiment)
        let isMeant =
          !isNought && Self.meant[name]?.contains(value) == true
          || Self.meantIn[experiment]?[name]?.contains(value) == true
        let said = refusal { try JobRecipe(yaml: "experiment: \(experiment)\n\(text)\n") }
        #expect((said == nil) == isMeant, "\(experiment), \(text): \(said ?? "taken")")
        #expect(said?.contains("\n") != true)
      }
    }
  }
}

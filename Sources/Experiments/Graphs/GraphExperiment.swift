import Distill
import Foundation
import Runs

/// Distillation on a graph of words: what a large network that listens to neighbours knows of synsets
/// goes into a small one, and into one that has no graph.
///
/// After Yang et al., *Distilling Knowledge from Graph Convolutional Networks* (2020), and Zhang et
/// al., *Graph-less Neural Networks* (2022). The labels are the lexicographer files of WordNet, the
/// features its glosses.
package struct GraphExperiment: Job {
  package static let name = "graphs"

  /// The folder with the data files of WordNet.
  package var data = ".data/wordnet"
  /// Synsets, those that a breadth-first walk comes to first; 0 is all.
  package var nodes = 4_000
  /// Synsets drawn at random, where the walk begins.
  package var roots = 10
  /// The most neighbours of a synset that the walk follows.
  package var neighbours = 100
  /// Numbers that a gloss is hashed into.
  package var features = 256
  /// The most labels of a class that are told.
  package var labelsPerClass = 20
  /// Nodes on which everything free is chosen.
  package var validation = 500
  /// Nodes that are seen in training, without their labels, and asked for afterwards.
  package var test = 1_000
  /// Nodes that arrive with their edges after training.
  package var unseen = 800
  /// Repetitions, each with labels, a teacher and students of its own.
  package var seeds = 5
  package var learningRate = 0.01
  /// The best of them on the validation nodes of the first repetition teaches in all.
  package var teachers = GraphTeacher.allCases
  package var teacherHidden = 128
  package var heads = 8
  package var dropout = 0.5
  package var teacherDecay = 5e-4
  package var teacherSteps = 200
  /// What students with the graph minimise.
  package var losses = GraphLoss.allCases
  package var studentHidden = 16
  /// What students without a graph minimise.
  package var aloneLosses: [GraphLoss] = [.labels, .soft]
  package var aloneHidden = 128
  /// Of every student.
  package var steps = 300
  /// Nodes of a step of students without a graph; 0 is all.
  package var nodesPerStep = 0
  /// Choices, made with the first repetition.
  package var temperatures = [1.0, 2, 4]
  package var weightDecays = [0.0, 5e-4, 5e-3]
  package var hintWeights = [0.1, 1, 10]
  package var attentionWeights = [10.0, 100, 1_000]
  package var structureWeights = [1.0, 10, 100]

  package init() {}

  package func check() throws {
    try requireCount("nodes", nodes, atLeast: 0)
    try requireCounts("roots, neighbours and labelsPerClass", [roots, neighbours, labelsPerClass])
    try requireCount("features", features, atMost: 65_536)
    try requireCounts("validation, test and unseen", [validation, test, unseen], atLeast: 2)
    try requireCount("seeds", seeds, atMost: 1_000)
    try requireCounts(
      "teacherHidden, studentHidden and aloneHidden",
      [teacherHidden, studentHidden, aloneHidden],
      atMost: 65_536
    )
    try requireCount("heads", heads, atMost: 1_024)
    try requireCounts("teacherSteps and steps", [teacherSteps, steps], atMost: mostSteps)
    try requireCount("nodesPerStep", nodesPerStep, atLeast: 0)
    try requireNumbers("learningRate", [learningRate], .learningRate)
    try requireNumbers("dropout", [dropout], .shareBelowOne)
    try requireNumbers(
      "teacherDecay and weightDecays",
      [teacherDecay] + weightDecays,
      .notNegative(atMost: 1_000)
    )
    try requireNumbers("temperatures", temperatures, .positive(atMost: 1_000))
    try requireNumbers(
      "hintWeights, attentionWeights and structureWeights",
      hintWeights + attentionWeights + structureWeights,
      .positive(atMost: 1e9)
    )
    try requireChoices()
  }

  private func requireChoices() throws {
    let lists = [
      temperatures.isEmpty, weightDecays.isEmpty, hintWeights.isEmpty, attentionWeights.isEmpty,
      structureWeights.isEmpty, teachers.isEmpty,
    ]
    guard !lists.contains(true) else {
      throw RunError("a \(Self.name) recipe needs teachers, and something to choose from")
    }
    guard !arms.isEmpty, Set(arms).count == arms.count else {
      throw RunError("losses and aloneLosses: name at least one, and each once")
    }
    if let loss = aloneLosses.first(where: { $0.kernel != nil || $0.comparesFeatures }) {
      throw RunError(
        "aloneLosses: '\(loss.rawValue)' compares what networks hold of a graph: name it in losses"
      )
    }
    guard !teachers.contains(.attention) || teacherHidden % heads == 0 else {
      throw RunError("teacherHidden \(teacherHidden): must be a multiple of the \(heads) heads")
    }
    guard nodes == 0 || validation + test + unseen < nodes else {
      throw RunError(
        "\(nodes) nodes are too few for \(validation) of validation, \(test) of test and \(unseen) "
          + "unseen ones, and some with labels"
      )
    }
  }

  package func dataFiles() throws -> [URL] { try wordNetFiles(in: data) }

  /// Every kind of student, the controls first.
  package var arms: [GraphArm] {
    losses.map { GraphArm(loss: $0, isAlone: false) }
      + aloneLosses.map { GraphArm(loss: $0, isAlone: true) }
  }

  package func perform(_ run: Run) throws {
    try check()
    let world = try GraphWorld(self, seed: run.seed, on: run.device)
    run.work.note(world.summary)
    let choice = try run.kept(GraphChoice.file, checking: isPossible) {
      try GraphChoosing(world, run).choice()
    }
    run.work.note("chosen on \(grouped(validation)) validation nodes: \(choice.summary)")
    let scores = try (0..<seeds).map { index in
      try run.kept("seed-\(index + 1)", checking: { isPossible($0, in: world) }) {
        try GraphRepetition(world, choice, seed: run.seed, index: index).scores(run)
      }
    }
    try GraphReport(world: world, choice: choice, repetitions: scores).write(run)
  }

  /// Whether all that was chosen is among what the recipe names.
  private func isPossible(_ choice: GraphChoice) -> Bool {
    let weights = [0] + hintWeights + attentionWeights + structureWeights
    return teachers.contains(choice.teacher)
      && choice.settings.map(\.setting).allSatisfy {
        ([1] + temperatures).contains($0.temperature) && weights.contains($0.weight)
          && ([0] + weightDecays).contains($0.weightDecay)
      }
  }

  /// Whether scores are of all networks, and of all nodes.
  private func isPossible(_ scores: GraphRepetition.Scores, in world: GraphWorld) -> Bool {
    func areOf(_ nodes: GraphScore.Nodes, _ examples: Examples) -> Bool {
      nodes.right.count == examples.count
        && (nodes.same ?? nodes.right).count == examples.count
    }
    return scores.students.count == arms.count
      && ([scores.teacher] + scores.students).allSatisfy { score in
        areOf(score.test, world.test) && areOf(score.unseen, world.unseen)
          && [score.nodesPerSecond, score.microsecondsForOne].allSatisfy((0...1e15).contains)
      }
  }
}

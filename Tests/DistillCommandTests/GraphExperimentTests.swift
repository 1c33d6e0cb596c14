import Distill
import Foundation
import Testing

@testable import DistillCommand
@testable import Exchange
@testable import Experiments
@testable import Runs

/// The experiment on a made-up WordNet of 250 synsets.
@Suite struct GraphExperimentTests {
  static let data = DocumentationTests.checkout
    .appendingPathComponent("Tests/DistillCommandTests/Fixtures/wordnet").path

  static func small() -> GraphExperiment {
    var experiment = GraphExperiment()
    experiment.data = data
    experiment.nodes = 0
    experiment.features = 48
    experiment.labelsPerClass = 6
    (experiment.validation, experiment.test, experiment.unseen) = (40, 60, 40)
    (experiment.seeds, experiment.learningRate) = (2, 0.03)
    (experiment.teacherHidden, experiment.heads, experiment.teacherSteps) = (16, 4, 60)
    (experiment.studentHidden, experiment.aloneHidden, experiment.steps) = (6, 16, 60)
    (experiment.temperatures, experiment.weightDecays) = ([1, 2], [0])
    experiment.hintWeights = [1]
    experiment.attentionWeights = [100]
    experiment.structureWeights = [1]
    return experiment
  }

  private func run(
    _ experiment: GraphExperiment,
    at path: String,
    _ work: Work = .silent
  ) throws -> RunFolder {
    let recipe = JobRecipe(experiment, seed: 3)
    let folder = try recipe.begin("run", at: path, on: .cpu)
    try recipe.perform(in: folder, on: .cpu, work)
    // Without its lock: whoever certifies takes one of its own.
    return RunFolder(url: folder.url, command: folder.command)
  }

  private func scores(_ folder: RunFolder, _ index: Int) throws -> GraphRepetition.Scores {
    let data = try Data(contentsOf: folder.file("seed-\(index).json"))
    return try JSONDecoder().decode(GraphRepetition.Scores.self, from: data)
  }

  @Test func everyStudentHasItsRow() throws {
    try withScratchFolder { scratch in
      let folder = try run(Self.small(), at: scratch.appendingPathComponent("run").path)
      let table = try String(contentsOf: folder.file(RunFolder.table), encoding: .utf8)
      for loss in GraphLoss.allCases { #expect(table.contains("GCN, \(loss.rawValue)")) }
      #expect(table.contains("MLP, labels") && table.contains("MLP, soft"))
      #expect(folder.contains(RunFolder.report))
      for index in 1...2 {
        let scores = try scores(folder, index)
        #expect(scores.students.count == GraphLoss.allCases.count + 2)
        #expect(scores.teacher.test.right.count == 60 && scores.teacher.unseen.right.count == 40)
        #expect(scores.teacher.test.same == nil)
        func share(_ letters: String) -> Double {
          Double(letters.count { $0 == "1" }) / Double(letters.count)
        }
        // Seven classes of which four are common.
        #expect(share(scores.teacher.test.right) > 0.5)
        let soft = scores.students.first { $0.name == "GCN, soft" }!
        #expect(share(soft.test.same!) > 0.7)
        #expect(scores.students.allSatisfy { $0.nodesPerSecond > 0 && $0.parameters > 0 })
      }
    }
  }

  /// Who serves for what never overlaps, and nobody sees the unseen nodes in training.
  @Test func nodesServeForOneThing() throws {
    let experiment = Self.small()
    let world = try GraphWorld(experiment, seed: 5, on: .cpu)
    let labelled = world.labelled(seed: 9)
    let parts = [world.validation, world.test, world.unseen, labelled]
      .map { $0.inputs.scalars(Int.self) }
    #expect(Set(parts.joined()).count == parts.reduce(0) { $0 + $1.count })
    #expect(parts[2] == Array(210..<250) && world.observed.nodeCount == 210)
    #expect(labelled.labels!.occurrences(classes: 45).maximum().scalar(Int.self) == 6)
    // The observed graph is the whole one without edges of unseen nodes.
    let ends = zip(world.whole.sources.scalars(Int.self), world.whole.targets.scalars(Int.self))
    let inside = ends.filter { $0 < 210 && $1 < 210 }
    #expect(world.observed.edgeCount == inside.count && inside.count < world.whole.edgeCount)
    // Other labels for another repetition, the same nodes held out.
    #expect(world.labelled(seed: 10).inputs.scalars(Int.self) != parts[3])
    // A walk brings fewer nodes, with their own edges alone.
    var few = experiment
    (few.nodes, few.roots, few.neighbours) = (160, 3, 100)
    (few.validation, few.test, few.unseen) = (20, 30, 20)
    let part = try GraphWorld(few, seed: 5, on: .cpu)
    #expect(part.whole.nodeCount == 160 && part.observed.nodeCount == 140)
  }

  @Test func aStoppedRunGoesOnToTheSameNetworks() throws {
    try withScratchFolder { scratch in
      var experiment = Self.small()
      experiment.losses = [.labels, .soft, .hints]
      (experiment.seeds, experiment.nodesPerStep) = (1, 32)
      func networks(_ folder: RunFolder) throws -> [String: Data] {
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.url.path)
        let kept = names.filter { $0.hasSuffix(".safetensors") }
        return try Dictionary(
          uniqueKeysWithValues: kept.map { ($0, try Data(contentsOf: folder.file($0))) }
        )
      }
      let whole = try run(experiment, at: scratch.appendingPathComponent("a").path)
      let place = scratch.appendingPathComponent("b").path
      // Stopped in the middle of the fourth network: after the teacher and two students.
      var begun = 0
      var steps = 0
      let work = Work(
        report: { event in
          if case .began(let name, _, _, _) = event, name.hasPrefix("repetition") { begun += 1 }
          if case .reached(let step, _) = event, begun == 4 { steps = step }
        },
        isCancelled: { steps >= 20 }
      )
      #expect(throws: Stopped.self) { try run(experiment, at: place, work) }
      let folder = try RunFolder.resume("run", at: place)
      #expect(folder.contains("gcn-soft-hints-1.checkpoint.safetensors"))
      let recipe = try JobRecipe(resuming: folder, among: experiments)
      try recipe.perform(in: folder, on: .cpu, .silent)
      #expect(try networks(folder) == networks(whole))
      #expect(try networks(whole).count == 6)
    }
  }

  /// The student without a graph against its control, with the verbs that certify everything else.
  @Test func aRunIsCertifiedAndReplayed() throws {
    try withScratchFolder { scratch in
      var experiment = Self.small()
      experiment.losses = []
      experiment.seeds = 1
      let folder = try run(experiment, at: scratch.appendingPathComponent("run").path)
      var said: [String] = []
      let work = Work(report: { if case .note(let text) = $0 { said.append(text) } })
      let certificate = try runCertify(
        CertifyOptions(run: folder.url.path, seeds: 2),
        on: .cpu,
        program: CertifyTests.program,
        among: experiments,
        work
      )
      #expect(certificate.subject == "mlp:48-16-45" && certificate.settings.count == 1)
      #expect(said.count { $0.contains("the same, bit for bit") } == 2, "\(said)")
      let result = try runReplay(
        folder.url.path,
        on: .cpu,
        program: CertifyTests.program,
        among: experiments,
        .silent
      )
      #expect(result.stands, "\(result.fallen.map(\.name))")
      // What was chosen is part of the evidence.
      let choice = folder.file("choice.json")
      let changed = try String(contentsOf: choice, encoding: .utf8).replacing("0.", with: "1.")
      try Data(changed.utf8).write(to: choice)
      let refused = refusal {
        try runReplay(
          folder.url.path,
          on: .cpu,
          program: CertifyTests.program,
          among: experiments,
          .silent
        )
      }
      #expect(refused?.contains("choice.json") == true, "\(refused ?? "accepted")")
    }
  }

  @Test(arguments: [
    ("nodes=-1", "nodes -1"), ("nodes=10", "10 nodes are too few"), ("features=0", "features 0"),
    ("heads=7", "must be a multiple of the 7 heads"), ("losses=[zzz]", "of another kind"),
    ("aloneLosses=[soft + hints]", "name it in losses"),
    ("aloneLosses=['soft + structure, linear']", "name it in losses"),
    ("{losses: [], aloneLosses: []}", "write key=value"), ("losses=[soft, soft]", "each once"),
    ("temperatures=[]", "something to choose from"), ("temperatures=[0]", "temperatures 0.0"),
    ("dropout=1", "dropout 1.0"), ("steps=0", "steps 0"), ("unseen=0", "unseen 0"),
    ("structureWeights=[.inf]", "inf: must be"), ("teachers=[]", "needs teachers"),
    ("graph=5", "has no option 'graph'"),
  ])
  func isRefused(_ setting: String, _ says: String) {
    let said = refusal {
      try JobRecipe(yaml: "experiment: graphs\ndata: /nowhere\n", settings: [setting])
    }
    #expect(said?.contains(says) == true, "\(said ?? "accepted")")
    #expect(said?.contains("\n") == false && said?.contains("/nowhere") == false)
  }

  @Test(arguments: ["graphs", "graphs-full"])
  func recipesCanBeRead(_ name: String) throws {
    let recipe = try JobRecipe(yaml: DocumentationTests.text("Recipes/\(name).yaml"))
    #expect(recipe.job is GraphExperiment)
  }

  @Test func dataThatAreNotThere() throws {
    var experiment = GraphExperiment()
    experiment.data = "/nowhere"
    #expect(refusal { try experiment.dataFiles() }?.contains("make data-graphs") == true)
    // A walk of two synsets and their neighbours does not reach as many as are held out.
    var few = Self.small()
    (few.nodes, few.roots, few.neighbours, few.test) = (249, 1, 1, 100)
    let said = refusal { try GraphWorld(few, seed: 1, on: .cpu) }
    #expect(said?.contains("name more roots") == true, "\(said ?? "accepted")")
  }
}

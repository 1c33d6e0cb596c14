import Distill
import Foundation

/// Searches if that was asked for, trains the student and its control, and measures them, each step
/// into a file of the run folder so that it is not done again.
package struct CompressionRun {
  package static let studentFile = "student.safetensors"
  package static let controlFile = "control.safetensors"

  package let folder: RunFolder
  package let training: CompressionTraining
  package let work: Work
  /// The executable file that a certificate names; nil for this program's.
  package var program: Provenance.Content?

  /// How far a run is: what it has finished.
  package struct Progress: Codable, Equatable {
    package var finished: [String] = []
    /// What it was begun with, or what its search chose; nil in runs of earlier versions.
    package var plan: CompressionPlan?
    /// The recipe that it was begun with; nil in runs of earlier versions.
    package var recipe: String?
  }

  /// Refuses to go on by a recipe that is not the one the run was begun with.
  package static func requireUnchanged(_ plan: CompressionPlan, in folder: RunFolder) throws {
    guard let progress = try folder.loadProgress(Progress.self), var begun = progress.plan else {
      return
    }
    if let recipe = progress.recipe {
      let changes = try differences(yaml: recipe, folder.recipeText())
      // What a search chose is written among the options.
      try folder.refuse(differences: changes.filter { !$0.hasPrefix("options") })
    }
    if let chosen = plan.fit?.chosen, begun.fit != nil, begun.fit?.chosen == nil {
      begun = try begun.fitted(choosing: chosen)
    }
    if let chosen = plan.search?.chosen, begun.search != nil, begun.search?.chosen == nil {
      // As above: stopped between the recipe of what was chosen and the note of it.
      begun.search = plan.search
      begun.training.optimizer.learningRate = chosen.learningRate
      begun.loss = chosen.loss
    }
    try folder.refuse(differences: differences(begun, plan))
  }

  package func perform() throws {
    do {
      try fit()
      try search()
      let student = try network(.student, Self.studentFile)
      let control = training.plan.trainsControl ? try network(.control, Self.controlFile) : nil
      switch training.plan.data.task {
      case .classes: try report(CompressionResults(training, student: student, control: control))
      case .regression: try report(RealResults(training, student: student, control: control))
      case .labels, .embeddings:
        try report(TaskResults(training, student: student, control: control))
      }
      if let seeds = training.plan.certifiedSeeds { try certify(seeds) }
      try folder.save(progress: progress, isFinished: true)
    } catch let error as ProcessGroupError where error != .cancelled {
      throw RunError(
        "\(error); what is done is in '\(folder.url.path)', to be gone on with by --resume "
          + folder.url.path
      )
    } catch is Stopped {
      throw Stopped(
        "stopped; what is done is in '\(folder.url.path)': resume with distill compress --resume "
          + folder.url.path
      )
    }
  }

  private func report(_ results: some CompressionOutcome) throws {
    try CompressionReport(results, folder, training, work).write()
  }

  private func certify(_ seeds: Int) throws {
    let run = try CertificateRun(
      of: CertifiableCompression(training, in: folder.url.path),
      recipe: folder.recipeText(),
      seeds: seeds,
      in: folder,
      program: program,
      training.work
    )
    if let taskRun = run.taskRun { try run.performTask(taskRun) } else { try run.perform() }
  }

  /// Looks for a student that keeps its budget, unless that was done, and writes it into the recipe.
  private func fit() throws {
    guard let fit = training.plan.fit, fit.chosen == nil else { return }
    let trials = try FitSearch(training, fit, in: folder, work).perform()
    try FitFindings(fit, trials).write(to: folder)
    let plan = try training.plan.fitted(
      choosing: FitFindings(fit, trials).choice().candidate
    )
    let found = FitFindings(plan.fit!, trials)
    try found.write(to: folder)
    try keep(plan)
    work.show(
      found.text(most: 8).text(width: 80) + "all are in \(folder.file(FitFindings.csv).path)\n",
      FitAnswer(chosen: plan.student.description, trials: trials)
    )
    if let choice = plan.fit!.choice { work.note(choice) }
  }

  private struct FitAnswer: Encodable {
    var event = "fit"
    let chosen: String
    let trials: [FitTrial]
  }

  /// Writes a plan with what was chosen into the recipe: when that holds the choice, it is made.
  private func keep(_ plan: CompressionPlan) throws {
    var recipe = try CompressionPlan.recordedRecipe(in: folder)
    recipe.options = plan
    try folder.write(recipe.yaml(), to: RunFolder.recipe)
    training.adopt(plan)
    try folder.save(progress: progress)
  }

  /// Looks for the best way to train, unless that was done, and writes it into the recipe.
  private func search() throws {
    guard let search = training.plan.search, search.chosen == nil else { return }
    let found = try CompressionSearch(training: training, folder: folder, work: work)
      .perform(budget: search.steps)
    var plan = training.plan
    plan.search!.chosen = found.student
    plan.search!.controlLearningRate = found.control.learningRate
    plan.training.optimizer.learningRate = found.student.learningRate
    plan.loss = found.student.loss
    try folder.write(CompressionSearch.table(found.trials).text(width: 80), to: "search.txt")
    try keep(plan)
    work.show(
      CompressionSearch.table(found.trials, most: 5).text(width: 80)
        + "the best of \(found.trials.count) trials on the validation examples; all are in "
        + "\(folder.file("search.txt").path)\n",
      SearchAnswer(
        chosen: found.student,
        controlLearningRate: found.control.learningRate,
        trials: found.trials
      )
    )
    work.note(
      "chosen on the validation examples: learning rate "
        + "\(Uncertain.short(found.student.learningRate)), loss \(found.student.loss); for the "
        + "control learning rate \(Uncertain.short(found.control.learningRate))"
    )
    for edge in found.edges { work.warn(edge) }
  }

  private struct SearchAnswer: Encodable {
    var event = "search"
    let chosen: SearchCandidate
    let controlLearningRate: Double
    let trials: [SearchTrial]
  }

  /// A trained network: from its file if it is there.
  private func network(_ role: CompressionRole, _ file: String) throws -> any Module {
    let weights = folder.file(file)
    let checkpoint = "\(role.rawValue).checkpoint.safetensors"
    if folder.contains(file) {
      let network = training.freshNetwork(seed: training.plan.seed)
      try network.load(from: weights)
      // Where it was stopped between the network and what follows.
      folder.removeCheckpoint(checkpoint)
      work.note("\(role.rawValue): finished before")
      return network
    }
    let trained = try training.train(
      role,
      seed: training.plan.seed,
      checkpoint: folder.file(checkpoint)
    )
    if let ratio = trained.record.gradientRatio {
      work.note("gradients at the first step: \(ratio)")
    }
    if let remark = trained.remark { work.note(remark) }
    // The network last: when it is there, all is done.
    var metrics: [any Encodable] = TrainingMetric.all(of: role, trained.record)
    metrics += trained.looks.map { ValidationMetric(role, $0) } as [any Encodable]
    if let remark = trained.remark {
      metrics.append(TrainingRemark(network: role.rawValue, remark: remark))
    }
    try folder.record(metrics, by: "network")
    if role == .student, let kind = training.plan.studentFile {
      try writeProgram(trained.network, kind)
    }
    try trained.network.save(
      to: weights,
      metadata: training.metadata(of: role, seed: training.plan.seed)
    )
    folder.removeCheckpoint(checkpoint)
    try folder.save(progress: progress)
    return trained.network
  }

  private func writeProgram(_ network: some Module, _ kind: FileArchitecture) throws {
    let url = folder.file(kind.studentName)
    // What it expects of its inputs goes with it.
    let facts = training.metadata(of: .student, seed: training.plan.seed)
    try kind.write(network, notes: facts.filter { $0.key != "model" }, to: url)
    work.note("the student is \(url.path), as \(kind.reader)")
  }

  private var progress: Progress {
    Progress(
      finished: [Self.studentFile, Self.controlFile].filter(folder.contains),
      plan: training.plan,
      recipe: (try? folder.loadProgress(Progress.self))?.recipe
    )
  }
}

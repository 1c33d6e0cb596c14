import Distill
import Foundation
import Testing

@testable import Compression
@testable import DistillCommand
@testable import Exchange
@testable import Runs

/// A student that keeps a budget.
@Suite struct FitTests {
  // MARK: The budget

  @Test(arguments: [
    ("agreement 0.95, 20 us, 100 KB", "agreement 0.95, 20 us, 100 KB"),
    ("100KB,20µs,agreement 95%", "agreement 0.95, 20 us, 100 KB"),
    ("1500 ns", "1.5 us"), ("2e6 B", "2 MB"), ("kl 1e-5", "kl 1e-05"),
    (" Accuracy  .9 , 1.25 ms ", "accuracy 0.9, 1.25 ms"), ("999 B", "999 B"),
  ])
  func budgetsReadBack(_ text: String, _ canonical: String) throws {
    let budget = try FitBudget(text)
    #expect(budget.description == canonical)
    #expect(try FitBudget(budget.description) == budget)
    let coded = try JSONDecoder().decode([FitBudget].self, from: JSONEncoder().encode([budget]))
    #expect(coded == [budget])
  }

  @Test func unitsAreThoseOfTheField() throws {
    let budget = try FitBudget("kl 0.5, 1.5 ms, 2 KB")
    #expect(budget.nanoseconds == 1_500_000 && budget.bytes == 2_000)
    #expect(budget.target == FitBudget.Target(measure: .kl, value: 0.5))
  }

  @Test(arguments: [
    ("", "a part of the budget is missing"), ("agreement 0.9,", "a part of the budget is missing"),
    ("agreement", "this is no part of a budget"), ("agreement 2", "from above 0"),
    ("agreement -1", "write the measure and a number"), ("agreement nan", "write the measure"),
    ("agrement 0.9", "did you mean agreement?"), ("f1 0.9", "there is no measure"),
    ("kl 95%", "write the measure and a number"), ("kl 1e9", "kl must be above 0"),
    ("20", "a unit is missing"), ("20 parsecs", "there is no unit 'parsecs'"),
    ("20 kib", "did you mean KB?"), ("0 us", "this is nothing"), ("1e300 MB", "this is no limit"),
    ("1e999 us", "this is no limit"), ("20 us, 30 us", "a time is there already"),
    ("1 B, 2 KB", "a size is there already"),
    ("agreement 0.9, accuracy 0.9", "asked for one measure"), ("-20 us", "no part of a budget"),
    ("0x10 B", "there is no unit 'x10 B'"), ("agreement 0.9; 20 us", "write the measure"),
    ("\u{202e}\u{0}", "this is no part of a budget"),
  ])
  func nonsenseIsRefusedInOneSentence(_ text: String, _ says: String) {
    let said = refusal { try FitBudget(text) }
    let expected = says == "from above 0" ? "agreement must be above 0 and at most 1" : says
    #expect(said?.contains(expected) == true && said?.contains("\n") == false, "\(said ?? "taken")")
    #expect(throws: (any Error).self) {
      try Program.parsed(["compress", "--teacher", "a", "--data", "b", "--fit", text])
    }
  }

  // MARK: Choosing

  /// By hand: thirds, rounded up, and three times the steps.
  @Test func theScheduleGoesByThirds() {
    let halving = SuccessiveHalving(of: 30, untilAtMost: 4)
    #expect(halving.sizes == [30, 10, 4])
    #expect(zip(halving.shares, [1.0 / 9, 1.0 / 3, 1]).allSatisfy { abs($0 - $1) < 1e-12 })
    #expect(SuccessiveHalving(of: 27, untilAtMost: 3).steps(sharing: 270) == [10, 30, 90])
    #expect(SuccessiveHalving(of: 1, untilAtMost: 4).sizes == [1])
  }

  private func plan(_ budget: String, costs: [Double]) throws -> FitPlan {
    FitPlan(
      try FitBudget(budget),
      costs.map {
        FitCandidate(
          student: "mlp:4-2",
          loss: "softCrossEntropy",
          batchSize: 1,
          lastBatch: nil,
          steps: 900,
          cost: StudentCost(microseconds: $0, bytes: 100, engine: "StudentRuntime")
        )
      }
    )
  }

  private func trials(_ agreements: [Double]) -> [FitTrial] {
    agreements.enumerated().map { index, agreement in
      FitTrial(
        round: 1,
        candidate: index,
        steps: 1,
        agreement: agreement,
        divergence: 1 - agreement,
        standardError: 0
      )
    }
  }

  /// By hand. Costs 1 … 5 µs: the third is beaten by the second, the fifth by the fourth.
  @Test func theFrontierComesFirst() throws {
    let all = trials([0.5, 0.8, 0.7, 0.9, 0.85])
    let plan = try plan("agreement 0.75", costs: [1, 2, 3, 4, 5])
    #expect(plan.fronts(all).map { $0.map(\.candidate) } == [[0, 1, 3], [2, 4]])
    // The cheapest that will do, the next that will, then what does not yet.
    #expect(plan.ranked(all).map(\.candidate) == [1, 3, 0, 4, 2])
    #expect(plan.best(all)?.candidate == 1)
    #expect(try self.plan("agreement 0.95", costs: [1, 2, 3, 4, 5]).best(all) == nil)
    // Without a measure the closest to the teacher, whatever it costs within the budget.
    let free = try self.plan("9 us", costs: [1, 2, 3, 4, 5])
    #expect(free.ranked(all).map(\.candidate) == [3, 4, 1, 2, 0] && free.best(all)?.candidate == 3)
  }

  @Test func whatFailedIsNeverChosen() throws {
    var all = trials([0.5, 0.8])
    (all[1].agreement, all[1].divergence) = (0, .infinity)
    #expect(try plan("9 us", costs: [1, 2]).best(all)?.candidate == 0)
    #expect(try plan("9 us", costs: [1, 2]).best([all[1]]) == nil)
    #expect(try plan("kl 0.6", costs: [2, 1]).best(all)?.candidate == 0)
  }

  @Test func everyKindHasStudentsThatAreRead() throws {
    for shape in [[1, 28, 28], [3, 33, 33], [1, 4, 4], [64], [7], [1], [3, 224, 224]] {
      for kind in ModelSpecification.known.names {
        let texts = ModelSpecification.known[kind]!.candidates(for: shape, outputs: 5)
        #expect(kind != "mlp" || texts.count == 18)
        #expect((kind == "cnn" && shape.count == 1) == (kind == "cnn" && texts.isEmpty))
        for text in texts {
          let student = try ModelSpecification(text).resolved(for: shape)
          #expect(student.outputCount == 5 && student.inputCount == shape.reduce(1, *))
        }
        #expect(Set(texts).count == texts.count)
      }
    }
  }

  // MARK: Runs

  private func options(_ world: CompressWorld, _ budget: String, _ kinds: String = "") throws
    -> CompressOptions
  {
    var options = world.options()
    (options.student, options.fit) = (kinds, try FitBudget(budget))
    options.loss = "softCrossEntropy"
    options.budget = Budget(180, .steps)
    return options
  }

  private func trials(_ folder: RunFolder) throws -> [FitTrial] {
    try JSONDecoder.ofAllNumbers.decode(
      [FitTrial].self,
      from: Data(contentsOf: folder.file(FitSearch.file))
    )
  }

  /// The labels of the test may say anything: they choose nothing.
  @Test func theStudentIsChosenByValidationAlone() throws {
    var chosen: [String] = []
    for shuffledTest in [false, true] {
      try withCompressWorld(shuffledTest: shuffledTest) { world in
        // The teacher must do nothing but say what it says.
        let folder = try world.run(options(world, "kl 1, 100 ms, 4 KB", "mlp")).folder
        let plan = try CompressionPlan.recorded(in: folder)
        let fit = try #require(plan.fit)
        let trials = try trials(folder)
        #expect(fit.candidates.count > 4 && fit.candidates.count < 18)
        #expect(fit.candidates.allSatisfy { $0.cost.bytes <= 4_000 && $0.cost.microseconds > 0 })
        #expect(fit.candidates.allSatisfy { $0.cost.engine == "StudentRuntime" })
        #expect(trials.count == fit.schedule.sizes.reduce(0, +))
        let candidate = fit.candidates[try #require(fit.chosen)]
        #expect(plan.student.description == candidate.student && plan.training.steps == 180)
        #expect(trials.last?.steps == 180 && trials[0].steps < 180)
        // Sizes are those of the files that are exported.
        let exported = try FinishedStudent(folder.url.path).graph().runtimeFile()
        #expect(abs(exported.count - candidate.cost.bytes) < 1_200)
        let best = try #require(fit.best(trials.filter { $0.round == fit.schedule.sizes.count }))
        #expect(best.candidate == fit.chosen)
        chosen.append(jsonLine(trials.prefix(6).map { [$0.agreement, $0.divergence] }))

        let csv = try String(contentsOf: folder.file(FitFindings.csv), encoding: .utf8)
        #expect(csv.split(separator: "\n").count == fit.candidates.count + 1)
        let json = try Data(contentsOf: folder.file(FitFindings.json))
        let frontier = try #require(
          JSONSerialization.jsonObject(with: json) as? [String: Any]
        )
        #expect(frontier["budget"] as? String == "kl 1, 100 ms, 4 KB")
        let page = try String(contentsOf: folder.file(RunFolder.report), encoding: .utf8)
        let choice = try #require(fit.choice)
        #expect(page.contains("KL against bytes") && page.contains(choice))
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.url.path)
        #expect(!names.contains { $0.contains("checkpoint") }, "\(names)")
      }
    }
    #expect(chosen[0] == chosen[1])
  }

  /// The trial of the last round is the student: both are trained alike.
  @Test func theStudentIsWhatWasTried() throws {
    try withCompressWorld { world in
      let options = try options(world, "agreement 0.3, 10 KB", "mlp,cnn")
      var told: [Trial] = []
      try runCompress(
        options,
        on: .cpu,
        Work(report: { if case .tried(let trial) = $0 { told.append(trial) } })
      )
      let folder = RunFolder(url: URL(fileURLWithPath: options.out!), command: "compress")
      let plan = try CompressionPlan.recorded(in: folder)
      // Each is told, for TensorBoard's table of trials.
      let trials = try self.trials(folder)
      #expect(
        told.map { $0.measures["validation/agreement with the teacher"] } == trials.map(\.agreement)
      )
      #expect(told.first?.settings["student"] == .text(plan.fit!.candidates[0].student))
      let last = try #require(
        trials.last { $0.candidate == plan.fit?.chosen && $0.steps == 180 }
      )
      let training = try CompressionTraining(plan, in: folder.url.path, on: .cpu, .silent)
      let student = training.freshNetwork(seed: plan.seed)
      try student.load(from: folder.file(CompressionRun.studentFile))
      let own = try training.predictions(of: Ensemble([student]), on: training.data.validation)
      let taught = try training.teacherPredictions(.validation)
      #expect(own.agreement(with: taught).mean().doubleValue == last.agreement)
      #expect(plan.fit!.candidates.contains { $0.student.hasPrefix("cnn:") })
      // A recorded run is repeated with the student that was chosen.
      let again = world.folder.appendingPathComponent("again")
      #expect(try repeatCompress(folder.recipeText(), [], nil, at: again.path, on: .cpu, .silent))
      #expect(
        try Data(contentsOf: again.appendingPathComponent(CompressionRun.studentFile))
          == Data(contentsOf: folder.file(CompressionRun.studentFile))
      )
    }
  }

  @Test(arguments: ["fit, round 1, student 3", "fit, round 2, student 2", "\"event\":\"fit\""])
  func anInterruptedSearchGoesOnToTheSameResult(_ word: String) throws {
    try withCompressWorld { world in
      let options = try options(world, "kl 1, 4 KB", "mlp")
      #expect(throws: Stopped.self) { try world.run(options, stoppingAt: word) }
      // The same from its beginning, with the costs that were measured then.
      let fresh = world.folder.appendingPathComponent("fresh")
      try FileManager.default.copyItem(atPath: options.out!, toPath: fresh.path)
      for name in try FileManager.default.contentsOfDirectory(atPath: fresh.path)
      where name == FitSearch.file || name.contains("checkpoint") {
        try FileManager.default.removeItem(at: fresh.appendingPathComponent(name))
      }
      func resumed(_ path: String) throws -> RunFolder {
        var options = CompressOptions()
        options.resume = .folder(path)
        return try world.run(options).folder
      }
      let (parts, whole) = (try resumed(options.out!), try resumed(fresh.path))
      for file in [CompressionRun.studentFile, FitFindings.json, FitFindings.csv] {
        #expect(try Data(contentsOf: whole.file(file)) == Data(contentsOf: parts.file(file)))
      }
      #expect(try word.contains("event") || trials(whole) == trials(parts))
    }
  }

  @Test func whatCannotBeKeptIsRefusedWithTheNearestThatCan() throws {
    try withCompressWorld { world in
      var options = try options(world, "kl 1, 1 B", "mlp")
      let said = try #require(refusal { try world.run(options) })
      #expect(!FileManager.default.fileExists(atPath: options.out!))
      let found = try #require(said.firstMatch(of: /no student of 18 .* say --fit "(.*)"/))
      options.fit = try FitBudget(String(found.1))
      #expect(options.fit?.target == FitBudget.Target(measure: .kl, value: 1))
      // What was said can be kept.
      try world.run(options)

      // By bytes, which are the same each time: times would let others go on.
      options = try self.options(world, "kl 0.000001, 10 MB", "mlp")
      options.out = world.folder.appendingPathComponent("worse").path
      let worse = try #require(refusal { try world.run(options) })
      let nearest = try #require(
        worse.firstMatch(of: /no student of 18 reaches .* say --fit "(.*)"/)
      )
      let folder = RunFolder(url: URL(fileURLWithPath: options.out!), command: "compress")
      #expect(folder.contains(FitFindings.csv))
      var resumed = CompressOptions()
      resumed.resume = .folder(options.out!)
      #expect(refusal { try world.run(resumed) } == worse)
      options.fit = try FitBudget(String(nearest.1))
      options.out = world.folder.appendingPathComponent("nearest").path
      try world.run(options)
    }
  }

  @Test func whatDoesNotGoWithABudgetIsRefused() throws {
    try withCompressWorld { world in
      for (change, says) in [
        ({ $0.student = "mlp:16-4-3" }, "name kinds to look among, such as mlp,cnn,transformer"),
        ({ $0.search = Budget(900, .steps) }, "search is for one student"),
        ({ $0.budget = Budget(1, .minutes) }, "say how long each is trained"),
        ({ $0.validation = 0 }, "fit chooses by validation examples"),
        ({ $0.budget = Budget(20, .steps) }, "give at least --steps 90"),
        (
          {
            $0.data.targets = TargetKind.none
            $0.fit = try! FitBudget("accuracy 0.9")
          }, "--fit is"
        ),
      ] as [((inout CompressOptions) -> Void, String)] {
        var options = try options(world, "kl 1", "mlp")
        change(&options)
        let said = refusal {
          var recipe = options
          recipe.out = nil
          try recipe.check()
          return try world.run(options)
        }
        #expect(said?.contains(says) == true && said?.contains("\n") == false, "\(said ?? "taken")")
        #expect(!FileManager.default.fileExists(atPath: options.out!))
      }
    }
  }

  @Test func theReplayAsksForTheSameBudget() throws {
    var options = CompressOptions(teacher: ["a.pt2"], data: DataSource("x.csv"))
    options.fit = try FitBudget("agreement 0.95, 20 us, 100 KB")
    options.choosesThreads = true
    let command = try #require(
      Program.parsed(["compress"] + options.arguments) as? CompressCommand
    )
    #expect(command.options == options)
  }

  @Test func theCertificateSaysHowTheStudentWasChosen() throws {
    try withCompressWorld { world in
      var options = try options(world, "kl 1, 4 KB", "mlp")
      (options.trainsControl, options.certifiedSeeds) = (true, 2)
      options.budget = Budget(90, .steps)
      let folder = try world.run(options).folder
      let certificate = try CertificateFile.read(folder.url.path)
      let choice = try #require(CompressionPlan.recorded(in: folder).fit?.choice)
      #expect(certificate.choice == choice && certificate.page.html.contains(choice))
      let replayed = try runReplay(folder.url.path, on: .cpu, .silent)
      #expect(replayed.stands, "\(replayed.fallen.map(\.name))")
    }
  }
}

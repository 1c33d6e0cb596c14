import Distill
import Foundation
import Testing

@testable import DistillCommand
@testable import Exchange
@testable import Experiments
@testable import Runs

/// The experiment on made-up captions in made-up languages.
@Suite struct LanguagesTests: EvidenceRunning {
  typealias Evidence = LanguagesCertificate

  /// Words of three classes that languages spell a little differently; language `yy` lacks some.
  static func write(to folder: URL) throws {
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let words = [
      ["owl", "fox", "crab", "swan", "toad"], ["pear", "corn", "leek", "plum", "rice"],
      ["train", "boat", "truck", "sled", "plane"],
    ]
    let ends = ["aa": "a", "bb": "en", "xx": "as", "yy": "um"]
    var lines = ["stamp\tclass\tlanguage\tcaption"]
    for stamp in 0..<120 {
      let (label, other) = (stamp % 3, stamp / 3)
      let word = words[label][other % 5]
      for (language, end) in ends.sorted(by: { $0.key < $1.key }) {
        if language == "yy", stamp % 7 == 0 { continue }
        lines.append(
          "\(label)/\(stamp)\tclass \(label)\t\(language)\t\(word)\(end) \(other % 8 + 10)"
        )
      }
    }
    // Too rare a class to count.
    lines.append("3/0\tclass 3\taa\tstone")
    try Data((lines.joined(separator: "\n") + "\n").utf8)
      .write(to: folder.appendingPathComponent("captions.tsv"))
  }

  static let settings = [
    "fewest=10", "related=[aa, bb]", "languages=[xx, yy]", "labels=6", "unlabelled=30",
    "validation=12", "test=30", "length=16", "teacherSteps=60", "teacherRows=512", "filters=8",
    "hidden=8", "teacherRate=0.01", "studentRows=256", "steps=40", "batch=16", "seeds=2",
    "learningRates=[0.03]", "kept=[0.5]",
  ]

  static func small(_ data: URL, _ more: [String] = []) throws -> JobRecipe {
    try JobRecipe(
      yaml: "experiment: languages\nseed: 3\ndata: \(data.path)\n",
      settings: settings + more
    )
  }

  @Test func theRunIsItsOwnEvidence() throws {
    try withScratchFolder { scratch in
      let data = scratch.appendingPathComponent("data")
      try Self.write(to: data)
      let recipe = try Self.small(data, ["learningRates=[0.0001, 0.03]", "kept=[0.3, 0.6]"])
      let folder = try run(recipe, at: scratch.appendingPathComponent("run"))
      let found = try certificate(folder)
      #expect(found.classes == ["class 0", "class 1", "class 2"])
      #expect(found.languages.map(\.language) == ["xx", "yy"] && found.all.captions == 30)
      #expect(found.languages[0].captions == 30 && found.languages[1].captions < 30)
      // Words are spelt alike: teachers know most, and so do their students.
      #expect(found.all.ensemble.mean > 0.6)
      #expect(found.rightOfUnlabelled > 0.6)
      for part in found.languages + [found.all] {
        #expect(part.students.map(\.name) == LanguageArm.allCases.map(\.rawValue))
        #expect(part.students[0].gain == nil)
        for student in part.students.dropFirst() {
          let gain = student.accuracy.mean - part.students[0].accuracy.mean
          #expect(abs(student.gain!.mean - gain) < 1e-9)
        }
      }
      // The word is about the best on validation stamps of those that have teachers.
      let best = found.validation.dropFirst().max()!
      let place = found.validation.indices.dropFirst().first { found.validation[$0] == best }!
      #expect(
        found.validation[LanguageArm.allCases.firstIndex { $0.rawValue == found.student }!] == best
      )
      #expect(place > 0 && found.choice.tried.count == 3 + 2 + 2)
      #expect(found.choice.learningRate == 0.03)
      // Three teachers and eight students each time.
      #expect(found.provenance?.networks.count == 22 && found.provenance?.seeds == [4, 5])
      #expect(found.provenance?.networks.count { $0.role.hasPrefix("control: ") } == 4)
      let page = try String(contentsOf: folder.file(RunFolder.report), encoding: .utf8)
      for word in ["ensemble", "Some test captions", found.word.rawValue] {
        #expect(page.contains(word))
      }
      let table = try String(contentsOf: folder.file(RunFolder.table), encoding: .utf8)
      #expect(table.contains("captions/s") && table.contains(found.lesson))
      try requireEvidence(folder, ofMoreThan: 100)
    }
  }

  @Test func aStoppedRunGoesOnToTheSameNetworks() throws {
    try withScratchFolder { scratch in
      let data = scratch.appendingPathComponent("data")
      try Self.write(to: data)
      let recipe = try Self.small(data, ["teacherSteps=6", "steps=8"])
      try requireResumed(
        recipe,
        in: scratch,
        stoppedIn: "confident",
        after: 3,
        files: 22
      ) { #expect($0.contains("xx-confident-1.checkpoint.safetensors")) }
    }
  }

  /// A stamp serves for one thing in all languages, and teachers never see the others' captions.
  @Test func stampsServeForOneThing() throws {
    try withScratchFolder { scratch in
      try Self.write(to: scratch)
      let experiment = try #require(try Self.small(scratch).job as? LanguagesExperiment)
      let world = try LanguageWorld(experiment, seed: 3, on: .cpu)
      let parts = [world.training, world.unlabelled, world.validation, world.test]
      #expect(parts.map(\.count) == [48, 30, 12, 30])
      #expect(Set(parts.joined().map(\.name)).count == 120)
      func rows(_ examples: Examples) -> Set<[Int]> {
        Set(examples.inputs.unbound().map { $0.scalars(Int.self) })
      }
      let joint = world.joint(seed: 4)
      let told = ["xx", "yy"].map { world.labelled($0, seed: 4) }
      #expect(told.allSatisfy { $0.count == 6 })
      #expect(joint.count == 2 * 48 + 3 * 12)
      #expect(told.allSatisfy { rows($0).isSubset(of: rows(joint)) })
      #expect(rows(told[0]).isSubset(of: rows(world.examples("xx", world.training))))
      #expect(
        world.labelled("xx", seed: 5).inputs.scalars(Int.self) != told[0].inputs.scalars(Int.self)
      )
    }
  }

  /// Labels are certain, answers are the ensemble's, the surest first.
  @Test func lessonsAreLabelsAndWhatTeachersSay() throws {
    try withScratchFolder { scratch in
      try Self.write(to: scratch)
      let experiment = try #require(try Self.small(scratch).job as? LanguagesExperiment)
      let world = try LanguageWorld(experiment, seed: 3, on: .cpu)
      let teachers = LanguageTeacher.allCases.map { world.teacher($0, seed: 1) }
      let choice = LanguageChoice(teacher: .recurrent, learningRate: 0.1, kept: 0.5)
      func lesson(_ arm: LanguageArm) throws -> Lesson {
        try Lesson(world, "xx", arm, choice, teachers, labels: 4)
      }
      let (labels, all, half) = try (lesson(.labels), lesson(.ensemble), lesson(.confident))
      // A third of what is learnt has labels: 15 of 45 captions are 2.5 times the six.
      #expect(labels.examples.count == 6 && all.examples.count == 12 + 30)
      #expect(half.examples.count == 6 + 15)
      #expect(labels.answers.values.maximum(along: 1).scalars(Float.self) == [1, 1, 1, 1, 1, 1])
      let sureness = all.answers.values[12..<42].maximum(along: 1).scalars(Float.self)
      #expect(sureness == sureness.sorted(by: >))
      #expect(
        half.answers.values[6..<21].largestDifference(from: all.answers.values[12..<27]) == 0
      )
      let inputs = all.examples.inputs[12..<42]
      let mean = teachers.map { $0(inputs).softmax() }.reduce(Tensor(Float(0)), +) / 3
      #expect(all.answers.values[12..<42].largestDifference(from: mean) < 1e-6)
      let single = try lesson(.single)
      let said = teachers[2](single.examples.inputs[12..<42]).softmax()
      #expect(single.answers.values[12..<42].largestDifference(from: said) < 1e-6)
    }
  }

  @Test(arguments: [
    ("labels=0", "labels"), ("test=1", "test"), ("length=3", "length"), ("seeds=1", "seeds 1"),
    ("kept=[1]", "kept 1.0"), ("kept=[]", "at least one"), ("learningRates=[]", "at least one"),
    ("labelShare=1", "labelShare"), ("languages=[]", "at least one"),
    ("languages=[aa]", "no language twice"), ("related=[bb, bb]", "no language twice"),
    ("teachers=[]", "each once"), ("teachers=[trees]", "teachers 1"),
    ("students=[labels]", "the control"),
    ("students=[labels + magic, labels]", "students 1"), ("margin=2", "margin"),
    ("rows=1", "has no option 'rows'"),
  ])
  func isRefused(_ setting: String, _ says: String) {
    let said = refusal { try Self.small(URL(fileURLWithPath: "/nowhere"), [setting]) }
    #expect(said?.contains(says) == true, "\(setting): \(said ?? "accepted")")
    #expect(said?.contains("\n") == false && said?.contains("/nowhere") == false)
  }

  @Test func captionsThatDoNotDoAreRefused() throws {
    try withScratchFolder { scratch in
      try Self.write(to: scratch)
      for (setting, says) in [
        ("languages=[zz]", "no captions in 'zz'"), ("test=90", "too few"),
        ("fewest=100", "too few"), ("labels=48", "'yy' has too few captions"),
      ] {
        let recipe = try Self.small(scratch, [setting])
        let said = refusal { try run(recipe, at: scratch.appendingPathComponent(setting)) }
        #expect(said?.contains(says) == true, "\(setting): \(said ?? "accepted")")
      }
      try FileManager.default.removeItem(at: scratch.appendingPathComponent("captions.tsv"))
      let said = refusal { try Self.small(scratch).job.dataFiles() }
      #expect(said?.contains("make data-languages") == true)
    }
  }

  @Test func theRecipeIsRead() throws {
    let recipe = try JobRecipe(yaml: DocumentationTests.text("Recipes/languages.yaml"))
    let experiment = try #require(recipe.job as? LanguagesExperiment)
    #expect(experiment.seeds >= 3 && experiment.languages.count == 6)
  }
}

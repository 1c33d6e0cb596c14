import Distill
import Foundation
import Testing

@testable import DistillCommand
@testable import Exchange
@testable import Experiments
@testable import Runs

/// The experiment on made-up words: a vowel that glides to another.
@Suite struct AcousticTests: EvidenceRunning {
  typealias Evidence = AcousticCertificate

  private static let words = ["0", "1", "2", "3"]

  /// WAV files of speakers with pitches of their own, at several rates, in the folders that the data
  /// have.
  static func write(to folder: URL) throws {
    let speakers = [
      "prompts/aa-one", "telephone/aa-two", "synthetic/aa-f1", "synthetic/aa-f2", "synthetic/aa-f3",
      "synthetic/aa-f4", "synthetic/bb-f2", "synthetic/bb-f3", "synthetic/bb-f4",
    ]
    var sums = ""
    for (number, speaker) in speakers.enumerated() {
      let place = folder.appendingPathComponent(speaker)
      try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
      let rate = speaker.hasPrefix("telephone") ? 8_000 : number % 2 == 0 ? 16_000 : 22_050
      for (word, name) in words.enumerated() {
        let sound = voice(
          word,
          pitch: 100 + 17 * Double(number),
          rate: rate,
          isOther: speaker.contains("/bb")
        )
        let file = place.appendingPathComponent("\(name).wav")
        try WAV.write(Recording(sound, rate: rate), to: file)
        sums += "\(try SHA256.hash(of: file))  \(speaker)/\(name).wav\n"
      }
    }
    try Data(sums.utf8).write(to: folder.appendingPathComponent("SHA256SUMS"))
  }

  /// Harmonics under a resonance that moves, with silence around.
  private static func voice(_ word: Int, pitch: Double, rate: Int, isOther: Bool) -> Tensor {
    let (begin, end) = [(500.0, 500.0), (500, 2_000), (2_000, 500), (1_500, 1_500)][word]
    let count = rate * 3 / 10
    let times = Tensor.range(0..<count, .float64) / Double(rate)
    let place = times * ((end - begin) / 0.3) + (begin + (isOther ? 150 : 0))
    var sound = Tensor.zeros([count], .float64)
    for harmonic in 1...Int(3_500 / pitch) {
      let hertz = pitch * Double(harmonic)
      let weight = (((place - hertz) / 250).squared * -0.5).exponential + 0.02
      sound += weight * (times * (2 * Double.pi * hertz)).sine
    }
    return sound.atPeak(0.6).padded([(rate / 20, rate / 15)])
  }

  static let settings =
    "words=['0','1','2','3'] languages=[aa] newLanguages=[bb] "
    + "source=[prompts/aa-one,synthetic/*-f1] adaptation=['synthetic/*-f2'] "
    + "validation=['synthetic/*-f3'] test=[telephone/aa-two,'synthetic/*-f4'] seconds=0.4 bands=12 lowest=100 highest=3800 "
    + "noise=[20,30] reverberation=[0.1,0.2] teacher={widths: [12,12], recurrent: 0} "
    + "student={widths: [6], recurrent: 0} batch=8 teacherSteps=60 sourceSteps=40 labelled=4 steps=20 "
    + "seeds=2 teacherRate=0.02 sourceRate=0.02 learningRates=[0.01]"

  /// What is between settings is a space that no bracket holds.
  static var settingList: [String] {
    settings.split(separator: /\ (?=[a-zA-Z]+=)/).map(String.init)
  }

  static func small(_ data: URL, _ more: [String] = []) throws -> JobRecipe {
    try JobRecipe(
      yaml: "experiment: acoustic\nseed: 3\ndata: \(data.path)\n",
      settings: settingList + more
    )
  }

  @Test func theRunIsItsOwnEvidence() throws {
    try withScratchFolder { scratch in
      let data = scratch.appendingPathComponent("data")
      try Self.write(to: data)
      let folder = try run(
        Self.small(
          data,
          ["shares=[0.3, 0.6]", "temperatures=[1, 2]", "learningRates=[0.003, 0.01]"]
        ),
        at: scratch.appendingPathComponent("run")
      )
      let found = try certificate(folder)
      #expect(found.students.map(\.name) == AcousticArm.allCases.map(\.rawValue))
      #expect(found.testUtterances == 12 && found.words == 4 && found.labelledUtterances == 4)
      // It learnt what is clean.
      #expect(found.teacher.cleanWords.mean > 0.35)
      let control = try #require(found.students.first { $0.name == "fine-tuned" })
      #expect(control.wordGain == nil && control.frameGain == nil && control.word == nil)
      #expect(found.student == "parallel" && found.word == found.students.last?.word)
      for own in found.students where own.name != "fine-tuned" {
        let gain = try #require(own.wordGain)
        for (difference, pair) in zip(
          gain.seedMeans,
          zip(own.words.seedMeans, control.words.seedMeans)
        ) { #expect(abs(difference - (pair.0 - pair.1)) < 1e-12) }
        #expect(own.parameters * 2 < found.teacher.parameters)
      }
      // Speakers make up the whole.
      #expect(
        found.speakers.map(\.name) == ["telephone/aa-two", "synthetic/aa-f4", "synthetic/bb-f4"]
      )
      for place in found.students.indices {
        let mean = found.speakers.map { $0.words[place].mean }.reduce(0, +) / 3
        #expect(abs(mean - found.students[place].words.mean) < 1e-12)
      }
      // Two learning rates, two shares for the regularised, two by two for the distilled.
      #expect(found.choice.tried.count == 8)
      let rates = found.choice.tried.prefix(2)
      let best = try #require(rates.max { $0.frameAccuracy < $1.frameAccuracy })
      #expect(best.name.hasSuffix("rate \(short(found.choice.learningRate))"))
      #expect(found.choice.regularised.temperature == 1)
      #expect(found.provenance?.networks.count == 11 && found.provenance?.seeds == [3, 4, 5])
      #expect(found.provenance?.networks.filter { $0.role == "control" }.count == 2)
      #expect(found.provenance?.data.map(\.name).first?.hasSuffix("SHA256SUMS") == true)

      let page = try String(contentsOf: folder.file(RunFolder.report), encoding: .utf8)
      for word in ["teacher", "fine-tuned", "telephone/aa-two", found.word.rawValue] {
        #expect(page.contains(word))
      }
      let table = try String(contentsOf: folder.file(RunFolder.table), encoding: .utf8)
      #expect(table.contains("words − fine-tuned") && table.contains(found.lesson))

      // The list of runs knows the word.
      #expect(try RunResult.all(in: folder).verdict == found.word.rawValue)

      try requireEvidence(folder, ofMoreThan: 60)
    }
  }

  @Test(arguments: ["distilled", "recordings"])
  func aStoppedRunGoesOnToTheSameNetworks(_ place: String) throws {
    try withScratchFolder { scratch in
      let data = scratch.appendingPathComponent("data")
      try Self.write(to: data)
      let recipe = try Self.small(data, ["student={widths: [5], recurrent: 3}"])
      // In the middle of the first student that has a teacher, or while recordings are read.
      try requireResumed(
        recipe,
        in: scratch,
        stoppedIn: place,
        after: 7,
        files: 11
      ) { #expect($0.contains("distilled-1.checkpoint.safetensors") == (place == "distilled")) }
    }
  }

  /// Parts have other speakers, the target domain is another sound, and labelled utterances are few.
  @Test func partsAndDomainsAreApart() throws {
    try withScratchFolder { scratch in
      let data = scratch.appendingPathComponent("data")
      try Self.write(to: data)
      let recipe = try Self.small(data)
      let experiment = try #require(recipe.job as? AcousticExperiment)
      let folder = try recipe.begin("run", at: scratch.appendingPathComponent("r").path, on: .cpu)
      let run = Run(folder: folder, seed: 3, device: .cpu, work: .silent)
      let world = try AcousticWorld(experiment, seed: 3, run)
      // Two speakers; one voice in two languages, likewise; and a telephone besides.
      #expect(world.source.inputs.shape == [8, 38, 36] && world.adaptation.count == 8)
      #expect(world.validation.count == 8 && world.test.count == 12)
      #expect(world.source.inputs.largestDifference(from: world.source.clean) == 0)
      #expect(world.test.inputs.largestDifference(from: world.test.clean) > 1)
      #expect(world.test.labels.classes.shape == [12, 19])
      // Clean inputs of the source domain are of mean 0 and deviation 1.
      let frames = world.source.inputs.flattened(from: 0, through: 1)
      #expect(frames.mean(along: 0).magnitude.maximum().doubleValue < 1e-4)
      let labelled = world.labelled(seed: 4)
      #expect(Set(labelled).count == 4 && labelled.allSatisfy((0..<8).contains))
      #expect(world.labelled(seed: 4) == labelled && world.labelled(seed: 5) != labelled)
      let again = try AcousticWorld(experiment, seed: 3, run)
      let other = try AcousticWorld(experiment, seed: 4, run)
      #expect(again.test.inputs.largestDifference(from: world.test.inputs) == 0)
      #expect(other.test.inputs.largestDifference(from: world.test.inputs) > 0.1)
    }
  }

  @Test(arguments: [
    ("words=['0']", "at least two"), ("words=['0','0']", "each once"),
    ("words=['0','../1']", "names no speaker"), ("test=[/etc]", "names no speaker"),
    ("languages=[]", "name at least one"), ("newLanguages=[aa]", "each once"),
    ("test=['synthetic/*-f2']", "named twice"), ("validation=[]", "at least one speaker"),
    ("noise=[20,10]", "the least and the most"), ("noise=[20]", "the least and the most"),
    ("reverberation=[0,0.2]", "reverberation"), ("students=[fine-tuned]", "the control"),
    ("students=[fine-tuned, distilled, distilled]", "each once"),
    ("students=[fine-tuned, magic]", "magic"), ("students=[parallel, fine-tuned]", "the last"),
    ("seeds=1", "seeds 1"), ("labelled=0", "labelled"),
    ("labelled=9", "have 8 utterances"), ("test=[synthetic/bb-f2]", "named twice"),
    ("shares=[]", "at least one"), ("shares=[1.5]", "1.5"), ("temperatures=[0]", "0.0"),
    ("seconds=0.05", "five frames"), ("seconds=1e9", "1000000000"), ("bands=300", "so narrow"),
    ("rate=100", "rate 100"), ("highest=9000", "half the rate"), ("lowest=4000", "within half"),
    ("teacher={widths: [], recurrent: 0}", "1 to 10"),
    ("student={widths: [4], recurrent: -1}", "-1"), ("student={widths: [0], recurrent: 0}", "0"),
    ("learningRates=[-1]", "-1.0"), ("steps=0", "0"), ("margin=1", "margin"),
    ("microphone=1", "has no option 'microphone'"),
  ])
  func isRefused(_ setting: String, _ says: String) {
    let said = refusal { try Self.small(URL(fileURLWithPath: "/nowhere"), [setting]) }
    #expect(said?.contains(says) == true, "\(said ?? "accepted")")
    #expect(said?.contains("\n") == false && said?.contains("/nowhere") == false)
  }

  @Test func dataThatAreMissingOrWrongAreRefused() throws {
    try withScratchFolder { scratch in
      let data = scratch.appendingPathComponent("data")
      try Self.write(to: data)
      let file = data.appendingPathComponent("telephone/aa-two/2.wav")
      func said(_ more: [String] = []) -> String? {
        let place = scratch.appendingPathComponent(UUID().uuidString)
        return refusal { try run(Self.small(data, more), at: place) }
      }
      #expect(said(["source=[prompts/aa-none]"])?.contains("make data-speech") == true)
      func listed(_ recording: Recording) throws -> String? {
        try Self.write(to: data)
        let list = data.appendingPathComponent("SHA256SUMS")
        let before = try SHA256.hash(of: file)
        try WAV.write(recording, to: file)
        let text = try String(contentsOf: list, encoding: .utf8)
          .replacingOccurrences(of: before, with: SHA256.hash(of: file))
        try Data(text.utf8).write(to: list)
        return said()
      }
      #expect(try listed(Recording(.zeros([4_000]), rate: 8_000))?.contains("is silent") == true)
      #expect(try listed(Recording(.zeros([0]), rate: 8_000))?.contains("0 s long") == true)
      #expect(try listed(Recording(.ones([1_300]), rate: 2))?.contains("650 s long") == true)
      try Self.write(to: data)
      try WAV.write(Recording(.ones([4_000]), rate: 8_000), to: file)
      #expect(said()?.contains("another one than SHA256SUMS says") == true)
      try Data("RIFF".utf8).write(to: file)
      #expect(said()?.contains("ends inside the header") == true)
      try FileManager.default.removeItem(at: file)
      #expect(said()?.contains("no such file") == true)
      try Data("abc  0.wav\n".utf8).write(to: data.appendingPathComponent("SHA256SUMS"))
      #expect(said()?.contains("SHA256SUMS', line 1: must be a SHA-256") == true)
      try FileManager.default.removeItem(at: data.appendingPathComponent("SHA256SUMS"))
      #expect(said()?.contains("no SHA256SUMS") == true)
    }
  }

  @Test func theRecipeIsOneOfManySpeakers() throws {
    let recipe = try JobRecipe(yaml: DocumentationTests.text("Recipes/acoustic.yaml"))
    let experiment = try #require(recipe.job as? AcousticExperiment)
    #expect(experiment.seeds >= 3 && experiment.students == AcousticArm.allCases)
    try experiment.check()
  }
}

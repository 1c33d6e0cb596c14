import Distillation
import Foundation
import Testing

@testable import Exchange
@testable import Runs
@testable import Watching

@Suite struct RunReadingTests {
  private func messages(_ folder: RunFolder) async -> [RunReading.Message] {
    await RunReading(folder.url).news(since: 0).messages
  }

  private func folder() throws -> RunFolder {
    try RunFolder.create(
      for: "compress",
      at: FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString).path,
      recipe: "seed: 1\n"
    )
  }

  @Test func whatIsNewIsToldOnce() async throws {
    let folder = try folder()
    defer { try? FileManager.default.removeItem(at: folder.url) }
    let journal = try RunJournal(in: folder.file(RunFolder.curves))
    try journal.append(.init(.opened, at: 1))
    try journal.append(.init(.note, at: 2, text: "first"))
    let reading = RunReading(folder.url)
    let (all, version) = await reading.news(since: 0)
    #expect(all.map(\.event).filter { $0 == "log" }.count == 2)
    #expect(all.contains { $0.event == "run" && $0.data.contains("\"state\":\"running\"") })
    #expect(await reading.news(since: version).messages.isEmpty)
    try journal.append(.init(.warning, at: 3, text: "second"))
    try await Task.sleep(for: .milliseconds(500))
    let news = await reading.news(since: version).messages
    #expect(news.count == 1 && news[0].event == "log" && news[0].data.contains("second"))
  }

  @Test func aRunThatIsStoppedSaysWhereItWas() async throws {
    let folder = try folder()
    defer { try? FileManager.default.removeItem(at: folder.url) }
    let journal = try RunJournal(in: folder.file(RunFolder.curves))
    var began = RunJournal.Line(.began, at: 10, text: "student")
    (began.total, began.unit, began.done) = (200, "steps", 0)
    try journal.append(began)
    var reached = RunJournal.Line(.reached, at: 12)
    (reached.done, reached.loss) = (50, 0.25)
    try journal.append(reached)
    let progress = await messages(folder).first { $0.event == "progress" }
    // 50 of 200 in 2 seconds: 25 in a second, and 6 seconds for the rest.
    let text = "student   25%  25 steps/s  6 s left  loss 0.25"
    #expect(progress?.data.contains(text) == true && progress?.data.contains("0.25") == true)
    #expect(progress?.data.contains("\"isWorking\":true") == true)
    folder.lock?.release()
    let stopped = await messages(folder)
    #expect(stopped.contains { $0.event == "run" && $0.data.contains("\"state\":\"stopped\"") })
    #expect(stopped.contains { $0.event == "progress" && $0.data.contains("\"isWorking\":false") })
  }

  /// Runs of earlier versions, or without curves, have their metrics.
  @Test func curvesComeFromTheMetricsWhereThereAreNoOthers() async throws {
    let folder = try folder()
    defer { try? FileManager.default.removeItem(at: folder.url) }
    let lines = [
      #"{"loss":0.5,"network":"student","step":10}"#, #"{"loss":"nan","network":"RBM","steps":9}"#,
      #"{"loss":0.25,"network":"student","step":20}"#, "no JSON", #"{"name":"student"}"#,
    ]
    try folder.write(lines.joined(separator: "\n"), to: RunFolder.metrics)
    let charts = await messages(folder).filter { $0.event == "chart" }
    #expect(charts.count == 1 && charts[0].data.contains("\"id\":\"loss\""))
  }

  @Test func whatIsDamagedIsPassedOver() async throws {
    let folder = try folder()
    defer { try? FileManager.default.removeItem(at: folder.url) }
    let curves = folder.file(RunFolder.curves)
    let series = curves.appendingPathComponent("student")
    try FileManager.default.createDirectory(at: series, withIntermediateDirectories: true)
    try Data(repeating: 0xFF, count: 100)
      .write(to: series.appendingPathComponent("events.out.tfevents.1.x"))
    let deep = String(repeating: "[", count: 600) + String(repeating: "]", count: 600)
    try Data("\(deep)\n{\"kind\":\"note\"}\n\u{0}\n".utf8)
      .write(to: curves.appendingPathComponent(RunJournal.name))
    try Data(#"{"network":1}"#.utf8).write(to: curves.appendingPathComponent("differences.json"))
    try folder.write(deep, to: RunFolder.metrics)
    let told = await messages(folder).map(\.event)
    #expect(told == ["run", "progress"])
  }

  /// Numbers that no run has, but a file may.
  @Test func absurdNumbersAreDrawnOrPassedOver() async throws {
    let folder = try folder()
    defer { try? FileManager.default.removeItem(at: folder.url) }
    let numbers = ["-1e308", "1e308", "5e-324", "0", "1e400", "\"nan\"", "\"inf\""]
    let steps = ["9223372036854775807", "-9223372036854775808", "1"]
    let metrics = numbers.flatMap { loss in
      steps.map { #"{"loss":\#(loss),"network":"student","step":\#($0)}"# }
    }
    try folder.write(metrics.joined(separator: "\n"), to: RunFolder.metrics)
    let times = numbers + ["1e-300", "-1e300"]
    let lines = times.flatMap { at in
      [
        #"{"kind":"began","at":0,"text":"a","total":9007199254740992,"done":0}"#,
        #"{"kind":"reached","at":\#(at),"done":9223372036854775807,"loss":\#(at)}"#,
        #"{"kind":"resumed","at":\#(at),"done":-9223372036854775808}"#,
        #"{"kind":"reached","at":\#(at),"done":5}"#, #"{"kind":"ended","at":\#(at)}"#,
      ]
    }
    let curves = folder.file(RunFolder.curves)
    try FileManager.default.createDirectory(at: curves, withIntermediateDirectories: true)
    try Data(lines.joined(separator: "\n").utf8)
      .write(to: curves.appendingPathComponent(RunJournal.name))
    let told = await messages(folder)
    #expect(told.contains { $0.event == "chart" } && told.contains { $0.event == "log" })
  }

  @Test func examplesAreShownWithTheirPictures() async throws {
    let folder = try folder()
    defer { try? FileManager.default.removeItem(at: folder.url) }
    let recorder = CurveRecorder { Issue.record("\($0)") }
    recorder.take(.opened(folder.url))
    let png = Data([0x89, 0x50, 0x4E, 0x47, 1, 2, 3])
    func example(_ image: Data?) -> DifferingExamples.Example {
      .init(
        number: 3,
        label: "<b>boot</b>",
        teacher: "boot (98%)",
        student: "bag (51%)",
        difference: 2.5,
        image: image
      )
    }
    recorder.take(
      .differing(
        DifferingExamples(
          network: "student",
          step: 40,
          part: "validation",
          measure: "KL in nats",
          examples: [example(png), example(Data("<svg onload=alert(1)>".utf8))]
        )
      )
    )
    let told = try #require(await messages(folder).first { $0.event == "examples" }).data
    let found = try JSONDecoder().decode(DifferingExamples.self, from: Data(told.utf8))
    #expect(found.examples.map(\.image) == [png, nil] && found.step == 40)
  }
}

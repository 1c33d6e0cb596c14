import Distillation
import Foundation
import Tensors
import Testing

@testable import Exchange
@testable import Runs
@testable import Watching

private let environment = ProcessInfo.processInfo.environment

/// The page in a real browser without a window, which `DISTILL_BROWSER` names; pictures of it go to the
/// folder `DISTILL_SCREENSHOTS`, if that is given.
@Suite(.enabled(if: environment["DISTILL_BROWSER"] != nil, "DISTILL_BROWSER names no browser"))
struct WatchBrowserTests {
  private struct Seen: Decodable {
    var title: String
    var heading: String
    var running: String
    var task: String
    var share: Double
    var charts: [String]
    var lines: Int
    var examples: [String]
    var pictures: Int
    var log: [String]
    var armed: String
    var asked: String
    var after: String
    var bold: Int
    var complaints: [String]
    var requests: [String]
  }

  /// What a run that trains a student and a control writes, with names that are anything.
  private func write(into folder: RunFolder) throws {
    let recorder = CurveRecorder { Issue.record("\($0)") }
    let work = Work(report: recorder.take)
    work.open(folder.url)
    work.note("the teacher is <b>bold</b> & 5 members")
    work.warn("labels of 3 examples are doubtful")
    for (name, last) in [("control", 400), ("student", 300)] {
      work.begin(name, of: 400)
      for step in 1...last {
        let part = Double(step) / 400
        work.update(step, loss: 0.2 + exp(-6 * part))
        if step % 20 == 0 {
          let share = 0.5 + 0.3 * sin(6 * part)
          work.measure(
            at: step,
            [
              "learning rate": 0.001 * (1 - part), "validation/KL from the teacher": exp(-4 * part),
              "validation/agreement with the teacher": 1 - 0.5 * exp(-3 * part),
              "term/softCrossEntropy(temperature: 4)": 0.15 + exp(-6 * part),
              "term/0.1 * derivativeSquaredError": 0.05,
              "share of the gradient/softCrossEntropy(temperature: 4)": share,
              "share of the gradient/0.1 * derivativeSquaredError": 1 - share,
            ]
          )
        }
      }
      if last == 400 {
        work.end()
      } else {
        // How far it is is written down every second.
        usleep(1_100_000)
        work.update(last, loss: 0.25)
      }
    }
    let pixels = Tensor((0..<784).map { UInt8($0 % 255) }, shape: [28, 28])
    let examples = (1...12).map { number in
      DifferingExamples.Example(
        number: number * 37,
        label: "<i>boot</i>",
        teacher: "boot (98%)",
        student: "bag (51%)",
        difference: 3 / Double(number),
        image: Data(PNG.bytes(pixels))
      )
    }
    work.show(
      DifferingExamples(
        network: "student",
        step: 300,
        part: "validation",
        measure: "KL in nats",
        examples: examples
      )
    )
  }

  @Test func thePageShowsTheRunAndStopsIt() throws {
    try withRun(named: "<i>mine") { folder in
      try write(into: folder)
      let worker = try Worker(in: folder)
      let page = try ServedPage(folder.url)
      let seen = try withExtendedLifetime(page) { try visit(page.address) }
      #expect(
        seen.complaints.isEmpty && seen.requests.isEmpty,
        "\(seen.complaints) \(seen.requests)"
      )
      #expect(seen.title == "<i>mine – distill watch" && seen.heading == "<i>mine")
      #expect(seen.running == "running" && seen.bold == 0)
      #expect(seen.task.hasPrefix("student   75%") && seen.share == 0.75)
      #expect(
        seen.charts == [
          "loss", "validation/KL from the teacher", "validation/agreement with the teacher",
          "terms of the loss, weighted", "share of the gradient, by terms", "learning rate",
          "steps per second",
        ]
      )
      // Student and control in one.
      #expect(seen.lines == 2)
      #expect(seen.examples.count == 12 && seen.pictures == 12)
      #expect(seen.examples[0] == "37: <i>boot</i>|teacher boot (98%)|student bag (51%)|3")
      #expect(seen.log.contains { $0.hasSuffix("the teacher is <b>bold</b> & 5 members") })
      #expect(seen.log.contains { $0.hasSuffix("warning: labels of 3 examples are doubtful") })
      #expect(seen.armed == "Stop after this step?")
      #expect(seen.asked.contains("process \(worker.process.processIdentifier) was asked to stop"))
      #expect(seen.after == "stopped")
      worker.process.waitUntilExit()
      #expect(worker.process.terminationStatus == 7)
    }
  }

  private func visit(_ address: String) throws -> Seen {
    let place = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: place) }
    let tools = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("../../Tools/browser").standardizedFileURL
    try Data(Self.program.utf8).write(to: place.appendingPathComponent("drive.mjs"))
    let node = Process()
    node.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    node.arguments = [
      "node", "drive.mjs", environment["DISTILL_BROWSER"]!, address,
      tools.appendingPathComponent("chromium.mjs").absoluteString,
      environment["DISTILL_SCREENSHOTS"].map { $0 + "/watch.png" } ?? "",
    ]
    node.currentDirectoryURL = place
    try node.run()
    node.waitUntilExit()
    try #require(node.terminationStatus == 0)
    let seen = try Data(contentsOf: place.appendingPathComponent("seen.json"))
    return try JSONDecoder().decode(Seen.self, from: seen)
  }

  private static let program = #"""
    import { writeFileSync } from "node:fs";

    const [browser, address, driver, picture] = process.argv.slice(2);
    const { open } = await import(driver);
    const { send, look, until, click, pause, shoot, close, complaints, requests } =
      await open(browser, new RegExp(`^(data:|blob:|${new URL(address).origin}/)`));
    await send("Page.navigate", { url: address });
    const text = (selector) => look(`document.querySelector("${selector}").textContent`);
    const texts = (selector) =>
      look(`[...document.querySelectorAll("${selector}")].map((one) => one.textContent)`);
    await until(`document.querySelectorAll("#charts figure").length >= 7`);
    await until(`document.querySelectorAll("#examples img").length >= 12`);
    await until(`!document.querySelector("#stop").hidden`);
    const seen = {
      title: await look("document.title"), heading: await text("h1"), running: await text("#state"),
      task: await text("#task"), share: await look(`document.querySelector("#bar").value`),
      charts: await texts("#charts .title"),
      lines: await look(`document.querySelectorAll("#charts figure:first-child polyline").length`),
      examples: await look(`[...document.querySelectorAll("#examples li")].map((one) =>
        [...one.querySelectorAll("div")].map((part) => part.textContent).join("|"))`),
      pictures: await look(
        `[...document.querySelectorAll("#examples img")].filter((one) => one.naturalWidth === 28).length`),
      bold: await look(`document.querySelectorAll("body b, body i").length`),
      log: await texts("#log li"),
    };
    await shoot(picture, ["light", "dark"]);
    await click("#stop");
    seen.armed = await text("#stop");
    await click("#stop");
    seen.asked = await until(`document.querySelector("#said").textContent`);
    await until(`document.querySelector("#state").textContent === "stopped"`);
    seen.after = await text("#state");
    await pause();
    writeFileSync("seen.json", JSON.stringify({ ...seen, complaints, requests }));
    await close();
    process.exit(0);
    """#
}

import Foundation
import Networks
import StudentRuntime
import Tensors
import Testing

@testable import StudentExport

/// The exported page in a real browser without a window, driven by its debugging protocol.
///
/// `DISTILL_BROWSER` names a browser of the Chromium family; pictures of the pages go to the folder
/// `DISTILL_SCREENSHOTS`, if that is given.
@Suite(.enabled(if: browser != nil && hasNode, "there is no Chromium in PATH or DISTILL_BROWSER"))
struct BrowserTests {
  /// Numbers that are typed.
  @Test func aPageOfNumbers() throws {
    let specimen = try Specimen("mlp:9-13-8-5,gelu")
    let typed = specimen.inputs[0..<1].cast(to: .float32).scalars(Float.self)
    let seen = try Visit(specimen.graph, typing: typed, named: "numbers")
    // Names are text, whatever is in them.
    #expect(seen.names == specimen.graph.classes)
    compare(seen.typed, Array(specimen.expected.prefix(5)))
    seen.requireQuiet()
  }

  /// An image that is drawn with the mouse, and the same from a file.
  @Test func aPageOfImages() throws {
    let text = "cnn:1x9x9-5c3-m2-7c3s2-gap-4,elu"
    let network = try randomNetwork(text)
    let graph = try finishedGraph(text, network)
    func answers(_ image: [Float]) -> [Float] {
      graph.reference({ network($0) }, Tensor(image, shape: [1, 81]))
    }
    let seen = try Visit(graph, typing: nil, named: "images")
    compare(seen.blank, answers(.init(repeating: 0, count: 81)))
    let image = try #require(seen.image)
    #expect(image.count == 81 && image.contains { $0 > 0.3 } && image.contains(0))
    compare(seen.drawn, answers(image))
    compare(seen.inverted, answers(image.map { 1 - $0 }))
    compare(seen.cleared, answers(.init(repeating: 0, count: 81)))
    compare(seen.opened, answers(image))
    seen.requireQuiet()
  }

  /// Four digits are shown.
  private func compare(_ shown: [Double]?, _ expected: [Float]) {
    guard let shown, shown.count == expected.count else {
      Issue.record("\(shown ?? []) is shown in place of \(expected)")
      return
    }
    for (a, b) in zip(shown, expected) {
      #expect(abs(a - Double(b)) < 6e-4 * max(1, abs(Double(b))), "\(shown) \(expected)")
    }
  }
}

private let browser: String? = {
  let environment = ProcessInfo.processInfo.environment
  if let named = environment["DISTILL_BROWSER"] { return named }
  let folders = (environment["PATH"] ?? "").split(separator: ":")
  let names = [
    "chromium", "chromium-browser", "google-chrome", "google-chrome-stable",
    "chromium-headless-shell",
  ]
  return names.lazy.flatMap { name in folders.lazy.map { "\($0)/\(name)" } }
    .first { FileManager.default.isExecutableFile(atPath: $0) }
}()

private let hasNode: Bool = {
  let folder = FileManager.default.temporaryDirectory
  return (try? shell("command -v node && command -v wasm-ld && command -v swiftc", in: folder))
    == true
}()

/// What a browser showed.
private struct Visit: Decodable {
  var names: [String]
  var blank: [Double]?
  var typed: [Double]?
  var drawn: [Double]?
  var inverted: [Double]?
  var cleared: [Double]?
  var opened: [Double]?
  /// The pixels that were drawn, from 0 to 1.
  var image: [Float]?
  /// What scripts threw, and what was asked of other places.
  var complaints: [String]
  var requests: [String]

  /// - Parameter numbers: What is typed; nil where there is something to draw on.
  init(_ graph: StudentGraph, typing numbers: [Float]?, named name: String) throws {
    self = try withScratch { folder in
      let code = try webCode(for: graph)
      let page = WebPage.html(code: code, file: try graph.runtimeFile())
      let text = (numbers ?? []).map { "\($0)" }.joined(separator: ", ")
      for (file, content) in [("page.html", page), ("drive.mjs", Self.program), ("typed", text)] {
        let place = folder.appendingPathComponent(file)
        try content.write(to: place, atomically: true, encoding: .utf8)
      }
      let pictures = ProcessInfo.processInfo.environment["DISTILL_SCREENSHOTS"]
      let picture = pictures.map { "\($0)/\(name).png" } ?? ""
      let driver = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("../../Tools/browser/chromium.mjs").standardizedFileURL.path
      try #require(
        try shell("node drive.mjs '\(browser!)' '\(picture)' '\(driver)'", in: folder)
      )
      let seen = try Data(contentsOf: folder.appendingPathComponent("seen.json"))
      return try JSONDecoder().decode(Visit.self, from: seen)
    }
  }

  func requireQuiet() {
    #expect(complaints.isEmpty && requests.isEmpty, "\(complaints) \(requests)")
  }

  /// Opens `page.html`, does what a person would, and writes `seen.json`.
  private static let program = #"""
    import { readFileSync, writeFileSync } from "node:fs";
    import { resolve } from "node:path";
    import { pathToFileURL } from "node:url";

    const [browser, picture, driver] = process.argv.slice(2);
    const { open } = await import(pathToFileURL(driver).href);
    const { send, look, pause, place, mouse, click, shoot, close, complaints, requests } =
      await open(browser, /^(file|data|blob):/);
    const seen = { complaints, requests };
    const rows = () => look(`[...document.querySelectorAll("#answer tr")].map(
      (row) => [...row.cells].map((cell) => cell.textContent))`);
    const answers = async () => {
      await pause();
      return (await rows()).map((row) => Number(row[1]));
    };

    await send("Page.navigate", { url: pathToFileURL("page.html").href });
    while (!(await rows())?.length) await pause();
    seen.names = (await rows()).map((row) => row[0]);
    seen.blank = await answers();

    const typed = readFileSync("typed", "utf8");
    if (typed) {
      await look(`document.querySelector("textarea").select()`);
      await send("Input.insertText", { text: typed });
      seen.typed = await answers();
    } else {
      const { x, y, width, height } = await place("canvas");
      await mouse("mousePressed", x + 0.2 * width, y + 0.3 * height);
      for (let step = 0; step <= 10; step++)
        await mouse("mouseMoved", x + (0.2 + 0.05 * step) * width, y + (0.3 + 0.03 * step) * height);
      await mouse("mouseReleased", x + 0.7 * width, y + 0.6 * height);
      seen.drawn = await answers();
      const pixels = await look(`(() => {
        const small = document.createElement("canvas");
        [small.width, small.height] = [9, 9];
        const pen = small.getContext("2d", { willReadFrequently: true });
        pen.drawImage(document.querySelector("canvas"), 0, 0, 9, 9);
        return [...pen.getImageData(0, 0, 9, 9).data];
      })()`);
      seen.image = Array.from({ length: 81 }, (_, i) =>
        (pixels[4 * i] + pixels[4 * i + 1] + pixels[4 * i + 2]) / 765);
      // What is inside the border.
      const clip = { x: x + 1, y: y + 1, width: width - 2, height: height - 2, scale: 1 };
      const { data } = await send("Page.captureScreenshot", { clip });
      writeFileSync("drawn.png", Buffer.from(data, "base64"));
      if (picture) await shoot(picture);
      await click("input[type=checkbox]");
      seen.inverted = await answers();
      await click("input[type=checkbox]");
      await click("button");
      seen.cleared = await answers();
      const { root } = await send("DOM.getDocument");
      const { nodeId } = await send("DOM.querySelector", {
        nodeId: root.nodeId, selector: "input[type=file]" });
      await send("DOM.setFileInputFiles", { nodeId, files: [resolve("drawn.png")] });
      await pause();
      seen.opened = await answers();
    }
    if (typed && picture) await shoot(picture);
    writeFileSync("seen.json", JSON.stringify(seen));
    await close();
    process.exit(0);
    """#
}

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
      let code = try WebModule.code(WebModule.flags(for: graph.kinds))
      let page = WebPage.html(code: code, file: try graph.runtimeFile())
      let text = (numbers ?? []).map { "\($0)" }.joined(separator: ", ")
      for (file, content) in [("page.html", page), ("drive.mjs", Self.program), ("typed", text)] {
        let place = folder.appendingPathComponent(file)
        try content.write(to: place, atomically: true, encoding: .utf8)
      }
      let pictures = ProcessInfo.processInfo.environment["DISTILL_SCREENSHOTS"]
      let picture = pictures.map { "\($0)/\(name).png" } ?? ""
      try #require(try shell("node drive.mjs '\(browser!)' '\(picture)'", in: folder))
      let seen = try Data(contentsOf: folder.appendingPathComponent("seen.json"))
      return try JSONDecoder().decode(Visit.self, from: seen)
    }
  }

  func requireQuiet() {
    #expect(complaints.isEmpty && requests.isEmpty, "\(complaints) \(requests)")
  }

  /// Opens `page.html`, does what a person would, and writes `seen.json`.
  private static let program = #"""
    import { spawn } from "node:child_process";
    import { readFileSync, writeFileSync } from "node:fs";
    import { resolve } from "node:path";
    import { pathToFileURL } from "node:url";

    const [browser, picture] = process.argv.slice(2);
    const program = spawn(browser, [
      "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--remote-debugging-pipe",
      `--user-data-dir=${resolve("profile")}`, "--window-size=800,700", "about:blank",
    ], { stdio: ["ignore", "ignore", "ignore", "pipe", "pipe"] });
    const giveUp = setTimeout(() => { program.kill(); process.exit(1); }, 60_000);
    const waiting = new Map(), seen = { complaints: [], requests: [] };
    let count = 0, rest = "";
    program.stdio[4].setEncoding("utf8");
    program.stdio[4].on("data", (text) => {
      const parts = (rest + text).split("\0");
      rest = parts.pop();
      for (const { id, method, params, error, result } of parts.map((part) => JSON.parse(part))) {
        if (id) waiting.get(id)(error ? Promise.reject(new Error(error.message)) : result);
        if (method === "Runtime.exceptionThrown")
          seen.complaints.push(params.exceptionDetails.exception?.description ?? "an exception");
        if (method === "Network.requestWillBeSent" && !/^(file|data|blob):/.test(params.request.url))
          seen.requests.push(params.request.url);
      }
    });
    let sessionId;
    const send = (method, params = {}) => new Promise((settle) => {
      waiting.set(++count, settle);
      program.stdio[3].write(JSON.stringify({ id: count, method, params, sessionId }) + "\0");
    });
    const look = async (expression) =>
      (await send("Runtime.evaluate", { expression, returnByValue: true })).result.value;
    const pause = () => new Promise((done) => setTimeout(done, 100));
    const rows = () => look(`[...document.querySelectorAll("#answer tr")].map(
      (row) => [...row.cells].map((cell) => cell.textContent))`);
    const answers = async () => {
      await pause();
      return (await rows()).map((row) => Number(row[1]));
    };

    const { targetId } = await send("Target.createTarget", { url: "about:blank" });
    ({ sessionId } = await send("Target.attachToTarget", { targetId, flatten: true }));
    for (const domain of ["Page", "Runtime", "Network", "DOM"]) await send(`${domain}.enable`);
    await send("Page.navigate", { url: pathToFileURL("page.html").href });
    while (!(await rows())?.length) await pause();
    seen.names = (await rows()).map((row) => row[0]);
    seen.blank = await answers();

    const place = (selector) => look(`(() => {
      const { x, y, width, height } = document.querySelector("${selector}").getBoundingClientRect();
      return { x, y, width, height };
    })()`);
    const mouse = (type, x, y) =>
      send("Input.dispatchMouseEvent", { type, x, y, button: "left", buttons: 1, clickCount: 1 });
    const click = async (selector) => {
      const { x, y, width, height } = await place(selector);
      await mouse("mousePressed", x + width / 2, y + height / 2);
      await mouse("mouseReleased", x + width / 2, y + height / 2);
    };

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
      if (picture) await shoot();
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
    if (typed && picture) await shoot();
    async function shoot() {
      for (const width of [1400, 400]) {
        await send("Emulation.setDeviceMetricsOverride", {
          width, height: 900, deviceScaleFactor: 1, mobile: width < 500 });
        await pause();
        const wide = await look("document.documentElement.scrollWidth");
        if (wide > width) seen.complaints.push(`${wide} pixels wide on ${width}`);
        const { data } = await send("Page.captureScreenshot");
        writeFileSync(picture.replace(".png", `-${width}.png`), Buffer.from(data, "base64"));
      }
      await send("Emulation.clearDeviceMetricsOverride");
    }
    writeFileSync("seen.json", JSON.stringify(seen));
    clearTimeout(giveUp);
    await send("Browser.close").catch(() => {});
    program.kill();
    process.exit(0);
    """#
}

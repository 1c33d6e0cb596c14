// A browser without a window, driven by its debugging protocol: what the tests of pages need.

import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { resolve } from "node:path";

/** Opens a browser of the Chromium family; what is allowed to be loaded is a pattern of addresses. */
export async function open(browser, allowed) {
  const program = spawn(browser, [
    "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--remote-debugging-pipe",
    `--user-data-dir=${resolve("profile")}`, "--window-size=800,700", "about:blank",
  ], { stdio: ["ignore", "ignore", "ignore", "pipe", "pipe"] });
  const giveUp = setTimeout(() => { program.kill(); process.exit(1); }, 60_000);
  // What scripts threw and policies refused, and what was asked of other places.
  const complaints = [], requests = [];
  const waiting = new Map();
  let count = 0, rest = "", sessionId;
  program.stdio[4].setEncoding("utf8");
  program.stdio[4].on("data", (text) => {
    const parts = (rest + text).split("\0");
    rest = parts.pop();
    for (const { id, method, params, error, result } of parts.map((part) => JSON.parse(part))) {
      if (id) waiting.get(id)(error ? Promise.reject(new Error(error.message)) : result);
      if (method === "Runtime.exceptionThrown")
        complaints.push(params.exceptionDetails.exception?.description ?? "an exception");
      if (method === "Log.entryAdded" && params.entry.level === "error")
        complaints.push(`${params.entry.text} ${params.entry.url ?? ""}`);
      if (method === "Network.requestWillBeSent" && !allowed.test(params.request.url))
        requests.push(params.request.url);
    }
  });
  const send = (method, params = {}) => new Promise((settle) => {
    waiting.set(++count, settle);
    program.stdio[3].write(JSON.stringify({ id: count, method, params, sessionId }) + "\0");
  });
  const look = async (expression) =>
    (await send("Runtime.evaluate", { expression, returnByValue: true })).result.value;
  const pause = (milliseconds = 100) => new Promise((done) => setTimeout(done, milliseconds));
  const until = async (expression, seconds = 20) => {
    for (let tries = 0; tries < 10 * seconds; tries++) {
      const value = await look(expression);
      if (value) return value;
      await pause();
    }
    complaints.push(`never: ${expression}`);
  };
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
  /** Pictures at both widths; complains of what is wider than the window. */
  const shoot = async (picture, schemes = [""]) => {
    for (const scheme of schemes) {
      if (scheme)
        await send("Emulation.setEmulatedMedia",
          { features: [{ name: "prefers-color-scheme", value: scheme }] });
      for (const width of [1400, 400]) {
        await send("Emulation.setDeviceMetricsOverride", {
          width, height: 900, deviceScaleFactor: 1, mobile: width < 500 });
        await pause(200);
        const wide = await look("document.documentElement.scrollWidth");
        if (wide > width) complaints.push(`${wide} pixels wide on ${width}`);
        if (!picture) continue;
        const { data } = await send("Page.captureScreenshot", { captureBeyondViewport: true });
        const name = [picture.replace(".png", ""), width, scheme].filter(Boolean).join("-");
        writeFileSync(`${name}.png`, Buffer.from(data, "base64"));
      }
    }
    await send("Emulation.clearDeviceMetricsOverride");
  };
  const close = async () => {
    clearTimeout(giveUp);
    await Promise.race([send("Browser.close").catch(() => {}), pause(1000)]);
    program.kill();
  };
  const { targetId } = await send("Target.createTarget", { url: "about:blank" });
  ({ sessionId } = await send("Target.attachToTarget", { targetId, flatten: true }));
  for (const domain of ["Page", "Runtime", "Network", "DOM", "Log"]) await send(`${domain}.enable`);
  return { send, look, pause, until, place, mouse, click, shoot, close, complaints, requests };
}

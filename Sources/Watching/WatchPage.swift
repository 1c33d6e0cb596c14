import Reporting

/// The page: one file that loads nothing, and is told what happens by server-sent events.
enum WatchPage {
  /// - Parameter nonce: What the header that guards the page lets run.
  static func html(nonce: String) -> String {
    """
    <!DOCTYPE html>
    <html lang="en">
    <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
    <title>distill watch</title>
    <link rel="icon" href="data:,">
    <style nonce="\(nonce)">\(Report.style)\(style)</style>
    </head>
    <body>
    <header>
    <h1 id="name">…</h1>
    <p><span id="state" class="state" role="status">connecting</span>
    <button id="stop" type="button" hidden>Stop</button> <span id="said" role="status"></span></p>
    </header>
    <section aria-label="Progress"><p id="task"></p><progress id="bar" max="1" hidden></progress></section>
    <p id="problem" class="warning" hidden></p>
    <dl id="facts"></dl>
    <section id="curves" hidden><h2>Curves</h2><div id="charts" class="charts"></div></section>
    <section id="differing" hidden><h2>Where student and teacher differ most</h2>
    <p id="which"></p><ol id="examples"></ol></section>
    <section id="outcome" hidden><h2>Results</h2><pre id="table"></pre></section>
    <section id="remarks" hidden><h2>Log</h2><ol id="log"></ol></section>
    <noscript><p>The page shows what happens by its own script; allow it.</p></noscript>
    <script nonce="\(nonce)">\(script)</script>
    </body>
    </html>

    """
  }

  private static let style = """
    body{max-width:78rem}.state{font-weight:600;border:2px solid currentColor;border-radius:1rem;\
    padding:.1rem .75rem}.state.running{color:#009e73}.state.stopped,.state.lost{color:#d55e00}\
    button{font:inherit;padding:.25rem 1rem;border-radius:.5rem;border:1px solid currentColor;\
    background:none;color:inherit;cursor:pointer}button:disabled{opacity:.5;cursor:default}\
    button.armed{background:#d55e00;color:#fff}progress{width:100%;height:1rem}\
    #task{font-variant-numeric:tabular-nums;white-space:pre-wrap}.warning{color:#d55e00}\
    #examples{list-style:none;padding:0;display:grid;gap:1rem;\
    grid-template-columns:repeat(auto-fill,minmax(11rem,1fr))}#examples li{border:1px solid #8886;\
    border-radius:.5rem;padding:.5rem;font-size:.85rem}#examples img{width:6rem;\
    image-rendering:pixelated;display:block;margin-bottom:.25rem}#log{list-style:none;padding:0;\
    max-height:24rem;overflow:auto;font-size:.85rem;border-top:1px solid #8886}\
    #log li{white-space:pre-wrap;overflow-wrap:anywhere;border-bottom:1px solid #8883;padding:.15rem 0}\
    #log time{opacity:.7;margin-right:.75rem;font-variant-numeric:tabular-nums}\
    #log .result{font-family:ui-monospace,monospace;overflow-x:auto;white-space:pre}
    """

  /// Everything that a run says is put in as text. Charts are drawn by the program, which escapes what
  /// is written in them.
  private static let script = #"""
    "use strict";
    const $ = (id) => document.getElementById(id);
    const token = new URLSearchParams(location.search).get("token") ?? "";
    const ask = (path) => `${path}?token=${encodeURIComponent(token)}`;
    const element = (name, text, kind) => {
      const made = document.createElement(name);
      if (text !== undefined) made.textContent = text;
      if (kind) made.className = kind;
      return made;
    };
    const words = {
      finished: "finished", running: "running", stopped: "stopped", gone: "its folder is gone",
      unreadable: "its folder cannot be read",
    };
    let asked = null, working = null, shown = "";

    const takes = {
      run(run) {
        document.title = `${run.name} – distill watch`;
        $("name").textContent = run.name;
        let state = words[run.state] ?? run.state;
        shown = run.state;
        if (run.elsewhere) state = `a process on ${run.elsewhere} works in it`;
        else if (run.process && run.state === "finished") state = "finished; worked in again";
        $("state").textContent = state;
        $("state").className = `state ${run.process ? "running" : run.state}`;
        $("facts").replaceChildren(...run.facts.flatMap(([name, value]) =>
          [element("dt", name), element("dd", value)]));
        $("problem").hidden = !run.problem;
        $("problem").textContent = run.problem ?? "";
        $("outcome").hidden = !run.table;
        $("table").textContent = run.table ?? "";
        if (working !== (run.process ?? null)) {
          working = run.process ?? null;
          rest();
          if (!working && asked) { $("said").textContent = "it has stopped"; asked = null; }
        }
        $("stop").hidden = !working || asked === working;
      },
      progress({ now, isWorking }) {
        $("task").textContent = now ? (isWorking ? now.text : `stopped at: ${now.text}`) : "";
        $("bar").hidden = now?.share === undefined;
        $("bar").value = now?.share ?? 0;
      },
      chart({ id, place, svg }) {
        const drawn = new DOMParser().parseFromString(svg, "image/svg+xml").documentElement;
        const all = [...$("charts").children];
        let figure = all.find((one) => one.dataset.id === id);
        if (!figure) {
          figure = element("figure");
          figure.dataset.id = id;
          $("charts").insertBefore(figure, all.find((one) => one.dataset.place > place) ?? null);
        }
        figure.dataset.place = place;
        figure.replaceChildren(document.importNode(drawn, true));
        $("curves").hidden = false;
      },
      examples(found) {
        $("which").textContent = `${found.network}` +
          (found.step === undefined ? "" : ` after ${found.step.toLocaleString("en")} steps`) +
          `, on the ${found.part} examples, by ${found.measure}`;
        $("examples").replaceChildren(...found.examples.map((one) => {
          const item = element("li");
          if (one.image) {
            const image = element("img");
            image.src = `data:image/png;base64,${one.image}`;
            image.alt = `example ${one.number}`;
            item.append(image);
          }
          item.append(element("div", `${one.number}${one.label ? `: ${one.label}` : ""}`));
          item.append(element("div", `teacher ${one.teacher}`), element("div", `student ${one.student}`));
          const difference = one.difference;
          item.append(element("div",
            typeof difference === "number" ? String(Number(difference.toPrecision(3))) : difference));
          return item;
        }));
        $("differing").hidden = found.examples.length === 0;
      },
      log({ at, kind, text }) {
        const log = $("log");
        const isAtEnd = log.scrollTop + log.clientHeight >= log.scrollHeight - 8;
        const item = element("li", undefined, kind);
        const time = new Date(at * 1000);
        if (!isNaN(time)) item.append(element("time", time.toLocaleTimeString()));
        item.append(kind === "warning" ? `warning: ${text}` : text);
        log.append(item);
        while (log.children.length > 400) log.firstChild.remove();
        $("remarks").hidden = false;
        if (isAtEnd) log.scrollTop = log.scrollHeight;
      },
    };

    const listen = () => {
      const source = new EventSource(ask("/events"));
      source.onopen = () => $("log").replaceChildren();
      for (const [event, take] of Object.entries(takes))
        source.addEventListener(event, ({ data }) => take(JSON.parse(data)));
      source.onerror = () => {
        source.close();
        const isOver = !working && ["finished", "stopped"].includes(shown);
        $("state").textContent = isOver
          ? `${words[shown]}; the program that served this page has ended`
          : "not connected: the program that served this page has ended";
        if (!isOver) $("state").className = "state lost";
        $("stop").hidden = true;
        working = null;
        setTimeout(listen, 3000);
      };
    };

    let rearm;
    const rest = () => {
      clearTimeout(rearm);
      $("stop").className = "";
      $("stop").textContent = "Stop";
    };
    $("stop").addEventListener("click", async () => {
      if (!$("stop").className) {
        $("stop").className = "armed";
        $("stop").textContent = "Stop after this step?";
        rearm = setTimeout(rest, 5000);
        return;
      }
      rest();
      asked = working;
      $("stop").hidden = true;
      try {
        const answer = await fetch(ask("/stop"), { method: "POST" });
        $("said").textContent = await answer.text();
        if (!answer.ok) asked = null;
      } catch {
        $("said").textContent = "the run could not be asked to stop: press Ctrl-C where it runs";
        asked = null;
      }
    });
    listen();
    """#
}

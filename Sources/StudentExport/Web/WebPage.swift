import Foundation

/// A page that runs a student where it is opened: everything is inside, and nothing is sent anywhere.
enum WebPage {
  /// - Parameters:
  ///   - code: The module of WebAssembly.
  ///   - file: The student.
  static func html(code: Data, file: Data) -> String {
    """
    <!DOCTYPE html>
    <html lang="en">
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width">
    <title>A student</title>
    \(style)
    <h1>A student</h1>
    <p id="about"></p>
    <div id="input"></div>
    <table id="answer"></table>
    <script type="module">
    \(WebScript.text)
    const bytes = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
    const student = await Student.load(
      bytes("\(code.base64EncodedString())"),
      bytes("\(file.base64EncodedString())"));
    \(script)
    </script>
    </html>

    """
  }

  private static let style = """
    <style>
    body { font: 16px system-ui, sans-serif; max-width: 40em; margin: 2em auto; padding: 0 1em; }
    canvas { border: 1px solid #888; touch-action: none; display: block; margin-bottom: 0.5em; }
    td { padding: 0.1em 0.5em; }
    td.bar { width: 16em; }
    td.bar div { background: #36c; height: 1em; }
    label { display: inline-block; margin: 0 1em 0.5em 0; }
    </style>
    """

  private static let script = #"""
    const element = (name, parent, text) => {
      const made = parent.appendChild(document.createElement(name));
      if (text !== undefined) made.textContent = text;
      return made;
    };
    const input = document.getElementById("input");
    const table = document.getElementById("answer");
    const model = student.provenance.model ?? student.provenance.formula ?? "";
    const outputs = JSON.parse(student.provenance.outputs ?? "[]");
    document.getElementById("about").textContent =
      `${model ? `${model}: ` : ""}its ${student.inputCount} inputs stay on this page.`;

    function show(numbers) {
      const start = performance.now();
      const answer = student.predict(numbers);
      const time = 1000 * (performance.now() - start);
      table.replaceChildren();
      answer.forEach((value, index) => {
        const row = element("tr", table);
        element("td", row, student.classes[index] ?? outputs[index] ?? `answer ${index + 1}`);
        element("td", row, value.toPrecision(4));
        const bar = element("td", row);
        bar.className = "bar";
        const share = student.classes.length ? 100 * value : 0;
        element("div", bar).style.width = `${share}%`;
      });
      table.title = `${time.toFixed(0)} µs`;
    }

    /// Channels, height and width of what can be drawn; features that are a square may be pixels.
    function pictureShape() {
      const [channels, height, width] = student.shape;
      if (height * width > 1) return [1, 3].includes(channels) ? student.shape : null;
      for (const depth of [1, 3]) {
        const side = Math.sqrt(channels / depth);
        if (channels > 64 && Number.isInteger(side)) return [depth, side, side];
      }
      return null;
    }

    function drawing([channels, height, width]) {
      const canvas = element("canvas", input);
      const scale = Math.max(1, Math.round(280 / Math.max(width, height)));
      [canvas.width, canvas.height] = [width * scale, height * scale];
      const pen = canvas.getContext("2d");
      const small = document.createElement("canvas");
      [small.width, small.height] = [width, height];
      const pixels = small.getContext("2d", { willReadFrequently: true });
      const inverted = element("input", element("label", input, "light is dark "));
      inverted.type = "checkbox";
      const answer = () => {
        pixels.drawImage(canvas, 0, 0, width, height);
        const { data } = pixels.getImageData(0, 0, width, height);
        const area = width * height;
        const numbers = new Float32Array(channels * area);
        for (let channel = 0; channel < channels; channel++)
          for (let pixel = 0; pixel < area; pixel++) {
            const [r, g, b] = data.subarray(4 * pixel, 4 * pixel + 3);
            const value = channels === 1 ? (r + g + b) / 765 : [r, g, b][channel] / 255;
            numbers[channel * area + pixel] = inverted.checked ? 1 - value : value;
          }
        show(numbers);
      };
      const clear = () => {
        pen.fillStyle = "black";
        pen.fillRect(0, 0, canvas.width, canvas.height);
        answer();
      };
      let last = null;
      const place = (event) => {
        const box = canvas.getBoundingClientRect();
        return [event.clientX - box.left, event.clientY - box.top];
      };
      canvas.onpointerdown = (event) => { last = place(event); };
      window.addEventListener("pointerup", () => { last = null; });
      canvas.onpointermove = (event) => {
        if (!last) return;
        const next = place(event);
        [pen.strokeStyle, pen.lineWidth, pen.lineCap] = ["white", 2 * scale, "round"];
        pen.beginPath();
        pen.moveTo(...last);
        pen.lineTo(...next);
        pen.stroke();
        last = next;
        answer();
      };
      const button = element("button", input, "Clear");
      button.onclick = clear;
      const file = element("input", element("label", input, " or an image: "));
      [file.type, file.accept] = ["file", "image/*"];
      file.onchange = async () => {
        const picture = await createImageBitmap(file.files[0]);
        pen.drawImage(picture, 0, 0, canvas.width, canvas.height);
        answer();
      };
      inverted.onchange = answer;
      clear();
    }

    function typing() {
      const names = JSON.parse(student.provenance.inputs ?? "[]");
      const line = element("textarea", element("label", input, `${names.join(", ")} `));
      line.value = new Array(student.inputCount).fill(0).join(", ");
      [line.rows, line.cols] = [4, 60];
      line.oninput = () => {
        const numbers = line.value.split(/[\s,]+/).filter((word) => word).map(Number);
        if (numbers.length === student.inputCount && numbers.every(Number.isFinite)) show(numbers);
        else table.replaceChildren();
      };
      line.oninput();
    }

    const picture = pictureShape();
    if (picture) drawing(picture);
    else typing();
    """#
}

import CStudentText
import Foundation
import Testing

@testable import StudentExport

@Suite struct WebTests {
  private static let sources = URL(fileURLWithPath: #filePath)
    .appendingPathComponent("../../../Sources").standardizedFileURL

  private static let hasTools: Bool = {
    let folder = FileManager.default.temporaryDirectory
    return (try? shell("command -v node && command -v wasm-ld && command -v swiftc", in: folder))
      == true
  }()

  /// The module and the script in Node, and libtorch, agree; the page is the same, and its script is
  /// one that Node can read.
  @Test(.enabled(if: hasTools)) func nodeAnswers() throws {
    let names = [
      "softmaxes", "nade", "normals", "mlp:9-13-8-5,gelu",
      "cnn:3x9x7-12r3-m2-12c3g12-20r3s2-a2-gap-3,softplus", "attention of tokens",
      "recurrent tokens in both directions", "recurrent gru", "recurrent lstm", "made",
      "transformer:2x6x4-2p8-2h12-1h5-3,gelu", "deep nade", "rnade", "mixture of mades",
      "recurrent acoustic network", "sentence transformer", "detector",
    ]
    for name in names {
      try withScratch { folder in
        let specimen = try Specimen(name)
        let code = try webCode(for: specimen.graph)
        // What a page loads beside the weights.
        #expect(code.count <= 20_000, "\(name): \(code.count) bytes of code")
        let file = try specimen.graph.runtimeFile()
        try code.write(to: folder.appendingPathComponent("student.wasm"))
        try file.write(to: folder.appendingPathComponent("student.distill"))
        let page = WebPage.html(code: code, file: file)
        let parts = page.components(separatedBy: "<script type=\"module\">")
        let script = try #require(parts.last?.components(separatedBy: "</script>").first)
        let program = """
          import { readFileSync, writeFileSync } from "node:fs";
          import { Student } from "./student.mjs";
          const code = readFileSync("student.wasm"), file = readFileSync("student.distill");
          const student = await Student.load(code, file);
          const bytes = readFileSync("inputs");
          const inputs = new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
          const answers = [];
          for (let i = 0; i < inputs.length; i += student.inputCount)
            answers.push(...student.predict(inputs.slice(i, i + student.inputCount)));
          writeFileSync("answers", new Uint8Array(new Float32Array(answers).buffer));
          writeFileSync("names", student.classes.join("\\n") + student.provenance.model);
          file[200] ^= 1;
          let refused = false;
          await Student.load(code, file).catch(() => { refused = true; });
          if (!refused) process.exit(1);

          """
        for (text, name) in [
          (WebScript.text, "student.mjs"), (program, "main.mjs"), (script, "page.mjs"),
        ] {
          try text.write(to: folder.appendingPathComponent(name), atomically: true, encoding: .utf8)
        }
        let line = "node --check page.mjs && node main.mjs"
        let parity = try parity(of: line, in: folder, specimen)
        #expect(parity.largestDifference < 5e-6, "\(name): \(parity)")
        let said = try String(contentsOf: folder.appendingPathComponent("names"), encoding: .utf8)
        let model = specimen.graph.provenance["model"] ?? "undefined"
        #expect(said == specimen.graph.classes.joined(separator: "\n") + model)
      }
    }
  }

  /// On a processor of 32 bits, too, words that lead outside a file are refused, and none traps.
  @Test(.enabled(if: hasTools)) func wordsThatLeadOutsideAreRefused() throws {
    let program = """
      import { readFileSync } from "node:fs";
      import { Student } from "./student.mjs";
      const code = await WebAssembly.compile(readFileSync("student.wasm"));
      const whole = readFileSync("student.distill");
      const count = new DataView(whole.buffer, whole.byteOffset).getUint32(12, true);
      let answers = 0;
      for (let word = 3; word < 32 + 24 * count; word++)
        for (const value of [0, 1, 3, 2 ** 20, 2 ** 29, 2 ** 30, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1]) {
          if (word === 30 || word === 31) continue;
          const file = new Uint8Array(whole), view = new DataView(file.buffer);
          view.setUint32(4 * word, value, true);
          let hash = 0xcbf29ce484222325n;
          for (let i = 0; i < file.length; i += 8)
            if (i !== 120)
              hash = BigInt.asUintN(64, (hash ^ view.getBigUint64(i, true)) * 0x100000001b3n);
          view.setBigUint64(120, hash, true);
          try {
            const student = new Student((await WebAssembly.instantiate(code, {})).exports, file);
            student.predict(new Float32Array(student.inputCount).fill(0.5));
            answers++;
          } catch (error) {
            if (!/no student|grow|JSON/.test(error.message)) throw error;
          }
        }
      if (answers < 20) process.exit(1);

      """
    for text in ["cnn:3x4x4-3c3g3-m2-2", "nade", "made"] {
      try withScratch { folder in
        let graph = try Specimen(text).graph
        try webCode(for: graph).write(to: folder.appendingPathComponent("student.wasm"))
        let file = try graph.runtimeFile()
        try file.write(to: folder.appendingPathComponent("student.distill"))
        for (text, name) in [(WebScript.text, "student.mjs"), (program, "main.mjs")] {
          try text.write(to: folder.appendingPathComponent(name), atomically: true, encoding: .utf8)
        }
        #expect(try shell("node main.mjs", in: folder), "\(text)")
      }
    }
  }

  /// Every file of the runtime is among what exported modules are made of.
  @Test func allOfTheRuntimeIsInside() throws {
    let text = String(cString: student_runtime_text())
    let folder = Self.sources.appendingPathComponent("StudentRuntime")
    let files = try FileManager.default.subpathsOfDirectory(atPath: folder.path)
    for name in files where name.hasSuffix(".swift") {
      let own = try String(contentsOf: folder.appendingPathComponent(name), encoding: .utf8)
      #expect(text.contains(own), "\(name)")
    }
  }

  /// The C file compiles for WebAssembly and for a microcontroller where the toolchain can.
  @Test(.enabled(if: hasTools)) func theCFileCompilesForSmallMachines() throws {
    try withScratch { folder in
      let graph = try Specimen("cnn:3x9x7-12r3-m2-12c3g12-20r3s2-a2-gap-3,softplus").graph
      let source = folder.appendingPathComponent("student.c")
      try graph.cSource().write(to: source, atomically: true, encoding: .utf8)
      // No library of C is there: what the file needs of it.
      let header = """
        #define INFINITY __builtin_inff()
        float tanhf(float), expf(float), erff(float), erfcf(float), expm1f(float), log1pf(float);
        float fmaxf(float, float), fabsf(float);
        double sqrt(double);

        """
      let math = folder.appendingPathComponent("math.h")
      try header.write(to: math, atomically: true, encoding: .utf8)
      for target in ["wasm32 -msimd128", "wasm32", "thumbv7em-none-eabihf -mcpu=cortex-m4"] {
        let clang = "\"$(dirname \"$(readlink -f \"$(command -v swiftc)\")\")/clang\""
        let warnings = "-Wall -Wmissing-prototypes -Wmissing-variable-declarations -Werror"
        let line = "\(clang) -std=c99 -Os \(warnings) -ffreestanding -I . -c student.c -target "
        #expect(try shell(line + target, in: folder), "\(target)")
      }
    }
  }
}

import Foundation
import Testing

@testable import StudentExport

/// What others call their columns, classes and files stays a name in every file of source.
@Suite struct SourceTextTests {
  private static let hostile = [
    "x*/", #"*\/"#, "**//", "/*", "*\\\n/ int main", "*/\u{2028}*/", #"\"#, "??/", "\"\"\"", "'''",
    "\r\n# */", "coding: utf-7", #"\u000a"#, "\0", "</script>", "\u{202E}*/", "//", "*??/\n/",
  ]

  @Test func nothingEndsAComment() {
    for text in Self.hostile {
      let line = SourceText.comment(text)
      #expect(!line.hasSuffix(#"\"#), "\(text.debugDescription) gave \(line)")
      for mark in ["*/", "/*"] {
        #expect(!line.contains(mark), "\(text.debugDescription) gave \(line)")
      }
      #expect(line.unicodeScalars.allSatisfy { 32..<127 ~= $0.value })
    }
    #expect(SourceText.comment("größe\n年龄") == #"größe\u{a}年龄"#)
    #expect(SourceText.comment("age*/") == #"age*\/"#)
    #expect(SourceText.comment(#"a\b\"#) == #"a\\b\u{5c}"#)
  }

  /// Facts come back to the scalar, whatever is in them, and whatever an editor did to the ends of lines.
  @Test func factsComeBack() throws {
    let texts =
      Self.hostile + [
        "", " ", "a\n", "\n", "\n\nb", "|", "|-", "| x", "|\u{5b0}", "  two\n    four\n",
        "a: b\nc: |\n", "\u{301}a\u{5b0}", "\\u{5c}", "\\u{", "\\u{110000}", "x \ny \n", "\t",
        "*/\n/*\n", "Where it comes from:",
      ]
    var facts: [String: String] = [:]
    for (index, text) in texts.enumerated() {
      facts["\(index)"] = text
      facts["\(text) \(index):"] = text
    }
    for margin in ["   ", "// ", "# "] {
      let lines = SourceFacts.lines(of: facts).map { margin + $0 }
      for end in ["\n", "\n*/\nint main;\n", "\n\nimport json\n"] {
        let text = "/* A student\n" + lines.joined(separator: "\n") + end
        for text in [text, text.replacing("\n", with: "\r\n")] {
          #expect(SourceFacts.read(from: text).map(Self.scalars) == Self.scalars(facts))
        }
      }
    }
    #expect(SourceFacts.read(from: "int main(void) { return 0; }\n") == nil)
    let trimmed = "/*\n   Where it comes from:\n   a: |\n\n\n   b: 1\n   c:\n*/"
    #expect(SourceFacts.read(from: trimmed) == ["a": "\n\n", "b": "1", "c": ""])
    for damaged in [#"a\: b"#, "a", ":", "a: |", #"a: \"#, #"a: \u{"#, #"a: \u{zz}"#, "  a: b"] {
      let found = SourceFacts.read(from: "// Where it comes from:\n// \(damaged)")
      #expect(found != nil, "\(damaged)")
    }
  }

  /// Strings that are compared by their scalars.
  private static func scalars(_ facts: [String: String]) -> [[UInt32]] {
    facts.map { name, value in (name + "\0" + value).unicodeScalars.map(\.value) }
      .sorted { $0.lexicographicallyPrecedes($1) }
  }

  /// The compilers of C and Swift, and Python, read files whose columns, classes and facts are called so.
  @Test func filesOfHostileNamesAreRead() throws {
    try withScratch { folder in
      let count = Self.hostile.count
      let text = "mlp:\(count)-3-\(count)"
      var graph = try graph(text, randomNetwork(text))
      graph.classes = Self.hostile
      graph.ending = .softmax
      graph.provenance["inputs"] = try StudentGraph.json(Self.hostile)
      // As other encoders write it.
      let again = try JSONEncoder().encode(Self.hostile)
      graph.provenance["again"] = String(decoding: again, as: UTF8.self)
      for (index, name) in Self.hostile.enumerated() { graph.provenance["\(name)\(index)"] = name }
      graph.provenance["recipe"] = Self.hostile.joined(separator: "\n")
      func write(_ text: String, _ name: String) throws {
        try text.write(to: folder.appendingPathComponent(name), atomically: true, encoding: .utf8)
      }
      try write(graph.cSource(), "student.c")
      try write(graph.swiftSource(), "student.swift")
      try write(graph.pyTorchModule(weights: "a\"b.safetensors"), "student.py")
      for source in [graph.cSource(), graph.swiftSource(), try graph.pyTorchModule(weights: "w")] {
        #expect(StudentGraph.provenance(ofSource: source) == graph.provenance)
      }
      try write("import ast\nast.parse(open('student.py', 'rb').read())\n", "read.py")
      #expect(try shell("cc -std=c99 -Wall -Werror -c student.c", in: folder))
      #expect(try shell("swiftc -parse-as-library -c student.swift", in: folder))
      if pythonHas("ast") { #expect(try shell("\(python) read.py", in: folder)) }
    }
  }
}

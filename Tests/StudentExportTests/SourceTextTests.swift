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
    #expect(SourceText.comment("größe\n年龄") == "größe 年龄")
    #expect(SourceText.comment("age*/") == "age* /" && SourceText.comment(#"a\b\"#) == #"a\b\ ."#)
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
      func write(_ text: String, _ name: String) throws {
        try text.write(to: folder.appendingPathComponent(name), atomically: true, encoding: .utf8)
      }
      try write(graph.cSource(), "student.c")
      try write(graph.swiftSource(), "student.swift")
      try write(graph.pyTorchModule(weights: "a\"b.safetensors"), "student.py")
      try write("import ast\nast.parse(open('student.py', 'rb').read())\n", "read.py")
      #expect(try shell("cc -std=c99 -Wall -Werror -c student.c", in: folder))
      #expect(try shell("swiftc -parse-as-library -c student.swift", in: folder))
      if pythonHas("ast") { #expect(try shell("\(python) read.py", in: folder)) }
    }
  }
}

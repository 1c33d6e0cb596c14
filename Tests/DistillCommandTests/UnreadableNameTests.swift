import Foundation
import Testing

/// Words and folders whose names are bytes that are no text.
@Suite struct UnreadableNameTests {
  /// What a shell command says on standard error, and how it ends; `$DISTILL` is the program.
  private func shell(_ command: String, in folder: URL) throws -> (code: Int32, errors: String) {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/bin/sh")
    process.arguments = ["-c", command]
    process.currentDirectoryURL = folder
    process.environment = ProcessInfo.processInfo.environment
      .merging(["DISTILL": ProgramTests.program.path]) { $1 }
    process.standardOutput = FileHandle.nullDevice
    let errors = Pipe()
    process.standardError = errors
    try process.run()
    let text = try errors.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    return (process.terminationStatus, String(decoding: text, as: UTF8.self))
  }

  @Test func wordsThatAreNoTextAreNamed() throws {
    try withScratchFolder { folder in
      let ending = try shell(#"exec "$DISTILL" inspect "$(printf 'caf\351.csv')""#, in: folder)
      #expect(ending.code == 1)
      #expect(
        ending.errors.hasPrefix(
          "distill: word 2 of the command line, 'caf\u{FFFD}.csv', is not UTF-8"
        ),
        "\(ending.errors)"
      )
    }
  }

  #if os(Linux)
    @Test func aFolderWhoseNameIsNoTextIsNamed() throws {
      try withScratchFolder { folder in
        try Data("a,b\n1,2\n".utf8).write(to: folder.appendingPathComponent("t.csv"))
        let enter = #"d="$(printf 'caf\351')"; mkdir "$d" && cp t.csv "$d" && cd "$d" && "#
        let ending = try shell(enter + #"exec "$DISTILL" inspect t.csv"#, in: folder)
        #expect(ending.code == 1)
        #expect(ending.errors.contains("the name of the current folder, '"), "\(ending.errors)")
        #expect(ending.errors.contains("is not UTF-8"))
      }
    }
  #endif
}

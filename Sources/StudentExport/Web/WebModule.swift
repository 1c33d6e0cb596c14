import CStudentText
import Foundation
import StudentRuntime

/// The runtime as a module of WebAssembly, which the toolchain's Embedded Swift makes without an SDK.
///
/// It has no imports. A page gives it memory; see ``WebScript``.
enum WebModule {
  /// Kinds of operations that a module is without where a student has none of them, by how the
  /// compiler is told.
  private static let groups: [(flag: String, kinds: Set<StudentOperation.Kind>)] = [
    ("STUDENT_WITHOUT_ATTENTION", [.attention, .weightedAttention]),
    ("STUDENT_WITHOUT_SEQUENCES", [.layerNorm, .embedding, .shift]),
    ("STUDENT_WITHOUT_WEIGHTED_MEANS", [.weightedMean]),
    ("STUDENT_WITHOUT_MAPS", [.upsample, .join]),
    ("STUDENT_WITHOUT_RECURRENCES", [.lstm, .gru]),
    (
      "STUDENT_WITHOUT_DENSITIES",
      [.nade, .bernoulli, .prefixes, .rows, .normalDensity, .logSum]
    ),
  ]

  /// What the compiler is told for some kinds of operations.
  static func flags(for kinds: Set<StudentOperation.Kind>) -> [String] {
    groups.filter { $0.kinds.isDisjoint(with: kinds) }.flatMap { ["-D", $0.flag] }
  }

  /// Compiles the module.
  ///
  /// - Parameter flags: For the kinds of operations that it knows.
  /// - Throws: ``ExportError`` where there is no toolchain that can.
  static func code(_ flags: [String]) throws -> Data {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("distill-web-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let source = String(cString: student_runtime_text()) + entries
    let file = folder.appendingPathComponent("Student.swift")
    try source.write(to: file, atomically: true, encoding: .utf8)
    try run(
      [
        "swiftc", "-c", "-target", "wasm32-unknown-none-wasm", "-enable-experimental-feature",
        "Embedded", "-enable-experimental-feature", "Extern", "-wmo", "-Osize", "-Xcc", "-msimd128",
        "-parse-as-library", "-module-name", "Student", "-o", "student.o", "Student.swift",
      ] + flags,
      in: folder
    )
    try run(
      [
        "wasm-ld", "--no-entry", "--strip-all", "--gc-sections", "--compress-relocations",
        "--export=__heap_base", "-o",
        "student.wasm", "student.o",
      ],
      in: folder
    )
    return try Data(contentsOf: folder.appendingPathComponent("student.wasm"))
  }

  private static func run(_ command: [String], in folder: URL) throws {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = command
    process.currentDirectoryURL = folder
    let output = folder.appendingPathComponent("output")
    try Data().write(to: output)
    let handle = try FileHandle(forWritingTo: output)
    process.standardOutput = handle
    process.standardError = handle
    process.standardInput = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    guard process.terminationStatus != 0 else { return }
    let said = (try? String(contentsOf: output, encoding: .utf8)) ?? ""
    let line = said.split(separator: "\n").first { $0.contains("error") || $0.contains("env:") }
    throw ExportError(
      "\(command[0]) cannot make WebAssembly (\(line ?? "it says nothing")): have a toolchain of "
        + "swift.org, 6.2 or later, in PATH, with its Embedded Swift"
    )
  }

  /// What the page calls: a file first, then inputs.
  private static let entries = #"""

    nonisolated(unsafe) private var network: StudentNetwork?

    @_expose(wasm, "open")
    @_cdecl("student_open")
    public func open(_ file: UnsafeRawPointer, _ count: Int32) -> Int32 {
      network = try? StudentNetwork(UnsafeRawBufferPointer(start: file, count: Int(count)))
      return network == nil ? 0 : 1
    }

    @_expose(wasm, "inputCount")
    @_cdecl("student_input_count")
    public func inputCount() -> Int32 { Int32(network?.inputCount ?? 0) }

    @_expose(wasm, "outputCount")
    @_cdecl("student_output_count")
    public func outputCount() -> Int32 { Int32(network?.outputCount ?? 0) }

    @_expose(wasm, "workspaceCount")
    @_cdecl("student_workspace_count")
    public func workspaceCount() -> Int32 { Int32(network?.workspaceCount ?? 0) }

    @_expose(wasm, "predict")
    @_cdecl("student_predict")
    public func predict(
      _ input: UnsafePointer<Float>,
      _ output: UnsafeMutablePointer<Float>,
      _ workspace: UnsafeMutablePointer<Float>
    ) {
      network?.predict(input, into: output, workspace: workspace)
    }
    """#
}

import Foundation
import Testing

/// The runtime compiles where no test can run it, without any SDK.
@Suite struct PortabilityTests {
  private static let sources = URL(fileURLWithPath: #filePath)
    .appendingPathComponent("../../../Sources").standardizedFileURL
  private static let tools = "\"$(dirname \"$(readlink -f \"$(command -v swiftc)\")\")\""
  private static let hasTools =
    (try? shell(
      "command -v swiftc > /dev/null && test -x \(tools)/clang",
      in: FileManager.default.temporaryDirectory
    )) == true

  /// Every processor has its vectors: NEON's products on ARM, those of AVX on Intel's.
  @Test(
    .enabled(if: hasTools),
    arguments: [
      ("arm64-apple-ios17", "fmla"), ("arm64-apple-macos14", "fmla"), ("aarch64-linux-gnu", "fmla"),
      ("aarch64-linux-android28", "fmla"), ("x86_64-apple-macos14", "vfmadd231ps"),
      ("armv7em-none-eabi", ""), ("x86_64-pc-windows-msvc", ""),
    ]
  )
  func kernelsCompile(target: String, product: String) throws {
    try withScratch { folder in
      let kernels = Self.sources.appendingPathComponent("CStudentKernels").path
      let line =
        "\(Self.tools)/clang -target \(target) -O2 -Wall -Werror -ffreestanding -S -o kernels.s "
        + "-I '\(kernels)/include' '\(kernels)/kernels.c'"
      try #require(try shell(line, in: folder))
      let code = try String(contentsOf: folder.appendingPathComponent("kernels.s"), encoding: .utf8)
      #expect(product.isEmpty || code.contains(product))
    }
  }

  /// As Embedded Swift the toolchain needs no SDK for a phone or a microcontroller either.
  @Test(
    .enabled(if: hasTools),
    arguments: ["arm64-apple-ios18", "aarch64-none-none-elf", "armv7em-none-none-eabi"]
  )
  func swiftCompiles(target: String) throws {
    try withScratch { folder in
      let (runtime, kernels) = (
        Self.sources.appendingPathComponent("StudentRuntime").path,
        Self.sources.appendingPathComponent("CStudentKernels/include").path
      )
      let line =
        "swiftc -c -target \(target) -enable-experimental-feature Embedded -wmo -Osize "
        + "-parse-as-library -module-name StudentRuntime -I '\(kernels)' -o runtime.o "
        + "'\(runtime)'/*.swift '\(runtime)'/Kernels/*.swift"
      try #require(try shell(line, in: folder))
    }
  }

  /// A system's library is imported where it is, and no other.
  @Test func importsAreGuarded() throws {
    let systems = ["Glibc", "Musl", "Android", "Darwin"]
    for room in ["StudentRuntime", "StudentLibrary"] {
      let folder = Self.sources.appendingPathComponent(room)
      let files = try FileManager.default.subpathsOfDirectory(atPath: folder.path)
      for name in files where name.hasSuffix(".swift") {
        let text = try String(contentsOf: folder.appendingPathComponent(name), encoding: .utf8)
        let lines = text.split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }
        for (index, line) in lines.enumerated() where line.hasPrefix("import ") {
          let module = String(line.dropFirst("import ".count))
          if module == "StudentRuntime" { continue }
          let condition = lines[max(0, index - 1)]
          let isGuarded =
            condition.contains("canImport(\(module))")
            || (condition == "#else" && systems.contains(module))
          #expect(isGuarded, "\(name) imports \(module)")
        }
      }
    }
  }
}

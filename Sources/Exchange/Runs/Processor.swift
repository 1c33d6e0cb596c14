import Foundation

/// What the system says about the processor.
package struct Processor {
  /// Such as "AMD EPYC 9655 96-Core Processor".
  package var name: String
  /// Instruction sets by the names Linux gives them, such as "avx512f".
  package var features: Set<String>

  package static let current = Processor()

  package static var architecture: String {
    #if arch(x86_64)
      "x86-64"
    #elseif arch(arm64)
      "arm64"
    #else
      "unknown"
    #endif
  }

  package var hasAVX512: Bool { features.contains("avx512f") }
  package var hasAMX: Bool { features.contains("amx_tile") }
  /// Products of BFloat16 numbers in hardware.
  package var hasBFloat16: Bool {
    !features.isDisjoint(with: ["avx512_bf16", "amx_bf16", "bf16", "feat_bf16"])
  }

  #if os(Linux)
    private init() {
      self.init(text: (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)) ?? "")
    }
  #else
    private init() {
      name = Self.systemText("machdep.cpu.brand_string") ?? "unknown"
      features = Self.systemFlag("hw.optional.arm.FEAT_BF16") ? ["feat_bf16"] : []
    }

    private static func systemText(_ name: String) -> String? {
      var size = 0
      guard sysctlbyname(name, nil, &size, nil, 0) == 0, size > 0 else { return nil }
      var bytes = [UInt8](repeating: 0, count: size)
      guard sysctlbyname(name, &bytes, &size, nil, 0) == 0 else { return nil }
      return String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    }

    private static func systemFlag(_ name: String) -> Bool {
      var (value, size) = (Int32(0), MemoryLayout<Int32>.size)
      return sysctlbyname(name, &value, &size, nil, 0) == 0 && value != 0
    }
  #endif

  /// Reads the first processor in the text of `/proc/cpuinfo`.
  package init(text: String) {
    var values: [String: String] = [:]
    for line in text.split(separator: "\n") {
      let parts = line.split(separator: ":", maxSplits: 1).map {
        $0.trimmingCharacters(in: .whitespaces)
      }
      if parts.count == 2, values[parts[0]] == nil { values[parts[0]] = parts[1] }
    }
    name = values["model name"] ?? values["CPU part"].map { "part \($0)" } ?? "unknown"
    features = Set(
      (values["flags"] ?? values["Features"] ?? "").split(separator: " ").map(String.init)
    )
  }
}

import Distill
import Foundation

/// What `distill doctor` finds.
package struct Diagnosis: Codable, Equatable {
  package var event = "doctor"
  package var program: String
  package var libtorchPath: String
  package var machine: MachineFacts
  package var devices: [String]
  package var hasAVX512: Bool
  package var hasAMX: Bool
  package var hasBFloat16: Bool
  /// The folder with Fashion-MNIST, or nil when it is not where the demo looks.
  package var fashionMNIST: String?

  /// - Parameters:
  ///   - data: A folder that must hold Fashion-MNIST. The default is the demo's own, which may be
  ///     missing.
  /// - Throws: `RunError` when `data` does not hold what it must.
  package init(device: Device, data: String?) throws {
    program = programVersion
    libtorchPath = Machine.libtorchPath
    machine = .current(device: device)
    devices = Device.available.map(\.description)
    hasAVX512 = Processor.current.hasAVX512
    hasAMX = Processor.current.hasAMX
    hasBFloat16 = Processor.current.hasBFloat16
    let folder = data ?? DemoOptions().data
    if let missing = Self.missingFashionMNIST(in: folder) {
      guard data == nil else {
        throw RunError("'\(folder)' does not hold Fashion-MNIST: '\(missing)' is missing")
      }
    } else {
      fashionMNIST = URL(fileURLWithPath: folder).path
    }
  }

  /// The first of the data set's four files that a folder does not hold, plain or compressed.
  package static func missingFashionMNIST(in folder: String) -> String? {
    [
      "train-images-idx3-ubyte", "train-labels-idx1-ubyte",
      "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte",
    ].first { name in
      ["\(folder)/\(name)", "\(folder)/\(name).gz"].allSatisfy {
        !FileManager.default.isReadableFile(atPath: $0)
      }
    }
  }

  /// Multiplies and differentiates something whose answer is known.
  ///
  /// - Throws: `RunError` when the device or libtorch gives another answer.
  package static func checkArithmetic(on device: Device) throws {
    let x = Tensor([1, 2, 3] as [Float]).moved(to: device)
    let slope = try withTorchErrors { gradient(at: x) { ($0 * $0).sum() } }
    let numbers: [Float] = slope.scalars()
    guard numbers == [2, 4, 6] else {
      throw RunError(
        "libtorch computes wrongly on \(device): the gradient of x·x at 1, 2, 3 came out as "
          + "\(numbers)"
      )
    }
  }

  /// The findings, one a line.
  package var text: String {
    func yesNo(_ value: Bool) -> String { value ? "yes" : "no" }
    let memory = Double(machine.memoryBytes) / 1e9
    let rows = [
      ("distill", program),
      ("libtorch", "\(machine.libtorch), \(libtorchPath)"),
      ("system", "\(machine.system), \(machine.architecture)"),
      ("processor", "\(machine.processor), \(machine.processors) in use"),
      (
        "instructions",
        "AVX-512 \(yesNo(hasAVX512)), AMX \(yesNo(hasAMX)), BFloat16 \(yesNo(hasBFloat16)); "
          + "libtorch uses \(machine.capability)"
      ),
      ("memory", String(format: "%.1f GB", memory)),
      ("threads", "\(machine.threads)"),
      ("devices", devices.joined(separator: ", ")),
      ("Fashion-MNIST", fashionMNIST ?? "not here: make data fetches it, --data DIR names it"),
    ]
    let width = rows.map(\.0.count).max() ?? 0
    return rows.map { name, value in
      name + String(repeating: " ", count: width + 2 - name.count) + value
    }.joined(separator: "\n")
  }
}

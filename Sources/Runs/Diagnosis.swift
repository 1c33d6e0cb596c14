import Compression
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
  /// Steps of a small convolutional student in a second by the number of threads, as the machine is
  /// loaded now.
  package var stepsPerSecond: [Int: Double] = [:]
  /// The fewest threads that are about as quick as any.
  package var usefulThreads: Int?
  /// Whether draws in NetCDF can be read.
  package var readsNetCDF = false
  /// The folder that runs are written to, and whether it can be.
  package var runs: String
  package var canWriteRuns: Bool
  /// The rank among several processes, and who says so; nil where this one works alone.
  package var rank: String?
  /// Free on the disk of ``runs``; nil where the system does not say.
  package var freeBytes: Int64?

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
    runs = FileManager.default.currentDirectoryPath + "/runs"
    canWriteRuns = Self.canWrite(runs)
    let disk = try? FileManager.default.attributesOfFileSystem(
      forPath: FileManager.default.currentDirectoryPath
    )
    freeBytes = (disk?[.systemFreeSize] as? NSNumber)?.int64Value
    rank = try Ranks().map { "\($0.rank) of \($0.count), by \($0.starter)" }
    #if NetCDF
      readsNetCDF = true
    #endif
    let folder = data ?? Demo().data
    if let missing = Self.missingFashionMNIST(in: folder) {
      guard data == nil else {
        throw RunError("'\(folder)' does not hold Fashion-MNIST: '\(missing)' is missing")
      }
    } else {
      fashionMNIST = URL(fileURLWithPath: folder).path
    }
  }

  /// Whether a folder, or the one that it would be made in, takes files.
  private static func canWrite(_ folder: String) -> Bool {
    let files = FileManager.default
    let isThere = files.fileExists(atPath: folder)
    return files.isWritableFile(atPath: isThere ? folder : files.currentDirectoryPath)
  }

  /// Tries how many threads pay for a small network, for a few seconds.
  package mutating func measureThreads() throws {
    let before = Machine.threads
    defer { Machine.threads = before }
    let network = try ModelSpecification("cnn:1x28x28-8c3s2-16c3s2-gap-10")
      .module(using: RandomGenerator(seed: 1))
    (usefulThreads, stepsPerSecond) = try QuickestThreads.find(upTo: machine.processors) {
      Machine.threads = $0
      return try Self.stepsPerSecond(network)
    }
  }

  /// Steps of 100 images, tried for 0.4 seconds.
  private static func stepsPerSecond(_ network: some Module) throws -> Double {
    let generator = RandomGenerator(seed: 1)
    let images = Tensor.uniform([100, 1, 28, 28], using: generator)
    let labels = Tensor.randomIntegers(0..<10, [100], using: generator)
    let clock = ContinuousClock()
    let start = clock.now
    var steps = 0
    _ = try Distiller(network, minimizing: .crossEntropy(), using: Adam(), seed: 1)
      .run(on: Examples(images, labels: labels).batches(of: 100, epochs: nil, shuffled: 1)) { _ in
        steps += 1
        return clock.now - start > .milliseconds(400) ? .stop : .proceed
      }
    return Double(steps) / ((clock.now - start) / .seconds(1))
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

  private var threadsText: String {
    guard let usefulThreads else { return "\(machine.threads)" }
    let rates = stepsPerSecond.sorted { $0.key < $1.key }
      .map {
        let rate = $0.value < 10 ? String(format: "%.1f", $0.value) : grouped(Int($0.value))
        return "\(rate) steps/s with \($0.key) thread\($0.key == 1 ? "" : "s")"
      }
    return
      "\(machine.threads); for a small network --threads \(usefulThreads) pays now: "
      + rates.joined(separator: ", ")
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
      ("threads", threadsText),
      ("devices", devices.joined(separator: ", ")),
      ("rank", rank ?? "none: this process works alone"),
      (
        "NetCDF",
        readsNetCDF
          ? "yes" : "not built in: apt-get install libnetcdf-dev, then make demo TRAITS=NetCDF"
      ),
      (
        "runs go to",
        runs
          + (canWriteRuns
            ? "" : ", where nothing can be written: start in another folder, or give --out")
          + (freeBytes.map { String(format: ", %.1f GB free", Double($0) / 1e9) } ?? "")
      ),
      (
        "Fashion-MNIST",
        fashionMNIST
          ?? "not here, and only the demo needs it: --data DIR names it, and make data fetches it into "
          + "a checkout"
      ),
    ]
    return aligned(rows).joined(separator: "\n")
  }
}

import Foundation
import Testing

@testable import Tensors

@Suite struct MachineTests {
  @Test func saysWhatLibtorchIs() {
    #expect(Machine.libtorchVersion.hasPrefix("2."))
    #expect(FileManager.default.fileExists(atPath: Machine.libtorchPath))
    #expect(!Machine.processorCapability.isEmpty)
    #expect(Machine.threads >= 1)
    #expect(Device.available.first == .cpu)
  }

  @Test(.enabled(if: Device.cuda().isAvailable, "there is no CUDA device on this machine"))
  func cudaComputesWhatTheProcessorDoes() {
    let generator = RandomGenerator(seed: 1)
    let a = Tensor.normal([20, 30], .float64, using: generator)
    let b = Tensor.normal([30, 10], .float64, using: generator)
    let device = Device.cuda()
    let product = a.moved(to: device).matmul(b.moved(to: device))
    #expect(product.device == device)
    #expect(product.moved(to: .cpu).largestDifference(from: a.matmul(b)) < 1e-12)
    let slope = gradient(at: a.moved(to: device)) { $0.tanh.sum() }
    #expect(slope.moved(to: .cpu).largestDifference(from: 1 - a.tanh.squared) < 1e-12)
    let seeds = (0..<2).map { _ in RandomGenerator(seed: 3, on: device) }
    let draws = seeds.map { Tensor.normal([100], using: $0).moved(to: .cpu) }
    #expect(draws[0].largestDifference(from: draws[1]) == 0)
  }

  #if os(Linux) && arch(x86_64)
    /// MKL asks this program whether the processor is Intel's; see `MKLDispatch.cpp`.
    @Test func productsAskOurAnswerForTheirInstructions() throws {
      let symbol = try #require(dlsym(nil, "mkl_serv_intel_cpu_true"))
      let libtorch = try #require(dlopen(Machine.libtorchPath, RTLD_NOW))
      #expect(dlsym(libtorch, "mkl_serv_intel_cpu_true") != symbol)
      let answer = unsafeBitCast(symbol, to: (@convention(c) () -> Int32).self)
      #expect(answer() == 1)
    }
  #endif

  #if os(Linux)
    /// Bytes of this process in memory.
    private static func residentBytes() throws -> Int {
      let fields = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8).split(
        separator: " "
      )
      return Int(fields[1])! * Int(getpagesize())
    }

    private static func makeTensors(_ kind: String, times count: Int) {
      let x = Tensor.ones([1000])
      for _ in 0..<count {
        switch kind {
        case "operations": _ = x + 1
        case "gradients": _ = gradient(at: x) { gradient(at: $0) { $0.tanh.sum() }.sum() }
        case "lists": _ = x.reshaped(to: [10, 100]).softmax().unbound()
        default: _ = try? withTorchErrors { (x * 2) + .ones([3]) }
        }
      }
    }

    /// Pages that the system had to find for this process so far.
    private static var pageFaults: Int {
      var usage = rusage()
      getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
      return usage.ru_minflt
    }

    /// 64 MB in eight tensors, again and again: ten times 16,000 pages if they were given back in
    /// between. Some come while the heap takes its form.
    @MainActor private static func pageFaultsOfTenSteps() -> Int {
      func step() {
        let x = Tensor.ones([1 << 21])
        withExtendedLifetime((1...7).map { x * Double($0) }) {}
      }
      for _ in 0..<3 { step() }
      let before = pageFaults
      for _ in 0..<10 { step() }
      return pageFaults - before
    }

    @Test func freedMemoryIsKeptUntilItIsReturned() async {
      await #expect(processExitsWith: .success) {
        let faults = await MachineTests.pageFaultsOfTenSteps()
        if faults > 40_000 { fatalError("\(faults) page faults") }
        let kept = try MachineTests.residentBytes()
        Machine.returnFreedMemory()
        let returned = try kept - MachineTests.residentBytes()
        if returned < 40_000_000 { fatalError("returned \(returned) bytes") }
      }
    }

    /// 10⁵ tensors of 4 kB, 400 MB if they were kept; in a process of its own, without the
    /// memory of tests beside this one.
    @Test func memoryIsGivenBack() async {
      await #expect(processExitsWith: .success) {
        let counts = [
          "operations": 100_000, "gradients": 10_000, "lists": 10_000, "failures": 20_000,
        ]
        for (kind, count) in counts {
          MachineTests.makeTensors(kind, times: count / 10)
          let before = try MachineTests.residentBytes()
          MachineTests.makeTensors(kind, times: count)
          let growth = try MachineTests.residentBytes() - before
          if growth > 30_000_000 { fatalError("\(kind) kept \(growth) bytes") }
        }
      }
    }
  #endif
}

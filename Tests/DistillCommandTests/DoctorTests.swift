import Foundation
import Tensors
import Testing

@testable import Compression
@testable import DistillCommand
@testable import Exchange
@testable import Experiments
@testable import Runs

@Suite struct DoctorTests {
  @Test func findsThisMachine() throws {
    let diagnosis = try Diagnosis(device: .cpu, data: nil)
    #expect(diagnosis.devices.first == "cpu")
    #expect(diagnosis.machine.libtorch == Machine.libtorchVersion)
    #expect(FileManager.default.fileExists(atPath: diagnosis.libtorchPath))
    #expect(diagnosis.machine.memoryBytes > 0 && diagnosis.machine.threads > 0)
    try Diagnosis.checkArithmetic(on: .cpu)
    for name in ["libtorch", "threads", "memory", "AVX-512", "AMX", "Fashion-MNIST"] {
      #expect(diagnosis.text.contains(name))
    }
  }

  @Test func saysWhichThreadsPayAndWhereRunsGo() throws {
    var diagnosis = try Diagnosis(device: .cpu, data: nil)
    let before = Machine.threads
    try diagnosis.measureThreads()
    #expect(Machine.threads == before)
    let useful = try #require(diagnosis.usefulThreads)
    #expect((1...diagnosis.machine.processors).contains(useful))
    let best = try #require(diagnosis.stepsPerSecond.values.max())
    #expect(best > 0 && diagnosis.stepsPerSecond[useful]! >= 0.95 * best)
    #expect(diagnosis.text.contains("--threads \(useful) pays"))
    #expect(diagnosis.runs.hasSuffix("/runs") && (diagnosis.freeBytes ?? 1) > 0)
    diagnosis.canWriteRuns = false
    #expect(diagnosis.text.contains("nothing can be written"))
  }

  @Test func jsonReadsBack() throws {
    let diagnosis = try Diagnosis(device: .cpu, data: nil)
    let line = jsonLine(diagnosis)
    #expect(line.split(separator: "\n").count == 1)
    #expect(try JSONDecoder().decode(Diagnosis.self, from: Data(line.utf8)) == diagnosis)
  }

  @Test func dataMayBePlainOrCompressedButMustBeWhole() throws {
    try withScratchFolder { folder in
      for name in ["train-images-idx3-ubyte", "train-labels-idx1-ubyte.gz"] {
        try Data().write(to: folder.appendingPathComponent(name))
      }
      #expect(Diagnosis.missingFashionMNIST(in: folder.path) == "t10k-images-idx3-ubyte")
      #expect(
        refusal { try Diagnosis(device: .cpu, data: folder.path) }
          == "'\(folder.path)' does not hold Fashion-MNIST: 't10k-images-idx3-ubyte' is missing"
      )
      for name in ["t10k-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte"] {
        try Data().write(to: folder.appendingPathComponent(name))
      }
      #expect(try Diagnosis(device: .cpu, data: folder.path).fashionMNIST == folder.path)
    }
  }

  @Test func processorIsReadFromTheSystemsText() {
    let intel = Processor(
      text: "processor\t: 0\nmodel name\t: Xeon\nflags\t\t: fpu avx512f amx_tile amx_bf16\n"
        + "processor\t: 1\nmodel name\t: other\nflags\t\t: fpu\n"
    )
    #expect(intel.name == "Xeon" && intel.hasAVX512 && intel.hasAMX && intel.hasBFloat16)
    let arm = Processor(text: "processor : 0\nFeatures : fp asimd bf16\nCPU part : 0xd40\n")
    #expect(arm.name == "part 0xd40" && arm.hasBFloat16 && !arm.hasAVX512 && !arm.hasAMX)
    let nothing = Processor(text: "")
    #expect(nothing.name == "unknown" && nothing.features.isEmpty)
  }
}

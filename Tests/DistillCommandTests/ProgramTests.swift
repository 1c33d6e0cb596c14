import Foundation
import Testing

@testable import Compression
@testable import DistillCommand
@testable import Exchange
@testable import Experiments
@testable import Runs

/// The built program, run as users run it.
@Suite struct ProgramTests {
  struct Ending {
    let code: Int32
    let output: String
    let errors: String
  }

  /// The program is built beside the tests.
  static var program: URL {
    // On a Mac the tests run inside another program, from a bundle.
    let bundle = Bundle.allBundles.first { $0.bundlePath.hasSuffix(".xctest") }
    let folder = bundle?.bundleURL.deletingLastPathComponent() ?? Bundle.main.bundleURL
    return folder.appendingPathComponent("distill")
  }

  func run(_ arguments: String..., output: FileHandle? = nil) throws -> Ending {
    let process = Process()
    process.executableURL = Self.program
    process.arguments = arguments
    let (out, err) = (Pipe(), Pipe())
    process.standardOutput = output ?? out
    process.standardError = err
    try process.run()
    // Neither text fills a pipe.
    let output = output == nil ? try out.fileHandleForReading.readToEnd() : nil
    let errors = try err.fileHandleForReading.readToEnd()
    process.waitUntilExit()
    return Ending(
      code: process.terminationStatus,
      output: String(decoding: output ?? Data(), as: UTF8.self),
      errors: String(decoding: errors ?? Data(), as: UTF8.self)
    )
  }

  @Test func versionIsPrinted() throws {
    let ending = try run("--version")
    #expect(ending.code == 0 && ending.output == programVersion + "\n")
  }

  @Test func unknownOptionsAreUsageErrors() throws {
    let ending = try run("doctor", "--colour")
    #expect(ending.code == 64)
    #expect(ending.errors.contains("--colour") && ending.errors.contains("Usage: distill doctor"))
  }

  @Test func mistypedNamesAreUsageErrors() throws {
    for words in [["compres"], ["help", "compres"]] {
      let ending = try words.count == 1 ? run(words[0]) : run(words[0], words[1])
      #expect(ending.code == 64 && ending.output.isEmpty)
      #expect(ending.errors.contains("There is no subcommand 'compres': did you mean compress?"))
    }
    let ending = try run("compress", "--lr", "0.1")
    #expect(ending.code == 64)
    #expect(
      ending.errors.hasPrefix("Error: Unknown option '--lr': distill compress has --learning-rate.")
    )
  }

  @Test func listsSayWhatCanBeWritten() throws {
    let losses = try run("losses")
    #expect(losses.code == 0 && losses.output.contains("\ndecoupledKullbackLeibler "))
    let one = try run("losses", "dkd")
    let usage = "decoupledKullbackLeibler(target: 1, others: 8, temperature: 4)\n"
    #expect(one.code == 0 && one.output.hasPrefix(usage))
    #expect(try run("losses", "nonsense").code == 1)
    let networks = try run("architectures")
    #expect(networks.code == 0 && networks.output.contains("  mlp:784-50-30-10 "))
  }

  @Test func errorsAreOneSentence() throws {
    let ending = try run("doctor", "--device", "toaster")
    #expect(ending.code == 1 && ending.output.isEmpty)
    #expect(
      ending.errors
        == "distill: there is no device 'toaster': use cpu, cuda, cuda:N or mps\n"
    )
    let missing = try run("doctor", "--data", "/nowhere")
    #expect(missing.code == 1)
    #expect(missing.errors.split(separator: "\n").count == 1)
    #expect(missing.errors.hasPrefix("distill: '/nowhere' does not hold Fashion-MNIST"))
  }

  @Test func doctorPrintsJson() throws {
    let ending = try run("doctor", "--json", "--threads", "1")
    #expect(ending.code == 0 && ending.errors.isEmpty)
    let object = try JSONSerialization.jsonObject(with: Data(ending.output.utf8))
    let machine = (object as? [String: Any])?["machine"] as? [String: Any]
    #expect(machine?["threads"] as? Int == 1)
    #expect(machine?["device"] as? String == "cpu")
  }

  @Test func aReaderThatLeavesIsNotAnError() throws {
    let pipe = Pipe()
    try pipe.fileHandleForReading.close()
    let ending = try run("doctor", output: pipe.fileHandleForWriting)
    #expect(ending.errors.isEmpty)
    // What a shell reports for a program that a broken pipe ended.
    #expect(ending.code == 141)
  }
}

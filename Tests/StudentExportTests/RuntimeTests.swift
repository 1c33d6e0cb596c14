import Foundation
import GraphNetworks
import Language
import Speech
import StudentRuntime
import Tensors
import Testing
import Vision

@testable import Networks
@testable import StudentExport

@Suite struct RuntimeTests {
  /// libtorch's network is the reference.
  @Test(arguments: everyKind)
  func answersAreTheNetworks(text: String) throws {
    try withScratch { folder in
      let network = try randomNetwork(text)
      var graph = try graph(text, network)
      let channels = graph.inputShape[0]
      graph.mean = (0..<channels).map { Float($0) / 10 }
      graph.deviation = (0..<channels).map { 1 + Float($0) / 20 }
      graph.ending = .softmax
      graph.classes = (0..<graph.logitCount).map { "class \($0)" }
      graph.provenance = ["model": text]
      let inputs = randomInputs(7, graph.inputShape)
      let url = folder.appendingPathComponent("s.distill")
      let parity = try graph.write(.runtime, to: url, comparedWith: { network($0) }, on: inputs)
      #expect(parity.largestDifference < 2e-6 && parity.inputs == 7, "\(parity)")

      let student = try Student(path: url.path)
      #expect(student.classes == graph.classes && student.provenance.contains(text))
      #expect(student.inputCount == inputs.shape[1] && student.outputCount == graph.logitCount)
      // Scaling, network and softmax without anything of ours that was exported.
      let shape = [7, channels, -1]
      let means = Tensor(graph.mean).reshaped(to: [1, channels, 1])
      let deviations = Tensor(graph.deviation).reshaped(to: [1, channels, 1])
      let scaled = ((inputs.reshaped(to: shape) - means) / deviations).reshaped(to: inputs.shape)
      let expected = network(scaled).softmax().scalars(Float.self)
      let rows = inputs.scalars(Float.self)
      for row in 0..<7 {
        let count = student.inputCount
        let answer = student.predict(Array(rows[row * count..<(row + 1) * count]))
        for (index, value) in answer.enumerated() {
          #expect(abs(value - expected[row * answer.count + index]) < 2e-6)
        }
      }
    }
  }

  /// Every number of pixels and of blocks of outputs that is computed at once.
  @Test(arguments: 1...16)
  func imagesOfEveryWidth(width: Int) throws {
    for filters in [3, 16, 23, 33, 45, 64] {
      for (stride, window) in [(1, 3), (2, 3), (1, 1), (1, 5)] {
        let generator = RandomGenerator(seed: UInt64(filters))
        let padding = window / 2
        func result(_ length: Int) -> Int { ((length - 1) / stride + stride) / stride }
        let network = Sequential(
          Convolution2D(
            3,
            filters,
            size: Extent2D(window),
            stride: Extent2D(stride),
            padding: Extent2D(padding),
            using: generator
          ),
          Activation.relu,
          Convolution2D(
            filters,
            filters,
            size: Extent2D(window),
            stride: Extent2D(stride),
            padding: Extent2D(padding),
            groups: filters,
            using: generator
          ),
          Flatten(),
          Linear(filters * result(4) * result(width), 5, using: generator)
        )
        let inputs = randomInputs(2, [3, 4, width])
        let graph = try StudentGraph(network, shape: [3, 4, width])
        let answers = try StudentGraph.answers(of: graph.runtimeFile(), inputs)
        let expected = network(inputs.reshaped(to: [2, 3, 4, width])).scalars(Float.self)
        let parity = Parity(answers, expected, inputs: 2)
        #expect(parity.largestDifference < 2e-6, "\(filters), \(stride), \(window): \(parity)")
      }
    }
  }

  /// Attention, recurrences, embeddings and normalisation; one by one they are in every form's tests.
  @Test(arguments: sequenceStudents + fieldStudents)
  func sequences(name: String) throws {
    let specimen = try Specimen(name)
    let answers = try StudentGraph.answers(of: specimen.graph.runtimeFile(), specimen.inputs)
    let parity = Parity(answers, specimen.expected, inputs: 4)
    #expect(parity.largestDifference < 2e-6, "\(parity)")
  }

  /// What is no token has a row of the table, whatever number it is.
  @Test func strangeTokensStayInside() throws {
    let specimen = try Specimen("attention of tokens")
    let strange: [Float] = [-1, 11, 1e30, .nan, .infinity, -.infinity, 0.5]
    let answers = try StudentGraph.answers(
      of: specimen.graph.runtimeFile(),
      Tensor(strange, shape: [1, 7])
    )
    #expect(answers.count == 3 && answers.allSatisfy { $0.isFinite })
  }

  /// Windows with gaps, which the runtime fills with zeros and other forms state.
  @Test func windowsHaveGaps() throws {
    let generator = RandomGenerator(seed: 4)
    let dilation = Extent2D(2, 3)
    let network = Sequential(
      Convolution2D(4, 6, size: 3, padding: [2, 3], dilation: dilation, using: generator),
      Activation.relu,
      Convolution2D(6, 6, size: [2, 3], dilation: dilation, groups: 6, using: generator),
      Flatten(),
      Linear(6 * 5 * 3, 4, using: generator)
    )
    let inputs = randomInputs(3, [4, 7, 9])
    let expected = network(inputs.reshaped(to: [3, 4, 7, 9])).scalars(Float.self)
    let graph = try StudentGraph(network, shape: [4, 7, 9])
    for form in [ExportForm.runtime, .onnx, .coreml] {
      try withScratch { folder in
        let parity = try graph.write(
          form,
          to: folder.appendingPathComponent(form.fileName),
          expecting: expected,
          of: inputs
        )
        #expect(parity.largestDifference < 2e-6, "\(form): \(parity)")
      }
    }
  }

  /// What has no form, in one sentence, and inputs that a network cannot have.
  @Test func networksOfFieldsAreRefused() throws {
    let generator = RandomGenerator(seed: 4)
    let graph = try Graph(Tensor([[0, 1], [1, 0]]), nodes: 3)
    let neighbours = GraphNetwork(.convolution, [4, 3, 2], on: graph, using: generator)
    let acoustic = AcousticNetwork(features: 4, widths: [3], classes: 2, using: generator)
    let transformer = SentenceTransformer(
      9,
      length: 5,
      width: 4,
      heads: 2,
      outputs: 3,
      using: generator
    )
    let grid = try PointGrid(height: 8, width: 8, strides: [2])
    let detector = try Detector(
      DetectionLayout(grid, classes: 2),
      channels: 1,
      widths: [3],
      pyramid: 3,
      using: generator
    )
    for (network, shape, words) in [
      (neighbours, [4], "which no form has"), (ByteNGrams(classes: 2, rows: 8), [9], "hashes"),
      (acoustic, [4, 5, 5], "no sequence"), (acoustic, [4], "no sequence"),
      (transformer, [6], "cannot be exported for 6"), (transformer, [5, 2], "[length] ids"),
      (detector, [1, 8, 9], "other inputs"), (detector, [64], "other inputs"),
    ] as [(any Module, [Int], String)] {
      let error = #expect(throws: ExportError.self) { try StudentGraph(network, shape: shape) }
      #expect(error?.description.contains(words) == true, "\(error?.description ?? "")")
    }
  }

  @Test func oneLogitIsTwoProbabilities() throws {
    let network = try randomNetwork("mlp:3-4-1")
    var graph = try graph("mlp:3-4-1", network)
    graph.ending = .sigmoidPair
    let inputs = randomInputs(5, [3])
    let answers = try StudentGraph.answers(of: graph.runtimeFile(), inputs)
    let logits = network(inputs).scalars(Float.self)
    for (row, logit) in logits.enumerated() {
      let second = 1 / (1 + exp(-Double(logit)))
      #expect(abs(Double(answers[2 * row + 1]) - second) < 1e-6)
      #expect(abs(Double(answers[2 * row]) - (1 - second)) < 1e-6)
    }
  }

  /// Normalisation and functions that follow nothing of their own become operations.
  @Test func layersInUnusualOrder() throws {
    let generator = RandomGenerator(seed: 4)
    let normalization = BatchNorm(4)
    normalization.runningMean.value = .uniform([4], using: generator)
    normalization.runningVar.value = .uniform([4], using: generator) + 0.3
    let body = Sequential(
      normalization,
      Activation.tanh,
      Convolution2D(4, 4, size: 3, padding: 1, using: generator)
    )
    let network = Sequential(
      Activation.tanh,
      Convolution2D(2, 4, size: 1, using: generator),
      Residual(body),
      MaxPool(size: 2),
      Activation.sigmoid,
      Flatten(),
      Linear(16, 3, using: generator)
    )
    let inputs = randomInputs(3, [2, 4, 4])
    let graph = try StudentGraph(network, shape: [2, 4, 4])
    let answers = try StudentGraph.answers(of: graph.runtimeFile(), inputs)
    let expected = network(inputs.reshaped(to: [3, 2, 4, 4])).scalars(Float.self)
    #expect(Parity(answers, expected, inputs: 3).largestDifference < 2e-6)
  }

  @Test func aFileThatDiffersIsNotWritten() throws {
    try withScratch { folder in
      let network = try randomNetwork("mlp:3-4-2")
      let other = try randomNetwork("mlp:3-4-2", seed: 9)
      let url = folder.appendingPathComponent("s.distill")
      let graph = try graph("mlp:3-4-2", network)
      #expect(throws: ExportError.self) {
        try graph.write(.runtime, to: url, comparedWith: { other($0) }, on: randomInputs(4, [3]))
      }
      #expect(!FileManager.default.fileExists(atPath: url.path))
    }
  }

  @Test func aLinkToTheFileStays() throws {
    try withScratch { folder in
      let network = try randomNetwork("mlp:3-4-2")
      let (file, link) = (
        folder.appendingPathComponent("s.distill"), folder.appendingPathComponent("link.distill")
      )
      try FileManager.default.createSymbolicLink(at: link, withDestinationURL: file)
      _ = try graph("mlp:3-4-2", network).write(
        .runtime,
        to: link,
        comparedWith: { network($0) },
        on: randomInputs(4, [3])
      )
      #expect(try Student(path: file.path).inputCount == 3)
      #expect(try FileManager.default.destinationOfSymbolicLink(atPath: link.path) == file.path)
    }
  }

  @Test func whatCannotBeExportedIsSaid() throws {
    let generator = RandomGenerator(seed: 1)
    #expect(throws: ExportError.self) {
      try StudentGraph(GroupNorm(groups: 1, 3), shape: [3])
    }
    let broken = MLP([3, 2], using: generator)
    broken.layers[0].weight.value = Tensor([Float](repeating: .nan, count: 6), shape: [2, 3])
    #expect(throws: ExportError.self) { try StudentGraph(broken, shape: [3]) }
  }

  /// No byte can be changed, and no length, without being noticed.
  @Test func damageIsNoticed() throws {
    try withScratch { folder in
      let text = "cnn:1x4x4-3c3-m2-2"
      let file = try graph(text, randomNetwork(text)).runtimeFile()
      func opened(_ data: Data) -> StudentError? {
        let url = folder.appendingPathComponent("damaged")
        try? data.write(to: url)
        do {
          _ = try Student(path: url.path)
          return nil
        } catch { return error }
      }
      #expect(opened(file) == nil)
      for place in file.indices {
        var damaged = file
        damaged[place] ^= 0x10
        #expect(opened(damaged) != nil, "byte \(place)")
      }
      for count in stride(from: 0, to: file.count, by: 13) {
        #expect(opened(file.prefix(count)) != nil, "\(count) bytes")
      }
      #expect(opened(file + Data(count: 8)) == .cutShort)
      #expect(throws: StudentError.notReadable) { try Student(path: folder.path) }
      #expect(throws: StudentError.notReadable) { try Student(path: "\(folder.path)/none") }
    }
  }

  /// Words that lead outside the file are refused even where the hash fits them.
  @Test(
    arguments: ["cnn:2x4x4-4c3g2-m2-2", "cnn:3x4x4-3c3g3-m2-2"] + sequenceStudents
      + ["sentence transformer", "static sentences", "detector"]
  )
  func wordsThatLeadOutsideAreRefused(text: String) throws {
    let graph = try Specimen(text).graph
    let (file, operations) = (try graph.runtimeFile(), graph.operations.count)
    for word in 3..<32 + operations * StudentFormat.operationWords {
      for value: UInt32 in [0, 1, 3, 1 << 20, 1 << 31, .max] where word < 30 || word > 31 {
        var forged = file
        withUnsafeBytes(of: value.littleEndian) {
          forged.replaceSubrange(4 * word..<4 * word + 4, with: $0)
        }
        let hash = forged.withUnsafeBytes(StudentFormat.checksum)
        withUnsafeBytes(of: hash.littleEndian) { forged.replaceSubrange(120..<128, with: $0) }
        // Refused or harmless: what is accepted can be computed without leaving its memory.
        forged.withUnsafeBytes { bytes in
          guard let network = try? StudentNetwork(bytes), network.workspaceCount < 1 << 21,
            network.outputCount < 1 << 21, network.inputCount < 1 << 21
          else { return }
          let workspace = [Float](repeating: 0, count: network.workspaceCount)
          let input = [Float](repeating: 0.5, count: network.inputCount)
          var (room, output) = (workspace, [Float](repeating: 0, count: network.outputCount))
          network.predict(input, into: &output, workspace: &room)
        }
      }
    }
  }

  @Test func threadsShareAStudent() throws {
    let network = try randomNetwork("mlp:40-70-10")
    let file = try graph("mlp:40-70-10", network).runtimeFile()
    try withScratch { folder in
      let url = folder.appendingPathComponent("s.distill")
      try file.write(to: url)
      let student = try Student(path: url.path)
      let input = (0..<40).map { Float($0) / 40 }
      let expected = student.predict(input)
      DispatchQueue.concurrentPerform(iterations: 4) { _ in
        let workspace = student.makeWorkspace()
        var output = [Float](repeating: 0, count: 10)
        for _ in 0..<200 {
          student.predict(input, into: &output, using: workspace)
          #expect(output == expected)
        }
      }
    }
  }
}

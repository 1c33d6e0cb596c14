import Exchange
import Foundation
import Tensors

extension StudentGraph {
  /// A Core ML model of specification version 6 (macOS 12, iOS 15): an ML Program of `float32` whose
  /// weights are in a file beside it.
  ///
  /// The input is called `input`, `[1, features]` or `[1, channels, height, width]`, not scaled; the
  /// output `probabilities` where there are classes, else `values`, `[1, outputs]`. Class names, as a
  /// JSON array, and provenance are user-defined metadata.
  ///
  /// - Returns: The bytes of `model.mlmodel` and of `weights/weight.bin`.
  func coreMLModel() throws -> (model: Data, weights: Data) {
    let output = classes.isEmpty ? "values" : "probabilities"
    let block = try milBlock(output)
    var body = ProtobufMessage()
    body.append(2, output)
    for operation in block.operations { body.append(3, operation) }
    var function = ProtobufMessage()
    function.append(1, MILBlock.named("input", MILType.float32.message([1] + inputShape)))
    function.append(2, Self.operatorSet)
    function.append(3, key: Self.operatorSet, body)
    var program = ProtobufMessage()
    program.append(1, 1)
    program.append(2, key: "main", function)

    var model = ProtobufMessage()
    model.append(1, 6)
    model.append(2, try coreMLDescription(output))
    model.append(502, program)
    guard model.bytes.count < 1 << 31 else {
      throw ExportError("the network is too large for a Core ML model: use another form")
    }
    return (Data(model.bytes), Data(block.weights.bytes))
  }

  /// The operators of macOS 12 and iOS 15.
  static let operatorSet = "CoreML5"

  /// A message `ModelDescription`.
  private func coreMLDescription(_ output: String) throws -> ProtobufMessage {
    func feature(_ name: String, _ shape: [Int], _ words: String) -> ProtobufMessage {
      var (array, type, feature) = (ProtobufMessage(), ProtobufMessage(), ProtobufMessage())
      array.append(1, packed: shape)
      // ArrayDataType.FLOAT32.
      array.append(2, 65_568)
      type.append(5, array)
      feature.append(1, name)
      feature.append(2, words)
      feature.append(3, type)
      return feature
    }
    var metadata = ProtobufMessage()
    metadata.append(1, Self.packageDescription)
    for (key, value) in try textualFacts().sorted(by: { $0.key < $1.key }) {
      var entry = ProtobufMessage()
      entry.append(1, key)
      entry.append(2, value)
      metadata.append(100, entry)
    }
    var description = ProtobufMessage()
    description.append(
      1,
      feature("input", [1] + inputShape, "As the training data had it: scaling is inside.")
    )
    description.append(10, feature(output, [1, outputCount], "What the student answers."))
    description.append(100, metadata)
    return description
  }

  /// Writes a model package, computes its answers from what was written, and puts it in its place where
  /// they are the student's.
  ///
  /// - Parameters:
  ///   - expected: What the student answers to the inputs, one after another.
  ///   - inputs: `[count, numbers]`; at most 100 of them are compared.
  /// - Throws: ``ExportError`` when the answers differ, or the package cannot be written; what was there
  ///   before is then still there.
  func writeCoreMLPackage(to url: URL, expecting expected: [Float], of inputs: Tensor) throws
    -> Parity
  {
    let files = FileManager.default
    let place = url.resolvingSymlinksInPath()
    let isThere = files.fileExists(atPath: place.path)
    guard !isThere || Self.isOwnPackage(place) else {
      throw ExportError(
        "'\(url.path)' is there and no Core ML package that distill wrote: name another place, such as "
          + "student.mlpackage"
      )
    }
    let (model, weights) = try coreMLModel()
    func writing<Result>(_ body: () throws -> Result) throws -> Result {
      do { return try body() } catch {
        let reason = (error as? POSIXError)?.reason ?? error.localizedDescription
        throw ExportError(
          "cannot write '\(url.path)': check the folder and its free space (\(reason))"
        )
      }
    }
    let destination = try writing { () throws in
      let destination = try FolderDestination(place)
      let content = destination.url.appendingPathComponent("Data/com.apple.CoreML")
      let folder = content.appendingPathComponent("weights")
      try files.createDirectory(at: folder, withIntermediateDirectories: true)
      try weights.write(to: folder.appendingPathComponent(MILWeights.fileName))
      try model.write(to: content.appendingPathComponent("model.mlmodel"))
      try Data(Self.manifest.utf8)
        .write(to: destination.url.appendingPathComponent("Manifest.json"))
      return destination
    }
    let count = min(100, inputs.shape[0])
    let answers = try CoreMLEvaluation(package: destination.url)(inputs[0..<count])
    let compared = Array(expected[..<(count * outputCount)])
    let parity = Parity(answers.scalars(Float.self), compared, inputs: count)
    try parity.require(of: url.path)
    try writing { try destination.commit() }
    return parity
  }

  /// Whether a folder is a package as it is written here, with nothing of the user's beside.
  private static func isOwnPackage(_ url: URL) -> Bool {
    let own = Set(ExportForm.coreml.files(at: url).dropFirst().map(\.lastPathComponent))
    let files = FileManager.default
      .enumerator(at: url, includingPropertiesForKeys: nil, options: .skipsHiddenFiles)
    let isOwn = files?.allSatisfy { file in
      guard let file = file as? URL else { return false }
      return file.hasDirectoryPath || own.contains(file.lastPathComponent)
    }
    return isOwn == true && (try? MILReader.description(of: url)) == packageDescription
  }

  private static let packageDescription = "A student that distill made."

  /// What is in a package. The identifiers need to differ within one only.
  private static let manifest = """
    {
      "fileFormatVersion": "1.0.0",
      "itemInfoEntries": {
        "4E1B0F4C-3B62-4B1B-9C55-6F3C1D2A7E01": {
          "author": "com.apple.CoreML",
          "description": "CoreML Model Specification",
          "name": "model.mlmodel",
          "path": "com.apple.CoreML/model.mlmodel"
        },
        "4E1B0F4C-3B62-4B1B-9C55-6F3C1D2A7E02": {
          "author": "com.apple.CoreML",
          "description": "CoreML Model Weights",
          "name": "weights",
          "path": "com.apple.CoreML/weights"
        }
      },
      "rootModelIdentifier": "4E1B0F4C-3B62-4B1B-9C55-6F3C1D2A7E01"
    }

    """
}

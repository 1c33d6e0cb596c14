import Foundation

extension ExperimentRun {
  /// The value that a JSON file of the folder keeps; where there is none, what `make` gives, which is
  /// written there.
  ///
  /// - Throws: What `make` throws, or one sentence when the file is damaged.
  func kept<Value: Codable>(_ file: String, _ make: () throws -> Value) throws -> Value {
    guard folder.contains(file) else {
      let value = try make()
      try folder.write(prettyJson(value), to: file)
      return value
    }
    let decoder = JSONDecoder()
    decoder.nonConformingFloatDecodingStrategy = .convertFromString(
      positiveInfinity: "inf",
      negativeInfinity: "-inf",
      nan: "nan"
    )
    do {
      return try decoder.decode(Value.self, from: Data(contentsOf: folder.file(file)))
    } catch {
      throw CommandError(
        "'\(folder.file(file).path)' is damaged or of another version: delete it, and it is made again"
      )
    }
  }
}

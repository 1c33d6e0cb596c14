import Foundation
import StudentRuntime

extension StudentGraph {
  /// The kinds of operations that its runtime knows.
  var kinds: Set<StudentOperation.Kind> {
    let plan = StudentPlan(self)
    return Set(
      operations.indices.compactMap { StudentOperation.Kind(rawValue: plan.words(of: $0)[0]) }
    )
  }

  /// The file that `StudentRuntime` loads, as `StudentFormat` says.
  public func runtimeFile() throws -> Data {
    guard classes.allSatisfy({ !$0.utf8.contains(10) }) else {
      throw ExportError("a class has a line feed in its name: rename it")
    }
    let plan = StudentPlan(self)
    let names = Array(classes.map { $0 + "\n" }.joined().utf8)
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    var text = names + Array(try encoder.encode(provenance))
    let size = StudentFormat.numbersOffset(operations: operations.count) + 4 * plan.numbers.count
    let least = plan.workspace / StudentFormat.workspacePerByte
    text += [UInt8](repeating: UInt8(ascii: " "), count: max(0, least - size - text.count))
    let input = plan.input
    var words = [UInt32](repeating: 0, count: StudentFormat.headerWords)
    (words[0], words[1]) = StudentFormat.magic
    let version = kinds.map(StudentFormat.version(of:)).max() ?? 1
    let header = [
      version, operations.count, input.channels, input.height, input.width,
      logitCount,
      Int(ending.rawValue), plan.scalingCount, plan.workspace, plan.places[0], plan.places[output],
      plan.numbers.count, text.count, names.count,
    ]
    guard plan.numbers.count < 1 << 31, plan.workspace < 1 << 31 else {
      throw ExportError("the network is too large: a file holds 2,147,483,648 numbers")
    }
    for (index, word) in header.enumerated() { words[index + 2] = UInt32(word) }
    for index in operations.indices { words += plan.words(of: index) }

    var bytes = [UInt8]()
    func append(_ word: UInt32) { withUnsafeBytes(of: word.littleEndian) { bytes += $0 } }
    for word in words { append(word) }
    let start = StudentFormat.numbersOffset(operations: operations.count)
    bytes += [UInt8](repeating: 0, count: start - bytes.count)
    for number in plan.numbers { append(number.bitPattern) }
    bytes += text
    while bytes.count % 8 != 0 { bytes.append(0) }
    let hash = bytes.withUnsafeBytes(StudentFormat.checksum)
    withUnsafeBytes(of: hash.littleEndian) {
      bytes.replaceSubrange(
        4 * StudentFormat.checksumWord..<4 * StudentFormat.checksumWord + 8,
        with: $0
      )
    }
    return Data(bytes)
  }
}

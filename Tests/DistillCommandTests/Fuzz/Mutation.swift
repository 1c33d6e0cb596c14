import Foundation

/// A sound file changed in a way that its format understands, so that what it says is read and used.
struct Mutation {
  var dice: Dice

  /// - Parameter name: Its ending says what the file is.
  mutating func changed(_ data: Data, _ name: String) -> Data {
    var data = data
    for _ in 0...dice.below(3) {
      // What is no file of its kind any more is bytes.
      data = dice.isOne(in: 8) ? bytes(data) : (try? once(data, name)) ?? bytes(data)
    }
    return data
  }

  mutating func once(_ data: Data, _ name: String) throws -> Data {
    if name.contains(".tfevents.") { return events(data) }
    return switch (name as NSString).pathExtension {
    case "jsonl": records(data)
    case "json": json(data)
    case "ubj": ubjson(data)
    case "yaml": lines(data, separators: [": ", " "])
    case "csv", "txt": lines(data, separators: [",", "=", " "])
    case "safetensors": try safetensors(data)
    case "npz", "npy": try arrays(data, name)
    case "pt", "pt2": try archive(data)
    case "onnx", "mlmodel": message(data)
    case "distill": student(data)
    case "gz": try packed(data)
    default: bytes(data)
    }
  }

  /// Lines that are JSON each.
  mutating func records(_ data: Data) -> Data {
    var lines = data.split(separator: UInt8(ascii: "\n")).map { Data($0) }
    guard !lines.isEmpty else { return bytes(data) }
    let place = dice.below(lines.count)
    lines[place] = json(lines[place])
    return Data(lines.joined(separator: [UInt8(ascii: "\n")])) + [UInt8(ascii: "\n")]
  }

  /// Whatever the format is.
  mutating func bytes(_ data: Data) -> Data {
    var bytes = [UInt8](data)
    guard !bytes.isEmpty else { return data }
    let place = dice.below(bytes.count)
    switch dice.below(6) {
    case 0: bytes[place] ^= 1 << UInt8(dice.below(8))
    case 1: bytes[place] = dice.one(of: [0, 1, 0x7F, 0x80, 0xFF])
    case 2: bytes.removeSubrange(place...)
    case 3: bytes.remove(at: place)
    case 4: bytes.insert(contentsOf: bytes[place..<min(place + 64, bytes.count)], at: place)
    default:
      let width = min(8, bytes.count - place)
      let number = dice.one(of: [UInt64.max, 1 << 63, 1 << 31, 0, 1 << 40])
      for byte in 0..<width {
        bytes[place + byte] = UInt8(truncatingIfNeeded: number >> (8 * byte))
      }
    }
    return Data(bytes)
  }

  /// Lines of fields: tables, comments of CmdStan, YAML.
  mutating func lines(_ data: Data, separators: [String]) -> Data {
    var lines = String(decoding: data, as: UTF8.self).components(separatedBy: "\n")
    let place = dice.below(lines.count)
    switch dice.below(5) {
    case 0: lines.remove(at: place)
    case 1: lines.insert(lines[place], at: dice.below(lines.count))
    case 2: lines.swapAt(place, dice.below(lines.count))
    default:
      let separator = dice.one(of: separators)
      var fields = lines[place].components(separatedBy: separator)
      let field = dice.below(fields.count)
      if dice.isOne(in: 6) {
        fields.remove(at: field)
      } else {
        fields[field] = dice.one(of: dice.isOne(in: 3) ? Strange.words : Strange.numbers)
      }
      lines[place] = fields.joined(separator: separator)
    }
    return Data(lines.joined(separator: "\n").utf8)
  }
}

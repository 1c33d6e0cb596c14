import Foundation

/// The arrays of `{"posterior": {"beta": [[…]], …}, …}`, as ArviZ writes it, or of
/// `{"beta": […], …}`.
struct DrawJSON {
  let arrays: DrawArrays
  /// Whether the file says that chains come first.
  let isArviZ: Bool

  init(_ path: String) throws {
    var bytes: Data
    do { bytes = try Data(contentsOf: URL(fileURLWithPath: path)) } catch {
      throw DrawError("\(path) cannot be read: \(String(cString: strerror(errno)))")
    }
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { bytes = Data(bytes.dropFirst(3)) }
    guard let content = try? JSONSerialization.jsonObject(with: Self.withoutNaN(bytes)) else {
      let isLines = bytes.split(separator: 10).first.map {
        bytes.count > $0.count + 1
          && (try? JSONSerialization.jsonObject(with: Self.withoutNaN(Data($0)))) != nil
      }
      throw DrawError(
        isLines == true
          ? "\(path) is JSON lines, one draw a line, which is not read here: convert it with "
            + "`python -c \"import pandas; pandas.read_json('\(path)', lines=True)"
            + ".to_csv('draws.csv', index=False)\"`"
          : "\(path) is not JSON: it is damaged or cut off"
      )
    }
    guard let object = content as? [String: Any] else {
      throw DrawError("\(path) holds no named arrays of draws")
    }
    isArviZ = ["posterior", "posterior_predictive"].contains { object[$0] is [String: Any] }
    var arrays = DrawArrays(path)
    func member(_ name: String, _ value: Any) throws -> DrawArrays.Member {
      var (shape, values) = ([Int](), [Double]())
      var level = value
      while let list = level as? [Any] {
        shape.append(list.count)
        guard let first = list.first else { break }
        level = first
      }
      try Self.flatten(value, shape[...], into: &values, "\(path): \(name)")
      return DrawArrays.Member(name: name, shape: shape, values: values)
    }
    if isArviZ {
      arrays.add(groups: object.compactMapValues { $0 as? [String: Any] }, member)
    } else {
      for (name, value) in object { arrays.add(name) { try member(name, value) } }
    }
    self.arrays = arrays
  }

  /// JSON has no NaN and no infinity; Python writes them all the same, and they are taken for null.
  static func withoutNaN(_ json: Data) -> Data {
    let words = ["-Infinity", "Infinity", "NaN"].map { Array($0.utf8) }
    let bytes = [UInt8](json)
    var result: [UInt8] = []
    result.reserveCapacity(bytes.count)
    var (place, isText) = (0, false)
    while place < bytes.count {
      let byte = bytes[place]
      if isText {
        if byte == UInt8(ascii: "\\"), place + 1 < bytes.count {
          result.append(byte)
          place += 1
        } else if byte == UInt8(ascii: "\"") {
          isText = false
        }
      } else if byte == UInt8(ascii: "\"") {
        isText = true
      } else if let word = words.first(where: { bytes[place...].starts(with: $0) }) {
        result += Array("null".utf8)
        place += word.count
        continue
      }
      result.append(bytes[place])
      place += 1
    }
    return Data(result)
  }

  private static func flatten(
    _ value: Any,
    _ shape: ArraySlice<Int>,
    into values: inout [Double],
    _ place: String
  ) throws {
    if let length = shape.first {
      guard let list = value as? [Any], list.count == length else {
        throw DrawError("\(place) is not an array of numbers with rows of one length")
      }
      for element in list { try flatten(element, shape.dropFirst(), into: &values, place) }
    } else if let number = value as? NSNumber {
      // Its `doubleValue` is wrong in the last digit of some numbers outside Apple's systems.
      values.append(Double(number.stringValue) ?? number.doubleValue)
    } else if value is NSNull {
      values.append(.nan)
    } else {
      throw DrawError("\(place) holds something that is not a number")
    }
  }
}

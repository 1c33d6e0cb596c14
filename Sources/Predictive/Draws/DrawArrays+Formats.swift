import Exchange
import Foundation
import Tensors

/// What a file of draws is, by its first bytes.
enum DrawFormat {
  case table, archive, json

  /// - Throws: ``PredictiveError`` for formats that are not read, with what to do.
  init(of path: String) throws {
    self = .table
    // A pipe cannot be looked at without taking from it: it is a table.
    var facts = stat()
    guard path != "-", stat(path, &facts) == 0, facts.st_mode & S_IFMT == S_IFREG,
      let file = FileHandle(forReadingAtPath: path)
    else { return }
    defer { try? file.close() }
    let start = [UInt8](((try? file.read(upToCount: 64)) ?? nil) ?? Data())
    func begins(_ bytes: [UInt8]) -> Bool { start.starts(with: bytes) }
    if begins([0x89, 0x48, 0x44, 0x46]) || begins([0x43, 0x44, 0x46]) {
      throw PredictiveError(
        "\(path) is NetCDF, which is not read here: convert it with "
          + "`python -c \"import arviz; arviz.from_netcdf('\(path)').to_json('draws.json')\"`"
      )
    }
    if begins([0x93] + Array("NUMPY".utf8)) {
      throw PredictiveError(
        "\(path) is a NumPy array without names: save draws with numpy.savez(path, beta=beta, …)"
      )
    }
    if begins([0x50, 0x4B]) { self = .archive }
    if start.first(where: { ![9, 10, 13, 32].contains($0) }) == UInt8(ascii: "{") { self = .json }
  }
}

/// Opens a file of draws of any format: one chain or several.
func openDrawRows(_ path: String) throws -> [any DrawRows] {
  switch try DrawFormat(of: path) {
  case .table: return [try DrawTable(path)]
  case .archive:
    let arrays = try NumPy.readArchive(from: URL(fileURLWithPath: path))
    let members = arrays.map {
      DrawArrays.Member(
        name: $0.key,
        shape: $0.value.shape,
        values: $0.value.cast(to: .float64).scalars()
      )
    }
    return try DrawArrays.rows(members, of: path)
  case .json: return try DrawArrays.rows(jsonMembers(path), of: path)
  }
}

/// The arrays of `{"posterior": {"beta": [[…]], …}, …}`, as ArviZ writes with `to_json`, or of
/// `{"beta": […], …}`.
private func jsonMembers(_ path: String) throws -> [DrawArrays.Member] {
  let content: Any
  do {
    content = try JSONSerialization.jsonObject(with: Data(contentsOf: URL(fileURLWithPath: path)))
  } catch {
    throw PredictiveError(
      "\(path) is not JSON: it is damaged, or holds NaN, which JSON does not have"
    )
  }
  guard let object = content as? [String: Any] else {
    throw PredictiveError("\(path) holds no named arrays of draws")
  }
  var arrays = object
  if let posterior = object["posterior"] as? [String: Any] {
    arrays = posterior
    // Of the sampler's own variables only divergences matter.
    let statistics = object["sample_stats"] as? [String: Any]
    if let diverging = statistics?["diverging"] { arrays["diverging"] = diverging }
  }
  return try arrays.map { name, value in
    var (shape, values) = ([Int](), [Double]())
    var level = value
    while let list = level as? [Any] {
      shape.append(list.count)
      guard let first = list.first else { break }
      level = first
    }
    try flatten(value, shape[...], into: &values, "\(path): \(name)")
    return DrawArrays.Member(name: name, shape: shape, values: values)
  }
}

private func flatten(
  _ value: Any,
  _ shape: ArraySlice<Int>,
  into values: inout [Double],
  _ place: String
) throws {
  if let length = shape.first {
    guard let list = value as? [Any], list.count == length else {
      throw PredictiveError("\(place) is not an array of numbers with rows of one length")
    }
    for element in list { try flatten(element, shape.dropFirst(), into: &values, place) }
  } else {
    guard let number = value as? NSNumber else {
      throw PredictiveError("\(place) holds something that is not a number")
    }
    values.append(number.doubleValue)
  }
}

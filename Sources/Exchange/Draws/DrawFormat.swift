import Foundation
import Tensors

/// What a file of draws is, by its first bytes.
enum DrawFormat {
  case table, archive, json, netCDF

  /// - Throws: ``DrawError`` for formats that are not read, with what to do.
  init(of path: String) throws {
    self = .table
    for name in [".zgroup", "zarr.json"]
    where FileManager.default.fileExists(atPath: "\(path)/\(name)") {
      throw DrawError(
        "\(path) is a Zarr store, which is not read here: \(Self.arviz("from_zarr", path))"
      )
    }
    guard Self.isRegular(path) else { return }
    var start = Self.firstBytes(path)
    if start.starts(with: [0xEF, 0xBB, 0xBF]) { start.removeFirst(3) }
    func begins(_ bytes: [UInt8]) -> Bool { start.starts(with: bytes) }
    if begins([0x93] + Array("NUMPY".utf8)) {
      throw DrawError(
        "\(path) is a NumPy array without names: save draws with numpy.savez(path, beta=beta, …)"
      )
    }
    if let (_, name, advice) = Self.refused.first(where: { begins($0.start) }) {
      throw DrawError("\(path) is \(name), which is not read here: \(advice(path))")
    }
    if begins([0x50, 0x4B]) { self = .archive }
    if begins([0x89] + Array("HDF".utf8)) { self = .netCDF }
    if let first = start.first(where: { ![9, 10, 13, 32].contains($0) }) {
      if first == UInt8(ascii: "{") { self = .json }
      if first == UInt8(ascii: "[") {
        throw DrawError(
          "\(path) is a JSON list without names: write an object of arrays such as {\"beta\": […]}"
        )
      }
    }
    if self != .table, Self.isPacked(path) {
      throw DrawError("\(path) is packed by gzip: unpack it with `gunzip \(path)`")
    }
  }

  /// What a file begins with, unpacked.
  private static func firstBytes(_ path: String) -> [UInt8] {
    var buffer = [UInt8](repeating: 0, count: 64)
    let count = try? buffer.withUnsafeMutableBytes { try BytesInTurn(path).read(into: $0) }
    return Array(buffer.prefix(count ?? 0))
  }

  private static func isPacked(_ path: String) -> Bool {
    let file = FileHandle(forReadingAtPath: path)
    defer { try? file?.close() }
    return (try? file?.read(upToCount: 2)) == Data([0x1F, 0x8B])
  }

  /// Whether a path is a file: a pipe cannot be looked at without taking from it.
  static func isRegular(_ path: String) -> Bool {
    var facts = stat()
    return path != "-" && stat(path, &facts) == 0 && facts.st_mode & S_IFMT == S_IFREG
  }

  /// Formats that are recognised and not read, and the line that converts each.
  private static let refused:
    [(start: [UInt8], name: String, advice: @Sendable (String) -> String)] =
      [
        // The library ends or hangs at damaged files of it.
        (
          Array("CDF".utf8), "NetCDF of the classic format",
          { "convert it with `nccopy -k nc4 \($0) draws.nc`" }
        ),
        ([0xFF, 0xFE], "text in UTF-16", { _ in "save it as UTF-8" }),
        ([0xFE, 0xFF], "text in UTF-16", { _ in "save it as UTF-8" }),
        (Array("PAR1".utf8), "parquet", { pandas("read_parquet", $0) }),
        (Array("ARROW1".utf8), "Arrow", { pandas("read_feather", $0) }),
        (Array("FEA1".utf8), "Feather", { pandas("read_feather", $0) }),
        (Array("RDX".utf8), "an R workspace", { _ in r }),
        (Array("X\n".utf8), "R's RDS", { _ in r }),
        ([0x80, 0x02], "a Python pickle", { _ in pickle }),
        ([0x80, 0x03], "a Python pickle", { _ in pickle }),
        ([0x80, 0x04], "a Python pickle", { _ in pickle }),
        ([0x80, 0x05], "a Python pickle", { _ in pickle }),
        ([0x28, 0xB5, 0x2F, 0xFD], "packed by zstd", { "unpack it with `unzstd \($0)`" }),
        ([0xFD, 0x37, 0x7A, 0x58, 0x5A], "packed by xz", { "unpack it with `unxz \($0)`" }),
        (Array("BZh".utf8), "packed by bzip2", { "unpack it with `bunzip2 \($0)`" }),
      ]

  private static let r = "write it in R with write.csv(draws, \"draws.csv\", row.names = FALSE)"
  private static let pickle = "save draws with numpy.savez(path, beta=beta, …)"

  /// The line that makes an archive of the posterior of what a function of ArviZ reads.
  static func arviz(_ function: String, _ path: String) -> String {
    "convert it with `python -c \"import arviz, numpy; p = arviz.\(function)('\(path)')['posterior']; "
      + "numpy.savez('draws.npz', **{k: v.values for k, v in p.data_vars.items()})\"`"
  }

  private static func pandas(_ function: String, _ path: String) -> String {
    "convert it with `python -c \"import pandas; pandas.\(function)('\(path)')"
      + ".to_csv('draws.csv', index=False)\"`"
  }
}

/// How files of draws are opened.
struct DrawOpening {
  let mayBeIncomplete: Bool
  let axes: DrawAxes
  /// How many numbers a variable has, where it is known.
  let length: Int?
  /// Whether to give up waiting for more of a pipe.
  let isCancelled: () -> Bool

  /// Opens a file of draws of any format: one chain or several.
  func rows(_ path: String) throws -> [any DrawRows] {
    switch try DrawFormat(of: path) {
    case .table: return try table(path)
    case .archive:
      var arrays = DrawArrays(path)
      for (name, member) in try NumPy.readMembers(from: URL(fileURLWithPath: path)) {
        arrays.add(name) {
          let tensor = try member.get()
          return DrawArrays.Member(
            name: name,
            shape: tensor.shape,
            values: tensor.cast(to: .float64).scalars()
          )
        }
      }
      guard !arrays.isEmpty else {
        throw DrawError(
          "\(path) is a zip archive without NumPy arrays: unpack it, and name the file in it"
        )
      }
      return try arrays.rows(axes, length: length)
    case .json:
      let json = try DrawJSON(path)
      let isStated = json.isArviZ && axes == .automatic
      return try json.arrays.rows(isStated ? .chainsFirst : axes, length: length)
    case .netCDF: return try DrawNetCDF.rows(path, axes, length: length)
    }
  }

  private func table(_ path: String) throws -> [any DrawRows] {
    if DrawFormat.isRegular(path), let rows = try CodaFile.rows(path) { return [rows] }
    let table = try DrawTable(path, mayBeIncomplete: mayBeIncomplete, isCancelled: isCancelled)
    guard let chain = table.columns.chain else { return [table] }
    guard DrawFormat.isRegular(path) else {
      throw DrawError(
        "\(table.path) holds chains side by side (column \(table.columns.names[chain])), which needs "
          + "a file: save it and name the file"
      )
    }
    return try ChainRows.rows(path, chain, mayBeIncomplete: mayBeIncomplete)
  }
}

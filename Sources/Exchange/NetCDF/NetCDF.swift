#if NetCDF
  import CNetCDF
  import Foundation

  /// A NetCDF file of version 4, which is HDF5, read by the system's library (netcdf-c).
  ///
  /// ```swift
  /// let slopes = try NetCDF.withFile(at: url) { file in
  ///   let slopes = try file.variables(of: "posterior").first { $0.name == "beta" }
  ///   return try slopes.map(file.values)
  /// }
  /// ```
  ///
  /// There is a reader with the trait `NetCDF` only. The library may end, or never end, at bytes that were
  /// changed, and works in a process of its own.
  public struct NetCDF {
    /// A variable of a group, whose numbers are not read yet.
    public struct Variable: Sendable {
      public let name: String
      /// The names of its axes.
      public let dimensions: [String]
      /// As many lengths; empty for a single number.
      public let shape: [Int]
      /// Whether it holds the places along an axis.
      public var isCoordinate: Bool { dimensions == [name] }
      let group: Int32
      let number: Int32
      let type: nc_type
    }

    private let url: URL
    private let byteCount: Int
    private let reader: NetCDFReader

    /// Opens a file for as long as `body` runs.
    ///
    /// - Throws: ``FileError`` when it is missing, damaged or of another format.
    public static func withFile<Result>(
      at url: URL,
      _ body: (NetCDF) throws -> Result
    ) throws -> Result {
      let size = try OpenFile(url).size
      let reader = try NetCDFReader(url, byteCount: size)
      defer { reader.end() }
      return try body(NetCDF(url: url, byteCount: size, reader: reader))
    }

    /// The names of the groups inside the file's own.
    ///
    /// - Throws: ``FileError``.
    public func groups() throws -> [String] { try reader.groups().map(\.name) }

    /// The variables of a group; nil is what stands outside all groups.
    ///
    /// - Throws: ``FileError`` for a group that is not there.
    public func variables(of group: String?) throws -> [Variable] {
      guard let group else { return try reader.variables(of: NetCDFReader.root) }
      guard let found = try reader.groups().first(where: { $0.name == group }) else {
        throw FileError(
          url,
          at: .member(group),
          "there is no such group",
          "name one that is there"
        )
      }
      return try reader.variables(of: found.number)
    }

    /// The numbers of a variable in row-major order, unpacked as its attributes `scale_factor` and
    /// `add_offset` say; what is missing, or was never written, is NaN.
    ///
    /// - Throws: ``FileError`` for text and other things that are no numbers, and where the file is
    ///   damaged.
    public func values(of variable: Variable) throws -> [Double] {
      guard Self.numbers.contains(variable.type) else {
        throw FileError(url, at: .member(variable.name), "it holds no numbers", "leave it out")
      }
      let count = variable.shape.reduce(1.0) { $0 * Double($1) }
      // A few bytes can promise any shape, and no packed file is a thousandth of what it holds.
      guard count <= max(1_000 * Double(byteCount), 1e6) else {
        throw FileError(
          url,
          at: .member(variable.name),
          "it has shape \(variable.shape), more than a file of \(byteCount) bytes can hold",
          FileError.fetchAgain
        )
      }
      try MemoryBound(url, fileBytes: byteCount).take(8 * count, for: variable.name)
      let values = try reader.values(of: variable, Int(count))
      let missing =
        try ["_FillValue", "missing_value"].compactMap { try reader.attribute($0, of: variable) }
        + Self.neverWritten(variable.type)
      let scale = try reader.attribute("scale_factor", of: variable) ?? 1
      let offset = try reader.attribute("add_offset", of: variable) ?? 0
      return values.map { value in
        missing.contains(value) ? .nan : scale == 1 && offset == 0 ? value : value * scale + offset
      }
    }

    private static let numbers: Set<nc_type> = [
      NC_BYTE, NC_UBYTE, NC_SHORT, NC_USHORT, NC_INT, NC_UINT, NC_INT64, NC_UINT64, NC_FLOAT,
      NC_DOUBLE,
    ]

    /// What NetCDF has at places that were never written, of types where it is no likely number.
    private static func neverWritten(_ type: nc_type) -> [Double] {
      type == NC_FLOAT || type == NC_DOUBLE ? [9.9692099683868690e+36] : []
    }
  }
#endif

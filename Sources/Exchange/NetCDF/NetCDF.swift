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
  /// There is a reader with the trait `NetCDF` only. The library finds files that are cut off; bytes that
  /// were changed on purpose may end the program inside it, so that files must be of somebody trusted.
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
      fileprivate let group: Int32
      fileprivate let number: Int32
      fileprivate let type: nc_type
    }

    private let url: URL
    private let root: Int32
    private let byteCount: Int

    /// The library keeps tables of its own, which threads must not change at once.
    private static let library = NSLock()

    /// Opens a file for as long as `body` runs, which must not open another.
    ///
    /// - Throws: ``FileError`` when it is missing, damaged or of another format.
    public static func withFile<Result>(
      at url: URL,
      _ body: (NetCDF) throws -> Result
    ) throws -> Result {
      let size = try OpenFile(url).size
      library.lock()
      defer { library.unlock() }
      var root: Int32 = 0
      // An absolute path: the library would fetch names such as `http://…`.
      let status = nc_open(url.absoluteURL.path, NC_NOWRITE, &root)
      guard status == NC_NOERR else {
        throw FileError(
          url,
          "it cannot be opened as NetCDF (\(meaning(of: status)))",
          FileError.fetchAgain
        )
      }
      defer { nc_close(root) }
      return try body(NetCDF(url: url, root: root, byteCount: size))
    }

    private static func meaning(of status: Int32) -> String { String(cString: nc_strerror(status)) }

    private func check(_ status: Int32, _ name: String? = nil) throws {
      guard status == NC_NOERR else {
        throw FileError(
          url,
          at: name.map { .member($0) },
          "it cannot be read (\(Self.meaning(of: status)))",
          FileError.fetchAgain
        )
      }
    }

    /// The names of the groups inside the file's own.
    ///
    /// - Throws: ``FileError``.
    public func groups() throws -> [String] { try groupsByNumber().map(\.name) }

    private func groupsByNumber() throws -> [(name: String, number: Int32)] {
      var count: Int32 = 0
      try check(nc_inq_grps(root, &count, nil))
      var numbers = [Int32](repeating: 0, count: Int(count))
      try check(nc_inq_grps(root, &count, &numbers))
      return try numbers.map { number in
        (try name { nc_inq_grpname(number, $0) }, number)
      }
    }

    private func name(_ read: (UnsafeMutablePointer<CChar>) -> Int32) throws -> String {
      // NetCDF's own limit; files with longer names are refused by the library.
      var bytes = [CChar](repeating: 0, count: Int(NC_MAX_NAME) + 1)
      try bytes.withUnsafeMutableBufferPointer { try check(read($0.baseAddress!)) }
      return String(decoding: bytes.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// The variables of a group; nil is what stands outside all groups.
    ///
    /// - Throws: ``FileError`` for a group that is not there.
    public func variables(of group: String?) throws -> [Variable] {
      var place = root
      if let group {
        guard let found = try groupsByNumber().first(where: { $0.name == group }) else {
          throw FileError(
            url,
            at: .member(group),
            "there is no such group",
            "name one that is there"
          )
        }
        place = found.number
      }
      var count: Int32 = 0
      try check(nc_inq_nvars(place, &count))
      return try (0..<count).map { try variable($0, of: place) }
    }

    private func variable(_ number: Int32, of group: Int32) throws -> Variable {
      let own = try name { nc_inq_varname(group, number, $0) }
      var (type, rank): (nc_type, Int32) = (0, 0)
      try check(nc_inq_vartype(group, number, &type), own)
      try check(nc_inq_varndims(group, number, &rank), own)
      var axes = [Int32](repeating: 0, count: Int(rank))
      try check(nc_inq_vardimid(group, number, &axes), own)
      var shape: [Int] = []
      let dimensions = try axes.map { axis in
        var length = 0
        try check(nc_inq_dimlen(group, axis, &length), own)
        shape.append(length)
        return try name { nc_inq_dimname(group, axis, $0) }
      }
      return Variable(
        name: own,
        dimensions: dimensions,
        shape: shape,
        group: group,
        number: number,
        type: type
      )
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
      try MachineMemory.require(8 * count, for: variable.name, of: url)
      var values = [Double](repeating: 0, count: Int(count))
      try check(nc_get_var_double(variable.group, variable.number, &values), variable.name)
      let missing =
        ["_FillValue", "missing_value"].compactMap { attribute($0, of: variable) }
        + Self.neverWritten(variable.type)
      let scale = attribute("scale_factor", of: variable) ?? 1
      let offset = attribute("add_offset", of: variable) ?? 0
      return values.map { value in
        missing.contains(value) ? .nan : scale == 1 && offset == 0 ? value : value * scale + offset
      }
    }

    /// An attribute that is a single number.
    private func attribute(_ name: String, of variable: Variable) -> Double? {
      var (type, length): (nc_type, Int) = (0, 0)
      guard nc_inq_att(variable.group, variable.number, name, &type, &length) == NC_NOERR,
        length == 1, Self.numbers.contains(type)
      else { return nil }
      var value = 0.0
      return nc_get_att_double(variable.group, variable.number, name, &value) == NC_NOERR
        ? value : nil
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

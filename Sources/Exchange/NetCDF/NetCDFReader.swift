#if NetCDF
  import CNetCDF
  import Foundation

  /// The process that reads a NetCDF file, and what it is asked.
  final class NetCDFReader {
    private let url: URL
    /// For tests, which end it.
    let process: Int32
    private let place: Int32
    /// What it may take for one answer: reading a megabyte takes far less than a tenth of a second.
    private let seconds: UInt32
    private var hasEnded = false

    /// The number by which a file's own group is asked for.
    static let root: Int32 = -1

    /// - Throws: ``FileError`` when the file cannot be opened.
    init(_ url: URL, byteCount: Int) throws {
      self.url = url
      seconds = UInt32(clamping: 60 + byteCount / 10_000_000)
      var place: Int32 = -1
      // An absolute path: the library would fetch names such as `http://…`.
      process = cnetcdf_start(url.absoluteURL.path, &place)
      self.place = place
      guard process >= 0 else {
        throw FileError(url, "no process can be started to read it", "close other programs")
      }
      try ask(CNETCDF_OPENED)
      let status = Int32(truncatingIfNeeded: try number())
      guard status == NC_NOERR else {
        end()
        throw FileError(
          url,
          "it cannot be opened as NetCDF (\(Self.meaning(of: status)))",
          FileError.fetchAgain
        )
      }
    }

    deinit { end() }

    /// Nothing can be asked any more.
    func end() {
      guard !hasEnded, process >= 0 else { return }
      hasEnded = true
      _ = cnetcdf_end(process, place)
    }

    /// The groups inside the file's own.
    func groups() throws -> [(name: String, number: Int32)] {
      try ask(CNETCDF_GROUPS)
      try check()
      return try (0..<count()).map { _ in
        let number = Int32(truncatingIfNeeded: try number())
        return (try name(), number)
      }
    }

    func variables(of group: Int32) throws -> [NetCDF.Variable] {
      try ask(CNETCDF_VARIABLES, group)
      try check()
      return try (0..<count()).map { index in
        try check()
        let own = try name()
        let type = nc_type(truncatingIfNeeded: try number())
        let axes = try (0..<count()).map { _ in
          try check(own)
          let length = try number()
          guard (0...Int64(Int32.max) * 1_000).contains(length) else { throw damaged() }
          return (length: Int(length), name: try name())
        }
        return NetCDF.Variable(
          name: own,
          dimensions: axes.map(\.name),
          shape: axes.map(\.length),
          group: group,
          number: Int32(index),
          type: type
        )
      }
    }

    /// All numbers of a variable.
    func values(of variable: NetCDF.Variable, _ count: Int) throws -> [Double] {
      try ask(CNETCDF_VALUES, variable.group, variable.number, count: count)
      try check(variable.name)
      var values = [Double](repeating: 0, count: count)
      try values.withUnsafeMutableBytes { try receive($0) }
      return values
    }

    /// An attribute that is a single number.
    func attribute(_ name: String, of variable: NetCDF.Variable) throws -> Double? {
      try ask(CNETCDF_ATTRIBUTE, variable.group, variable.number, attribute: name)
      let status = try number()
      var value = 0.0
      try withUnsafeMutableBytes(of: &value) { try receive($0) }
      return status == Int64(NC_NOERR) ? value : nil
    }

    private func ask(
      _ what: Int,
      _ group: Int32 = NetCDFReader.root,
      _ variable: Int32 = 0,
      count: Int = 0,
      attribute: String = ""
    ) throws {
      guard !hasEnded else { throw damaged() }
      var request = cnetcdf_request()
      (request.what, request.group) = (Int32(what), group)
      (request.variable, request.seconds, request.count) = (variable, seconds, UInt64(count))
      withUnsafeMutableBytes(of: &request.attribute) {
        $0.copyBytes(from: Array(attribute.utf8.prefix($0.count - 1)))
      }
      guard cnetcdf_send(place, &request, MemoryLayout.size(ofValue: request)) != 0 else {
        throw ended()
      }
    }

    private func receive(_ bytes: UnsafeMutableRawBufferPointer) throws {
      guard cnetcdf_receive(place, bytes.baseAddress, bytes.count) != 0 else { throw ended() }
    }

    private func number() throws -> Int64 {
      var number: Int64 = 0
      try withUnsafeMutableBytes(of: &number) { try receive($0) }
      return number
    }

    /// How many follow: what the library makes of a damaged file may be anything.
    private func count() throws -> Int {
      let count = try number()
      guard (0...1_000_000).contains(count) else { throw damaged() }
      return Int(count)
    }

    private func name() throws -> String {
      var bytes = [UInt8](repeating: 0, count: try count())
      try bytes.withUnsafeMutableBytes { try receive($0) }
      return String(decoding: bytes, as: UTF8.self)
    }

    private func check(_ name: String? = nil) throws {
      let status = Int32(truncatingIfNeeded: try number())
      guard status == NC_NOERR else {
        throw FileError(
          url,
          at: name.map { .member($0) },
          "it cannot be read (\(Self.meaning(of: status)))",
          FileError.fetchAgain
        )
      }
    }

    /// Why there is no answer.
    private func ended() -> FileError {
      guard !hasEnded else { return damaged() }
      hasEnded = true
      return cnetcdf_end(process, place) == SIGALRM
        ? FileError(url, "libnetcdf never ends reading it", FileError.fetchAgain) : damaged()
    }

    private func damaged() -> FileError {
      FileError(url, "it is damaged, and libnetcdf ends at it", FileError.fetchAgain)
    }

    private static func meaning(of status: Int32) -> String { String(cString: nc_strerror(status)) }
  }
#endif

#if NetCDF
  import Foundation
  import Testing

  @testable import Exchange

  /// Draws in NetCDF, with the numbers that the programs that wrote them were given.
  @Suite struct NetCDFTests {
    private struct Expected: Decodable {
      /// `[chains][draws][elements]` of each variable.
      let draws, packed: [String: [[[Double?]]]]
    }

    private let expected: Expected
    private let fixtures: URL

    init() throws {
      fixtures = try #require(Bundle.module.resourceURL).appendingPathComponent("Fixtures")
      expected = try JSONDecoder().decode(
        Expected.self,
        from: Data(contentsOf: fixtures.appendingPathComponent("netcdf.json"))
      )
    }

    private func written(_ bytes: [UInt8]) throws -> String {
      let url = FileManager.default.temporaryDirectory
        .appendingPathComponent("draws-\(UUID().uuidString).nc")
      try Data(bytes).write(to: url)
      return url.path
    }

    private func unpacked(_ name: String) throws -> [UInt8] {
      let packed = try BytesInTurn(fixtures.appendingPathComponent(name).path)
      var bytes = [UInt8]()
      var buffer = [UInt8](repeating: 0, count: 1 << 16)
      while case let count = try buffer.withUnsafeMutableBytes(packed.read(into:)), count > 0 {
        bytes += buffer[..<count]
      }
      return bytes
    }

    private func all(_ file: DrawFile) throws -> [[Double]] {
      var draws: [[Double]] = []
      while let draw = try file.next() { draws.append(draw) }
      return draws
    }

    @Test func inferenceDataOfArviZ() throws {
      let path = try written(unpacked("draws.nc.gz"))
      for (name, chains) in expected.draws {
        let file = try DrawFile(path, variables: [name])
        #expect(file.chainCount == 2 && file.promisedCount == 10)
        let interleaved = (0..<5).flatMap { draw in chains.map { $0[draw].map { $0! } } }
        #expect(try all(file) == interleaved, "\(name)")
        #expect(file.divergences == 1)
        #expect(file.remarks.contains { $0.contains("warmup_") })
      }
      let file = try DrawFile(path)
      #expect(try file.columns.variable("tau").shape == [2, 2])
      #expect(try all(DrawFile(path, divergences: .drop)).count == 9)
      let wrong = #expect(throws: DrawError.self) { try DrawFile(path, variables: ["bta"]) }
      #expect(wrong?.description.contains("did you mean beta?") == true)
      #expect(throws: DrawError.self) { try DrawFile(path, axes: .drawsFirst) }
    }

    @Test func axesByNameAndPackedNumbers() throws {
      let path = try written(unpacked("packed.nc.gz"))
      let file = try DrawFile(path)
      let chains = try #require(expected.packed["mu"])
      #expect(file.chainCount == 2 && file.columns.names.count == 3)
      // The last draw of the first chain has a missing number.
      for draw in 0..<4 {
        for chain in 0..<2 { #expect(try file.next() == chains[chain][draw].map { $0! }) }
      }
      let error = #expect(throws: DrawError.self) { try file.next() }
      #expect(error?.description.contains("nan for mu[1]") == true)
    }

    /// The library works in a process of its own, whose end is a sentence.
    @Test(arguments: [SIGKILL, SIGSEGV, SIGALRM]) func theLibraryEnds(signal: Int32) throws {
      let url = URL(fileURLWithPath: try written(unpacked("packed.nc.gz")))
      let reader = try NetCDFReader(url, byteCount: 9_527)
      let variables = try reader.variables(of: NetCDFReader.root)
      kill(reader.process, signal)
      for _ in 0..<2 {
        let error = #expect(throws: FileError.self) {
          // What is asked may be taken before the end is noticed.
          for _ in 0..<100 { _ = try reader.attribute("scale_factor", of: variables[0]) }
        }
        #expect(error?.description.contains(url.path) == true)
      }
      reader.end()
      #expect(try NetCDFReader(url, byteCount: 9_527).variables(of: NetCDFReader.root).count > 0)
    }

    /// Whatever single bytes become, there are draws or one sentence. At byte 13,527 libnetcdf 4.9 ends.
    @Test func changedBytes() throws {
      let bytes = try unpacked("draws.nc.gz")
      for place in stride(from: 0, to: bytes.count, by: 501) {
        var changed = bytes
        changed[place] ^= 0xFF
        let path = try written(changed)
        defer { try? FileManager.default.removeItem(atPath: path) }
        do {
          _ = try all(DrawFile(path))
        } catch {
          #expect(!"\(error)".contains("\n"), "byte \(place): \(error)")
        }
      }
    }

    @Test(arguments: [4, 8, 100, 1_000, 5_000])
    func filesThatAreCutOff(count: Int) throws {
      let path = try written(Array(unpacked("packed.nc.gz").prefix(count)))
      let sentence = "\(try #require(throws: (any Error).self) { try DrawFile(path) })"
      #expect(sentence.contains(path) && !sentence.contains("\n"))
    }
  }
#endif

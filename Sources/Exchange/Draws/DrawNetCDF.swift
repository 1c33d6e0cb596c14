import Foundation

/// Draws in NetCDF: ArviZ's InferenceData, or variables outside all groups, with axes `chain` and
/// `draw` in any place.
enum DrawNetCDF {
  #if NetCDF
    /// - Parameter length: How many numbers a variable has, where it is known.
    static func rows(_ path: String, _ axes: DrawAxes, length: Int?) throws -> [any DrawRows] {
      try NetCDF.withFile(at: URL(fileURLWithPath: path)) { file in
        try rows(of: file, path, axes, length: length)
      }
    }

    private static func rows(
      of file: NetCDF,
      _ path: String,
      _ axes: DrawAxes,
      length: Int?
    ) throws -> [any DrawRows] {
      let names = try file.groups()
      let outside = try variables(of: nil, file)
      var groups: [String: [String: NetCDF.Variable]] = [:]
      for name in names { groups[name] = try variables(of: name, file) }
      if groups["posterior"] == nil, groups["posterior_predictive"] == nil {
        guard !outside.isEmpty else {
          throw DrawError(
            "\(path) has no group posterior and no variables outside its groups"
              + (names.isEmpty ? "" : " (\(names.sorted().joined(separator: ", ")))")
          )
        }
        groups["posterior"] = outside
      }
      var arrays = DrawArrays(path)
      guard groups.values.contains(where: { $0.values.contains { $0.dimensions.contains(draw) } })
      else {
        for (name, variable) in outside {
          arrays.add(name) {
            DrawArrays.Member(
              name: name,
              shape: variable.shape,
              values: try file.values(of: variable)
            )
          }
        }
        return try arrays.rows(axes, length: length)
      }
      guard axes == .automatic else {
        throw DrawError("\(path) names the axes of its arrays: leave --axes out")
      }
      arrays.add(groups: groups) { try member($0, $1, file, path) }
      return try arrays.rows(.chainsFirst, length: length)
    }

    private static let (chain, draw) = ("chain", "draw")

    private static func variables(
      of group: String?,
      _ file: NetCDF
    ) throws -> [String: NetCDF.Variable] {
      let variables = try file.variables(of: group).filter { !$0.isCoordinate }
      return Dictionary(variables.map { ($0.name, $0) }) { first, _ in first }
    }

    /// A variable as `[chains, draws, …]`.
    private static func member(
      _ name: String,
      _ variable: NetCDF.Variable,
      _ file: NetCDF,
      _ path: String
    ) throws -> DrawArrays.Member {
      let names = variable.dimensions
      guard let draws = names.firstIndex(of: draw) else {
        throw DrawError("\(path): \(name) has no axis named \(draw)")
      }
      let values = try file.values(of: variable)
      let chains = names.firstIndex(of: chain)
      let order = (chains.map { [$0] } ?? []) + [draws]
      let rest = names.indices.filter { !order.contains($0) }
      let shape = (chains == nil ? [1] : []) + (order + rest).map { variable.shape[$0] }
      return DrawArrays.Member(
        name: name,
        shape: shape,
        values: reordered(values, variable.shape, order + rest)
      )
    }

    /// The numbers of an array of a shape, in row-major order of its axes in another order.
    private static func reordered(
      _ values: [Double],
      _ shape: [Int],
      _ order: [Int]
    ) -> [Double] {
      guard order != Array(shape.indices), !values.isEmpty else { return values }
      var strides = shape.map { _ in 1 }
      for axis in shape.indices.dropLast().reversed() {
        strides[axis] = strides[axis + 1] * shape[axis + 1]
      }
      var places = [0]
      for axis in order {
        let (length, stride) = (shape[axis], strides[axis])
        places = places.flatMap { place in (0..<length).map { place + $0 * stride } }
      }
      return places.map { values[$0] }
    }
  #else
    static func rows(_ path: String, _ axes: DrawAxes, length: Int?) throws -> [any DrawRows] {
      throw DrawError(
        "\(path) is NetCDF or HDF5, which this distill was built without: build it with (install "
          + "libnetcdf-dev, then `swift build -c release --traits defaults,NetCDF`, or `make install "
          + "TRAITS=NetCDF`), or \(DrawFormat.arviz("from_netcdf", path))"
      )
    }
  #endif
}

/// The density of u when `x = map(u)` has the density `base`.
struct TransformedDistribution: UnnormalizedDistribution {
  let base: any UnnormalizedDistribution
  let map: AffineMap

  var dimension: Int { base.dimension }

  func logDensity(at point: [Double]) -> Double {
    var x = map.offset
    map.apply(point, into: &x)
    return base.logDensity(at: x)
  }
}

/// ``TransformedDistribution`` of a density with a gradient: `∇ᵤ = matrixᵀ ∇ₓ`.
struct DifferentiableTransformedDistribution: DifferentiableDistribution {
  let base: any DifferentiableDistribution
  let map: AffineMap

  var dimension: Int { base.dimension }

  func logDensity(at point: [Double]) -> Double {
    var x = map.offset
    map.apply(point, into: &x)
    return base.logDensity(at: x)
  }

  func logDensity(at point: [Double], gradient: inout [Double]) -> Double {
    var x = map.offset
    map.apply(point, into: &x)
    var outer = [Double](repeating: 0, count: dimension)
    let value = base.logDensity(at: x, gradient: &outer)
    map.applyTransposed(outer, into: &gradient)
    return value
  }
}

@testable import Tensors

extension Operation {
  static let shapes: [Operation] = [
    .of("reshaped") { $0.reshaped(to: [4, -1]) },
    .of("transposed") { $0.transposed(0, 2) },
    .of("permuted") { $0.permuted(to: [1, 2, 0]) },
    .of("movingAxis") { $0.movingAxis(0, to: 2) },
    .of("insertedAndRemovedAxis") { $0.insertingAxis(0).insertingAxis(-2).removingAxis(0) },
    .of("broadcast") { $0.broadcast(to: [2, -1, 4]) },
    .of("flattened") { $0.flattened(from: 1) },
    Operation("concatenated") { [.concatenated($0)] },
    Operation("stacked") { [.stacked($0, along: 1)] },
    Operation("split") { $0[0].split(every: 3, along: -1) },
    Operation("unbound") { $0[0].unbound(along: -1) },
    .of("repeated") { $0.repeated([2, 2]) },
    .of("repeatingEach") { $0.repeatingEach(2, along: 1) },
    .of("reversed") { $0.reversed(along: 0, -1) },
    .of("rolled") { $0.rolled(by: 2, along: 1) },
    .of("padded") { $0.padded([(before: 2, after: 1), (before: 0, after: 1)], with: -1) },
    .of("lowerTriangle") { $0.lowerTriangle(diagonal: 1) },
    .of("upperTriangle") { $0.upperTriangle() },
    Operation("grid") { Tensor.grid($0) },
  ]

  static let indexing: [Operation] = [
    .of("selecting") { $0.selecting(-1, along: 1) },
    .of("slicing") { $0.slicing(1..<4, along: -1, by: 2) },
    .ofTwo("gatheringRows") { $0.gatheringRows($1, along: 1) },
    .ofTwo("gathering") { $0.gathering($1, along: 1) },
    Operation("scattering") { [$0[0].scattering($0[1], at: $0[2], along: 1)] },
    Operation("scatterAdding") { [$0[0].scatterAdding($0[1], at: $0[2], along: 1)] },
    Operation("addingSlices") { [$0[0].addingSlices($0[1], at: $0[2], along: 0)] },
    Operation("replacingSlices") { [$0[0].replacingSlices(with: $0[1], at: $0[2], along: 0)] },
    .ofTwo("filled") { $0.filled(with: -3.5, where: $1) },
    Operation("replacing") { [$0[0].replacing(with: $0[1], where: $0[2])] },
    .of("choosing", .none) { $0.choosing(1.5, else: -2).cast(to: .float64) },
    .of("nonZeroIndices", .none) { $0.nonZeroIndices },
    .ofTwo("elementsWhere") { $0.elements(where: $1) },
    .of("oneHot", .none) { $0.oneHot(classes: 4, .float64) },
    .of("diagonal") { $0.diagonal(offset: 1) },
    .ofTwo("insertionIndices", .none) { $0.insertionIndices(of: $1) },
    .ofTwo("insertionIndicesAfter", .none) { $0.insertionIndices(of: $1, afterEqual: true) },
  ]

  static let algebra: [Operation] = [
    .ofTwo("matmul") { $0.matmul($1) },
    .ofTwo("matmulVector") { $0.matmul($1) },
    Operation("linear") { [$0[0].linear(weight: $0[1], bias: $0[2])] },
    Operation("addingProduct") { [$0[0].adding(productOf: $0[1], and: $0[2], scale: 0.5)] },
    Operation("addingBatchProduct") { [$0[0].adding(productOf: $0[1], and: $0[2])] },
    .ofTwo("outerProduct") { $0.outerProduct($1) },
    .ofTwo("einsum") { .einsum("bij,bjk->ik", $0, $1) },
    // Symmetrised first: the factor is a function of symmetric matrices only.
    .of("choleskyFactor") { (($0 + $0.transposed()) / 2).choleskyFactor },
    .of("inverseMatrix") { $0.inverseMatrix },
    .ofTwo("solve") { $0.solve($1) },
    .ofTwo("solveTriangular") { $0.upperTriangle().solveTriangular($1, upper: true) },
    .of("logDeterminant") { $0.logDeterminant },
    .of("trace") { $0.trace },
    .of("eigenvalues") { (($0 + $0.transposed()) / 2).symmetricEigen.values },
    .of("singularValues") { $0.singularValues.s },
    .of("orthogonalProduct") {
      let (q, r) = $0.orthogonalFactors
      return q.matmul(r)
    },
    .ofTwo("pairwiseDistances") { $0.pairwiseDistances(to: $1) },
  ]

  static let layers: [Operation] = [
    Operation("convolved2D") {
      [$0[0].convolved2D(with: $0[1], bias: $0[2], stride: 2, padding: 1)]
    },
    .ofTwo("convolved2DGroups") { $0.convolved2D(with: $1, groups: 2) },
    Operation("convolved1D") { [$0[0].convolved1D(with: $0[1], bias: $0[2])] },
    .ofTwo("transposeConvolved2D") { $0.transposeConvolved2D(with: $1) },
    .of("maxPooled2D") { $0.maxPooled2D(size: 2, padding: 1) },
    .of("averagePooled2D") { $0.averagePooled2D(size: 2, padding: 1) },
    .of("maxPooled1D") { $0.maxPooled1D(size: 2) },
    .of("averagePooled1D") { $0.averagePooled1D(size: 2) },
    .of("adaptiveAveragePooled2D") { $0.averagePooled2D(toHeight: 2, width: 1) },
    .of("resized2D") { $0.resized2D(toHeight: 6, width: 3) },
    Operation("normalized") {
      let (x, mean, variance) = ($0[0], $0[1], $0[2])
      return [
        x.normalized(mean: mean, variance: variance, weight: $0[3], bias: $0[4], epsilon: 1e-3)
      ]
    },
    Operation("batchNormalized") {
      [$0[0].batchNormalized(weight: $0[1], bias: $0[2], epsilon: 1e-3)]
    },
    Operation("layerNormalized") {
      [$0[0].layerNormalized(over: [4], weight: $0[1], bias: $0[2], epsilon: 1e-3)]
    },
    Operation("groupNormalized") {
      [$0[0].groupNormalized(groups: 2, weight: $0[1], bias: $0[2], epsilon: 1e-3)]
    },
    .ofTwo("embedded") { $1.embedded(in: $0) },
    Operation("attention") {
      [.scaledDotProductAttention(queries: $0[0], keys: $0[1], values: $0[2])]
    },
    Operation("attentionOfHeads") {
      [.scaledDotProductAttention(queries: $0[0], keys: $0[1], values: $0[2])]
    },
    Operation("maskedAttention") {
      [.scaledDotProductAttention(queries: $0[0], keys: $0[1], values: $0[2], mask: $0[3])]
    },
    Operation("causalAttention") {
      [.scaledDotProductAttention(queries: $0[0], keys: $0[1], values: $0[2], isCausal: true)]
    },
  ]

  static let creation: [Operation] = [
    Operation("identity", .none) { _ in [.identity(3, .float64)] },
    Operation("range", .none) { _ in [.range(2..<11, by: 3)] },
    Operation("linearSpace", .none) { _ in [.linearSpace(from: -1, to: 2, count: 7, .float64)] },
    Operation("full", .none) { _ in [.full(2.5, [2, 2], .float64)] },
  ]
}

import GraphNetworks
import Language

extension GraphNetwork: Exportable {
  /// - Throws: ``ExportError``, always.
  public func append(to graph: inout StudentGraph) throws {
    throw ExportError(
      "a network that listens to neighbours needs their graph, which no form has: export a student "
        + "without a graph"
    )
  }
}

extension ByteNGrams: Exportable {
  /// - Throws: ``ExportError``, always.
  public func append(to graph: inout StudentGraph) throws {
    throw ExportError(
      "a classifier of n-grams finds its rows by hashes of 63 bits, which no form computes: use its "
        + "weights from Swift, as ByteNGrams"
    )
  }
}

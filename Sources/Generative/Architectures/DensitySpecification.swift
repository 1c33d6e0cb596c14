import Networks

/// A student that gives densities, in one line of text: `nade:500`, `made:1000-1000`, and in several
/// orders `deep-nade:500-500,orders:8`.
public struct DensitySpecification: Sendable {
  public let architecture: any DensityArchitecture

  /// The kinds that text may name where none are given, also inside recipes:
  ///
  /// ```swift
  /// try DensitySpecification.$known.withValue(kinds) { try run(recipe) }
  /// ```
  @TaskLocal public static var known: Catalogue<any DensityArchitecture.Type> = .densities

  /// What is written, and what it is.
  public static var notation: [(written: String, meaning: String)] {
    known.all.flatMap { $0.notation }
  }

  /// Reads a specification.
  ///
  /// - Throws: `SpecificationError` in one sentence with the place of what cannot be understood.
  public init(
    _ text: String,
    among kinds: Catalogue<any DensityArchitecture.Type> = DensitySpecification.known
  ) throws {
    let parts = try ArchitectureText(text, among: kinds) { $0.example }
    architecture = try kinds[parts.kind]!.init(parts)
  }
}

import Distill

/// A student of densities as it is written on the command line: a `DensitySpecification`.
package struct StudentText {
  package let architecture: any DensityArchitecture

  /// - Throws: `RunError` for what is no such student.
  package init(_ text: String) throws {
    do {
      architecture = try DensitySpecification(text).architecture
    } catch {
      throw RunError("\(error)")
    }
  }

  /// Refuses a loss that means nothing for such a student.
  package func check(_ loss: LossText) throws {
    guard architecture.seesOneOrderOfMany else { return }
    let fitting: [LossText.Name] = [.likelihood, .conditional]
    guard let other = loss.names.first(where: { !fitting.contains($0) }) else { return }
    throw RunError(
      "a student that learns many orders at once does not take the loss '\(other.word)', because "
        + "each step sees one order of many: choose likelihood or conditional"
    )
  }
}

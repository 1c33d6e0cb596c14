import Exchange
import Foundation

/// The names of classes in the order in which draws have them.
package struct ClassOrder {
  package let names: [String]
  /// What was guessed, for people.
  package var remarks: [String] = []

  /// - Parameters:
  ///   - count: The classes that the draws are of.
  ///   - isChoiceOfTwo: Whether draws are weights of the second of two classes.
  /// - Throws: `RunError` where names would be laid over the draws at random.
  package init(
    _ plan: PredictivePlan,
    _ data: PredictiveData?,
    _ count: Int,
    isChoiceOfTwo: Bool = false
  ) throws {
    if let said = plan.data.classes {
      guard said.count == count else {
        throw RunError(
          "--classes names \(said.count) classes where the draws are of \(count): name those in the "
            + "draws' order"
        )
      }
      names = said
      return
    }
    guard let found = data?.classes, !found.isEmpty else {
      names = (0..<count).map(String.init)
      return
    }
    let shown = found.prefix(12).joined(separator: ",")
    if plan.draws.files.isEmpty {
      names = found
    } else if let numbered = Self.numbered(found, count) {
      names = numbered
    } else if found.count != count {
      throw RunError(
        "the draws are of \(count) classes and the outcomes of \(found.count) (\(shown)): name all of "
          + "them in the draws' order by --classes"
      )
    } else if isChoiceOfTwo {
      names = found
      remarks = [
        "the draws' weights are taken for those of \(found[1]), the second of \(shown) (--classes "
          + "\(found[1]),\(found[0]) for those of \(found[0]))"
      ]
    } else {
      throw RunError(
        "the outcomes are names (\(shown)) whose order in the draws is not known: give it by --classes, "
          + "such as --classes \(shown)"
      )
    }
  }

  /// Classes that are numbers, those that no outcome has too: counted from 0, or from 1.
  private static func numbered(_ found: [String], _ count: Int) -> [String]? {
    guard found.allSatisfy({ Double($0) != nil }) else { return nil }
    if found.count == count { return found }
    let numbers = found.compactMap { Double($0).flatMap(Int.init(exactly:)) }
    guard numbers.count == found.count, let low = numbers.min(), let high = numbers.max() else {
      return nil
    }
    if low == 0, high < count { return (0..<count).map(String.init) }
    if low >= 1, high == count { return (1...count).map(String.init) }
    return nil
  }
}

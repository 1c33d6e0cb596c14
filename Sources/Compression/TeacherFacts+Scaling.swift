import Exchange
import Foundation

extension TeacherFacts {
  /// What a teacher is asked about numbers that are scaled otherwise than those it was trained on; nil
  /// where its file says nothing, or the same within a quarter of a deviation.
  package func warning(of data: DataPlan) -> String? {
    guard let scaling else { return nil }
    // Numbers that are as small as the teacher's were after their division are taken as divided.
    let divided = divisor ?? 1
    let isDivided = (data.inputRange?.last ?? 0) <= 1.5 * (largest ?? 255) / divided
    let (theirs, own) = (isDivided ? 1 : divided, data.source.divisor ?? 1)
    guard !scaling.isNear(data.scaling, dividedBy: theirs, own) else { return nil }
    func text(_ scaling: ExampleScaling, _ divisor: Double) -> String {
      let done = scaling.text(after: divisor)
      return done.isEmpty ? "taken as they are" : done
    }
    return "the teacher's file says that it was trained on numbers \(text(scaling, theirs)), and "
      + "here they are \(text(data.scaling, own)): leave --normalize out to have them as it knows them"
  }
}

extension ExampleScaling {
  /// What is done to numbers, in words; empty where they stay as they are.
  func text(after divisor: Double) -> String {
    func text(_ number: Double) -> String { String(format: "%.4g", number) }
    let pairs = mean.count
    let scaled =
      pairs == 0
      ? ""
      : pairs == 1
        ? "(x − \(text(mean[0]))) / \(text(deviation[0]))"
        : "(x − mean) / deviation with \(pairs) pairs"
    return [divisor == 1 ? "" : "divided by \(text(divisor))", scaled].filter { !$0.isEmpty }
      .joined(separator: ", then ")
  }

  /// Whether another scaling makes about the same of numbers that were divided before.
  func isNear(_ other: ExampleScaling, dividedBy divisor: Double, _ otherDivisor: Double) -> Bool {
    /// A number's place of zero and its unit, in the file's numbers.
    func place(_ scaling: ExampleScaling, _ index: Int, _ divisor: Double) -> (Double, Double) {
      guard !scaling.mean.isEmpty else { return (0, divisor) }
      let one = min(index, scaling.mean.count - 1)
      return (scaling.mean[one] * divisor, scaling.deviation[one] * divisor)
    }
    let counts = Set([mean.count, other.mean.count].filter { $0 > 1 })
    guard counts.count <= 1 else { return false }
    return (0..<(counts.first ?? 1)).allSatisfy { index in
      let (zero, unit) = place(self, index, divisor)
      let (otherZero, otherUnit) = place(other, index, otherDivisor)
      return abs(zero - otherZero) <= 0.25 * unit && (0.8...1.25).contains(otherUnit / unit)
    }
  }
}

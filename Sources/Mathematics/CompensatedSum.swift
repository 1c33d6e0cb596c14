/// Neumaier's sum (1974): the rounding of every addition is kept and added at the end.
package struct CompensatedSum {
  private var sum = 0.0
  private var lost = 0.0

  package init() {}

  package mutating func add(_ term: Double) {
    let next = sum + term
    lost += abs(sum) >= abs(term) ? (sum - next) + term : (term - next) + sum
    sum = next
  }

  package var value: Double { sum.isFinite ? sum + lost : sum }
}

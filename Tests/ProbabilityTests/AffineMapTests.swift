import Testing

@testable import Probability

@Suite struct AffineMapTests {
  @Test func anAffineMapIsUndone() {
    let map = AffineMap(offset: [1, -2, 3], matrix: [0, 2, 1, 1, 0, 0, 4, 1, 3])
    var x = [0.0, 0, 0]
    map.apply([0.5, -1, 2], into: &x)
    for (a, b) in zip(map.preimage(of: x), [0.5, -1, 2]) { #expect(abs(a - b) < 1e-14) }
  }
}

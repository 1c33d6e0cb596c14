import Testing

@testable import Tensors

/// Tensors as values: shapes at the edges, views, reading memory, text.
@Suite struct ValueTests {
  let table = Tensor([[1, 2, 3], [4, 5, 6]] as [[Float]])

  @Test func numbersWithoutAxes() {
    let x = Tensor(3.5)
    #expect(x.shape == [] && x.rank == 0 && x.count == 1)
    #expect(x.scalars(Double.self) == [3.5])
    #expect(x.sum().doubleValue == 3.5 && x.maximum().doubleValue == 3.5)
    #expect(x.softmax().doubleValue == 1)
    #expect((x + table).shape == [2, 3])
    #expect(x.reshaped(to: [1, 1]).shape == [1, 1])
    #expect(x.logSumExp().doubleValue == 3.5)
    #expect(x.description == "3.5")
  }

  @Test func tensorsWithoutElements() {
    let empty = Tensor([] as [Float])
    #expect(empty.shape == [0] && empty.count == 0 && empty.scalars(Float.self) == [])
    #expect(empty.withUnsafeBytes { $0.count } == 0)
    #expect(empty.sum().doubleValue == 0 && empty.isAllTrue && !empty.containsTrue)
    #expect(empty.mean().doubleValue.isNaN)
    #expect(Tensor.zeros([2, 0]).matmul(.ones([0, 3])).scalars(Float.self) == [0, 0, 0, 0, 0, 0])
    #expect(Tensor.zeros([0, 3]).unbound(along: 0).isEmpty)
    #expect(Tensor.zeros([0, 3]).split(every: 2).map(\.shape) == [[0, 3]])
    #expect(Tensor.concatenated([table, .zeros([0, 3])]).shape == [2, 3])
    #expect(empty.largestDifference(from: empty) == 0)
    #expect(Tensor([[Float]]()).shape == [0, 0])
    #expect(empty.description == "[]" && Tensor.zeros([2, 0]).description == "[[], []]")
  }

  @Test func negativeAxesCountFromTheEnd() {
    let x = Tensor.range(0..<24, .float64).reshaped(to: [2, 3, 4])
    for axis in 0..<3 {
      let back = axis - 3
      #expect(x.sum(along: axis).largestDifference(from: x.sum(along: back)) == 0)
      #expect(
        x.selecting(-1, along: axis).largestDifference(
          from: x.selecting(x.shape[axis] - 1, along: back)
        ) == 0
      )
      #expect(x.unbound(along: back).count == x.shape[axis])
      #expect(x.split(every: 2, along: back).count == (x.shape[axis] + 1) / 2)
      #expect(x.slicing(0..<1, along: back).shape[axis] == 1)
      #expect(x.softmax(along: back).largestDifference(from: x.softmax(along: axis)) == 0)
    }
  }

  @Test func memoryOfViewsIsReadInRowMajorOrder() {
    let turned = table.transposed()
    #expect(turned.scalars(Float.self) == [1, 4, 2, 5, 3, 6])
    #expect(turned.scalars(Int.self) == [1, 4, 2, 5, 3, 6])
    #expect(
      turned.withUnsafeBytes { Array($0.bindMemory(to: Float.self)) } == [1, 4, 2, 5, 3, 6]
    )
    #expect(table[1].scalars(Float.self) == [4, 5, 6])
    #expect(table.slicing(0..<3, along: 1, by: 2).scalars(Float.self) == [1, 3, 4, 6])
    let stretched = Tensor([7] as [Float]).broadcast(to: [2, 2])
    #expect(stretched.withUnsafeBytes { $0.count } == 16)
    #expect(stretched.scalars(Float.self) == [7, 7, 7, 7])
  }

  @Test func memoryIsUniqueOnlyWhileNothingElseSeesIt() {
    var x = Tensor.ones([3])
    /// `#expect` cannot call a mutating getter itself.
    func isUnique() -> Bool { x.isUniquelyReferenced }
    #expect(isUnique())
    var others: [Tensor] = [x]
    #expect(!isUnique())
    others = [x[0..<2]]
    #expect(!isUnique())
    others = [x.startingGraph.squared]
    #expect(!isUnique())
    others = [x + 1]
    #expect(isUnique())
    #expect(others.count == 1)
  }

  @Test func assignmentOperatorsLeaveTheOldValueAlone() {
    let old = Tensor([1, 2] as [Float])
    var new = old
    new += old
    new *= 3
    new -= old
    new /= old
    #expect(new.scalars(Float.self) == [5, 5] && old.scalars(Float.self) == [1, 2])
  }

  @Test func textIsNestedListsShortened() {
    #expect(table.description == "[[1, 2, 3], [4, 5, 6]]")
    #expect(Tensor([0.5, -1, .infinity, .nan]).description == "[0.5, -1, inf, nan]")
    #expect(Tensor([true, false]).description == "[true, false]")
    #expect(Tensor.range(0..<100).description == "[0, 1, 2, 3, …, 97, 98, 99]")
    #expect(Tensor([0.1] as [Float]).description == "[0.1]")
  }
}

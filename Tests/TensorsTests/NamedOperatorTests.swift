import Testing

@testable import Tensors

/// Operators whose names come from files.
@Suite struct NamedOperatorTests {
  @Test func unknownNamesAreNil() {
    #expect(NamedOperator("aten::no_such", "") == nil)
    #expect(NamedOperator("aten::add", "NoSuch") == nil)
    #expect(NamedOperator("", "") == nil)
  }

  @Test func schemaIsKnown() throws {
    let add = try #require(NamedOperator("aten::add", "Tensor"))
    #expect(add.name == "aten::add.Tensor")
    #expect(add.arguments.map(\.name) == ["self", "other", "alpha"])
    #expect(add.arguments.map(\.aliasing) == [.reads, .reads, .reads])
    #expect(!add.isRandom)
    let inPlace = try #require(NamedOperator("aten::add_", "Tensor"))
    #expect(inPlace.arguments[0].aliasing == .writes)
    let view = try #require(NamedOperator("aten::view", ""))
    #expect(view.arguments[0].aliasing == .shares)
    let random = try #require(NamedOperator("aten::bernoulli", ""))
    #expect(random.isRandom)
  }

  /// Files write 1 for 1.0, and one integer for a list of equal ones.
  @Test func argumentsFitTheSchema() throws {
    let x = Tensor([1, 4, 9] as [Float])
    let clamp = try #require(NamedOperator("aten::hardtanh", ""))
    guard
      case .tensor(let clamped) = try clamp.results(
        [.tensor(x), .integer(2), .integer(5)],
        capacity: 1
      )[0]
    else {
      Issue.record("no tensor")
      return
    }
    #expect(clamped.scalars(Float.self) == [2, 4, 5])
    let pool = try #require(NamedOperator("aten::max_pool2d", ""))
    guard
      case .tensor(let pooled) = try pool.results(
        [.tensor(.ones([1, 1, 4, 4])), .integers([2]), .integer(2)],
        capacity: 1
      )[0]
    else {
      Issue.record("no tensor")
      return
    }
    #expect(pooled.shape == [1, 1, 2, 2])
    // A number in place of a tensor does not make others wider.
    let multiply = try #require(NamedOperator("aten::mul", "Tensor"))
    guard case .tensor(let scaled) = try multiply.results([.tensor(x), .real(0.5)], capacity: 1)[0]
    else {
      Issue.record("no tensor")
      return
    }
    #expect(scaled.elementType == .float32)
    #expect(scaled.scalars(Float.self) == [0.5, 2, 4.5])
  }

  @Test func resultsMayBeNumbers() throws {
    let size = try #require(NamedOperator("aten::sym_size", "int"))
    guard
      case .integer(3) = try size.results([.tensor(.ones([2, 3])), .integer(1)], capacity: 1)[0]
    else {
      Issue.record("not the length of the axis")
      return
    }
    let item = try #require(NamedOperator("aten::item", ""))
    guard case .real(1) = try item.results([.tensor(.ones([]))], capacity: 1)[0] else {
      Issue.record("not the number")
      return
    }
    let split = try #require(NamedOperator("aten::unbind", "int"))
    #expect(try split.results([.tensor(.ones([3, 2])), .integer(0)], capacity: 3).count == 3)
  }

  @Test func failuresThrow() throws {
    let product = try #require(NamedOperator("aten::mm", ""))
    let error = #expect(throws: TorchError.self) {
      try product.results([.tensor(.ones([2, 3])), .tensor(.ones([2, 3]))], capacity: 1)
    }
    #expect(error?.description.contains("\n") == false)
    #expect(throws: TorchError.self) { try product.results([.tensor(.ones([2, 3]))], capacity: 1) }
    #expect(throws: TorchError.self) {
      try product.results([.integer(1), .integer(2)], capacity: 1)
    }
    let many = [Argument](repeating: .tensor(.ones([2, 2])), count: 9)
    #expect(throws: TorchError.self) { try product.results(many, capacity: 1) }
    let split = try #require(NamedOperator("aten::unbind", "int"))
    #expect(throws: TorchError.self) {
      try split.results([.tensor(.ones([3, 2])), .integer(0)], capacity: 2)
    }
  }
}

import Testing

@testable import Tensors

@Suite struct ElementTypeTests {
  @Test(arguments: ElementType.allCases)
  func smallNumbersSurviveEveryType(type: ElementType) {
    let numbers: [Double] = type == .bool ? [0, 1, 1] : [0, 1, 127]
    let tensor = Tensor(numbers).cast(to: type)
    #expect(tensor.elementType == type)
    #expect(tensor.scalars(Double.self) == numbers)
    #expect(tensor.withUnsafeBytes { $0.count } == 3 * type.byteCount)
    #expect(ElementType(torch: type.torch) == type)
    let copy = tensor.withUnsafeBytes { Tensor(copying: $0, shape: [3], elementType: type) }
    #expect(copy.elementType == type && copy.scalars(Double.self) == numbers)
    let zeros = Tensor.zeros([2], type)
    #expect(zeros.elementType == type && zeros.scalars(Double.self) == [0, 0])
    #expect(tensor.isTracked == false)
  }

  @Test func extremesOfSwiftTypesComeBack() {
    func roundTrip<T: TensorScalar & Equatable>(_ scalars: [T]) {
      #expect(Tensor(scalars).elementType == T.elementType)
      #expect(Tensor(scalars).scalars(T.self) == scalars)
    }
    roundTrip([UInt8.min, UInt8.max])
    roundTrip([Int8.min, Int8.max])
    roundTrip([Int16.min, Int16.max])
    roundTrip([Int32.min, Int32.max])
    roundTrip([Int64.min, Int64.max])
    roundTrip([Int.min, Int.max])
    roundTrip([Float.leastNonzeroMagnitude, .greatestFiniteMagnitude, .infinity])
    roundTrip([Double.leastNonzeroMagnitude, .greatestFiniteMagnitude, -.infinity])
    roundTrip([true, false])
    #if !(os(macOS) && arch(x86_64))
      roundTrip([Float16.leastNonzeroMagnitude, .greatestFiniteMagnitude])
    #endif
  }

  /// BFloat16 has spacing 2⁻⁷ at 1, Float16 2⁻¹⁰; ties go to the even neighbour.
  @Test func shortTypesRoundToNearestEven() {
    // 1 + 2⁻⁸ and 1 + 3·2⁻⁸ are ties, the third lies above one.
    let coarse: [Double] = [0x1.01p0, 0x1.03p0, 0x1.0101p0]
    let coarseRounded: [Double] = [1, 0x1.04p0, 0x1.02p0]
    #expect(Tensor(coarse).cast(to: .bfloat16).scalars(Double.self) == coarseRounded)
    let fine: [Double] = [0x1.002p0, 0x1.006p0, 65504, 65520]
    let fineRounded: [Double] = [1, 0x1.008p0, 65504, .infinity]
    #expect(Tensor(fine).cast(to: .float16).scalars(Double.self) == fineRounded)
    #expect(Tensor([3e38 as Float]).cast(to: .bfloat16).isAllFinite)
  }

  @Test func scalarsKeepShortTypes() {
    let x = Tensor([1, 2] as [Float]).cast(to: .bfloat16)
    #expect((x * 0.5).elementType == .bfloat16)
    #expect((x * 0.5).scalars(Float.self) == [0.5, 1])
    #expect((1 - x).elementType == .bfloat16)
    #expect("\(x * 0.1)" == "[0.100097656, 0.20019531]")
  }

  @Test func integersKeepTheirTypeBesideWholeNumbersOnly() {
    let x = Tensor([1, 2, 3] as [Int])
    #expect((x + 1).elementType == .int64)
    #expect((x * 2).scalars(Int.self) == [2, 4, 6])
    #expect((10 - x).scalars(Int.self) == [9, 8, 7])
    #expect((x * 0.5).elementType == .float32)
    #expect((x * 0.5).scalars(Float.self) == [0.5, 1, 1.5])
    #expect((x / 2).scalars(Float.self) == [0.5, 1, 1.5])
    #expect((x / x).elementType == .float32)
    #expect((6 / x).scalars(Float.self) == [6, 3, 2])
    #expect(x.dividedDown(by: 2).scalars(Int.self) == [0, 1, 1])
    #expect(x.remainder(dividingBy: 2).scalars(Int.self) == [1, 0, 1])
    #expect(x.raised(to: 2).scalars(Int.self) == [1, 4, 9])
    #expect(x.clamped(min: 2).scalars(Int.self) == [2, 2, 3])
    #expect(x.filled(with: 7, where: x .> 1).scalars(Int.self) == [1, 7, 7])
    #expect(x.filled(with: 7, at: Tensor([2]), along: 0).scalars(Int.self) == [1, 2, 7])
    #expect(x.sum().scalar(Int.self) == 6)
  }

  @Test func bytesWrapAndBoolsCount() {
    let bytes = Tensor([0, 254, 255] as [UInt8])
    #expect((bytes + 1).elementType == .uint8)
    #expect((bytes + 1).scalars(UInt8.self) == [1, 255, 0])
    #expect((bytes * 0.5).scalars(Float.self) == [0, 127, 127.5])
    #expect(bytes.sum().scalar(Int.self) == 509)
    let bools = Tensor([true, false, true])
    #expect(bools.sum().scalar(Int.self) == 2)
    #expect((bools + 1).elementType == .int64)
  }

  /// 2²⁴ + 1 and 2⁵³ + 1 are the first integers that Float and Double cannot hold.
  @Test func largeIntegersCompareExactly() {
    let numbers: [Int] = [16_777_217, 9_007_199_254_740_993, Int.max]
    let x = Tensor(numbers)
    #expect((x .== 16_777_216).scalars(Bool.self) == [false, false, false])
    #expect((x .> 9_007_199_254_740_992).scalars(Bool.self) == [false, true, true])
    #expect(x.description == "[16777217, 9007199254740993, 9223372036854775807]")
  }

  @Test func mixedTypesGoToTheWider() {
    let x = Tensor([1, 2] as [Float])
    #expect((x + Tensor([1, 2] as [Double])).elementType == .float64)
    #expect((x + Tensor([1, 2] as [Int])).elementType == .float32)
    #expect((x.cast(to: .bfloat16) + x.cast(to: .float16)).elementType == .float32)
  }
}

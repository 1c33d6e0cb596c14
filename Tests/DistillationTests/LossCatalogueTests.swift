import Foundation
import Networks
import Tensors
import Testing

@testable import Distillation

/// What must hold for every loss there is.
@Suite struct LossCatalogueTests {
  /// Values and gradients in Float64 differ from the reference by rounding alone: some hundred
  /// operations of relative error 1e−16 on numbers near 1.
  @Test(arguments: LossCase.catalogue.filter { $0.comparesDerivatives })
  func valueAndGradientMatchAnIndependentImplementation(_ loss: LossCase) throws {
    let fixture = loss.fixture
    let reference = try #require(fixture.losses[loss.loss.description])
    let teacher = loss.teacher(fixture.memberNetworks[0])
    let (value, gradient) = try loss.gradient(
      fixture.studentNetwork,
      teacher,
      fixture.batch,
      fixture.directionTensor
    )
    #expect(abs(value - reference.value) < 1e-12 * max(1, abs(reference.value)))
    #expect(gradient.largestDifference(from: Tensor(reference.gradient)) < 1e-11)
  }

  @Test(
    arguments: LossCase.catalogue.filter {
      $0.loss.needs.teacher && !$0.exceptions.contains(.learnsMembers)
    }
  )
  func isAtItsMinimumWhereStudentIsTeacher(_ loss: LossCase) throws {
    let fixture = loss.fixture
    let network = fixture.memberNetworks[0]
    let teacher = loss.teacher(network)
    let (least, gradient) = try loss.gradient(
      network,
      teacher,
      fixture.batch,
      fixture.directionTensor
    )
    let left = loss.exceptions.contains(.addsSmallNumbers) ? 1e-7 : 1e-13
    #expect(gradient.magnitude.maximum().doubleValue < left)
    for seed in 0..<20 as Range<UInt64> {
      let other = try loss.value(
        tanhNetwork(fixture.widths, seed: seed),
        teacher,
        fixture.batch,
        fixture.directionTensor
      )
      #expect(other.doubleValue > least)
    }
  }

  /// Labels have no teacher that a student could equal: the least loss is at the distribution that
  /// labels and smoothing describe.
  @Test(arguments: [0, 0.1, 0.5])
  func crossEntropyIsLeastAtTheSmoothedLabels(smoothing: Double) throws {
    let labels = Tensor([0, 2, 1] as [Int])
    let target = labels.oneHot(classes: 3, .float64) * (1 - smoothing) + smoothing / 3
    func loss(_ probabilities: Tensor) throws -> Double {
      let student = Observation(probabilities, meaning: .probabilities)
      let comparison = Comparison(student, labels: labels, inputs: .zeros([3, 1]))
      return try Loss.crossEntropy(labelSmoothing: smoothing)(comparison).doubleValue
    }
    let least = try loss(target)
    for seed in 0..<20 as Range<UInt64> {
      let other = Tensor.normal([3, 3], .float64, using: RandomGenerator(seed: seed)).softmax()
      #expect(try loss(other) > least)
    }
  }

  /// A central difference with step h is wrong by h²/6 times a third derivative and by rounding
  /// 1e−16/h: about 1e−11 for h = 1e−5 on functions of size 1.
  @Test(arguments: LossCase.catalogue.filter { !$0.exceptions.contains(.holdsConstants) })
  func gradientAgreesWithFiniteDifferences(_ loss: LossCase) throws {
    let fixture = loss.fixture
    let student = fixture.studentNetwork
    let teacher = loss.teacher(fixture.memberNetworks[0])
    let (_, gradient) = try loss.gradient(student, teacher, fixture.batch, fixture.directionTensor)
    let originals = student.parameters.map(\.value)
    let h = 1e-5
    for seed in 0..<5 as Range<UInt64> {
      let generator = RandomGenerator(seed: seed)
      let direction = originals.map { Tensor.normal($0.shape, .float64, using: generator) }
      func value(at step: Double) throws -> Double {
        for (parameter, (original, along)) in zip(student.parameters, zip(originals, direction)) {
          parameter.replace(with: original + along * step)
        }
        return try loss.value(student, teacher, fixture.batch, fixture.directionTensor).doubleValue
      }
      let difference = try (value(at: h) - value(at: -h)) / (2 * h)
      let slope = gradient.matmul(.concatenated(direction.map { $0.flattened() })).doubleValue
      #expect(abs(difference - slope) < 1e-7 * max(1, abs(slope)))
    }
  }

  @Test(arguments: LossCase.catalogue)
  func orderAndSplittingOfTheBatchChangeNothing(_ loss: LossCase) throws {
    let fixture = loss.fixture
    let student = fixture.studentNetwork
    let teacher = loss.teacher(fixture.memberNetworks[0])
    func part(_ indices: [Int]) throws -> (value: Double, gradient: Tensor) {
      let rows = Tensor(indices)
      let batch = Batch(
        fixture.batch.inputs[rows: rows],
        labels: fixture.batch.labels![rows: rows]
      )
      return try loss.gradient(student, teacher, batch, fixture.directionTensor[rows: rows])
    }
    let whole = try part([0, 1, 2, 3, 4, 5])
    let isOrdered = loss.exceptions.contains(.ordersExamples)
    let permuted = try part(isOrdered ? [5, 4, 3, 2, 1, 0] : [3, 0, 5, 4, 1, 2])
    #expect(abs(whole.value - permuted.value) < 1e-13 * max(1, abs(whole.value)))
    #expect(whole.gradient.largestDifference(from: permuted.gradient) < 1e-12)
    if loss.exceptions.contains(.relatesExamples) { return }
    let (small, large) = try (part([0, 1]), part([2, 3, 4, 5]))
    #expect(abs(whole.value - (2 * small.value + 4 * large.value) / 6) < 1e-12)
    let joined = (small.gradient * 2 + large.gradient * 4) / 6
    #expect(whole.gradient.largestDifference(from: joined) < 1e-12)
  }

  /// Logits from −1e4 to 1e4 in Float32: the student right, wrong and anything between.
  @Test(arguments: LossCase.catalogue)
  func staysFiniteForHugeLogits(_ loss: LossCase) throws {
    let fixture = loss.fixture
    let student = fixture.studentNetwork
    let taught = fixture.memberNetworks[0]
    for network in [student, taught] { network.move(.float32) }
    let inputs = fixture.batch.inputs.cast(to: .float32)
    let batch = Batch(inputs, labels: fixture.batch.labels)
    let directions = fixture.directionTensor.cast(to: .float32)
    let outputs = fixture.widths[2]
    for size in [100, 1e3, 1e4] as [Float] {
      for (mine, theirs) in [(0, 0), (0, 1), (1, 0), (1, 2)] as [(Int, Int)] {
        func bias(_ peak: Int) -> Tensor {
          let values = (0..<outputs).map { $0 == peak ? size : -size }
          return Tensor(values)
        }
        student.parameters[3].replace(with: bias(mine))
        taught.parameters[3].replace(with: bias(theirs))
        let teacher = loss.teacher(taught)
        let (value, gradient) = try loss.gradient(student, teacher, batch, directions)
        #expect(value.isFinite)
        #expect(gradient.isAllFinite)
      }
    }
  }

  /// A single logit z is the two logits (0, z) in another form.
  @Test(arguments: LossCase.catalogue.filter(\.isBinary))
  func aSingleLogitIsTwoClasses(_ loss: LossCase) throws {
    // Logits are compared as they are, and labels each: of one logit there is one, of two there are two.
    let name = loss.loss.terms[0].name
    if ["squaredErrorOnLogits", "squaredError", "binaryCrossEntropy"].contains(name) { return }
    let fixture = loss.fixture
    func value(_ networks: [any Module]) throws -> Double {
      try loss.value(
        networks[0],
        ModuleTeacher(Both(networks[1])),
        fixture.batch,
        fixture.directionTensor
      ).doubleValue
    }
    let (student, teacher) = (fixture.studentNetwork, fixture.memberNetworks[0])
    let single = try loss.value(
      student,
      ModuleTeacher(teacher),
      fixture.batch,
      fixture.directionTensor
    ).doubleValue
    #expect(try abs(value([Both(student), teacher]) - single) < 1e-13 * max(1, abs(single)))
    #expect(try abs(value([student, teacher]) - single) < 1e-13 * max(1, abs(single)))
  }
}

/// The logits (0, z) of a network with the single logit z.
private struct Both: Module {
  let network: any Module

  init(_ network: any Module) { self.network = network }

  func forward(_ input: Tensor, _ pass: Pass) -> Tensor {
    let logit = network(input, pass)
    return .concatenated([logit.zerosLike, logit], along: 1)
  }
}

import Networks
import Tensors
import Testing

@testable import Distillation

@Suite struct ReusedHeadTests {
  private let head = Linear(8, 3, using: RandomGenerator(seed: 1))
  private let body = Linear(6, 8, using: RandomGenerator(seed: 2))

  private var teacher: Sequential { Sequential(body, Activation.tanh, head) }

  @Test func theHeadIsTheTeachersAndStays() throws {
    let generator = RandomGenerator(seed: 3)
    let student = ReusedHeadStudent(
      Linear(6, 4, using: generator),
      projector: Linear(4, 8, using: generator),
      head: head
    )
    #expect(student.namedParameters.map(\.path).last == "head.bias")
    #expect(student.parameters.count == 4)
    let (before, first) = (head.bits, student.backbone.bits)
    let record = try distill(
      ModuleTeacher(teacher),
      into: student,
      on: someExamples().batches(of: 10, epochs: 40, shuffled: 1),
      minimizing: .reusedHead(teacher: "1"),
      // Decay would move even what no gradient reaches.
      using: SGD(learningRate: 0.1, momentum: 0.9, weightDecay: 1e-4)
    )
    #expect(head.bits == before)
    #expect(student.backbone.bits != first)
    let losses = record.losses.means
    let (start, end) = (losses.prefix(10).reduce(0, +), losses.suffix(10).reduce(0, +))
    #expect(end < start / 2)
  }

  @Test func withTheTeachersFeaturesItIsTheTeacher() {
    let student = ReusedHeadStudent(body, projector: Activation.tanh, head: head)
    let inputs = someExamples().inputs
    #expect(student(inputs).largestDifference(from: teacher(inputs)) == 0)
  }

  @Test func theBottleneckIsThePapers() {
    let projector: Sequential = .bottleneck(6, to: 8, using: RandomGenerator(seed: 1))
    let weights = projector.parameters.map(\.shape).filter { $0.count == 4 }
    #expect(weights == [[4, 6, 1, 1], [4, 4, 3, 3], [8, 4, 1, 1]])
    let map = projector(.ones([2, 6, 5, 5]))
    #expect(map.shape == [2, 8, 5, 5])
    #expect(map.minimum().doubleValue >= 0)
  }
}

import Foundation
import Testing

@testable import Networks

@Suite struct ScheduleTests {
  @Test(arguments: [0, 1, 25, 50, 99, 100, 1000])
  func factorsAreTheClosedForms(step: Int) {
    let part = min(Double(step) / 100, 1)
    #expect(Schedule.constant(step) == 1)
    #expect(abs(Schedule.linear(over: 100)(step) - (1 - part)) < 1e-15)
    #expect(abs(Schedule.linear(over: 100, to: 0.2)(step) - (1 - 0.8 * part)) < 1e-15)
    #expect(abs(Schedule.cosine(over: 100)(step) - pow(cos(part * .pi / 2), 2)) < 1e-15)
    let raised = 0.1 + 0.9 * pow(cos(part * .pi / 2), 2)
    #expect(abs(Schedule.cosine(over: 100, to: 0.1)(step) - raised) < 1e-15)
    let falls = (0..<step).reduce(1.0) { value, index in (index + 1) % 30 == 0 ? value / 2 : value }
    #expect(Schedule.stepped(every: 30, by: 0.5)(step) == falls)
    let decay = exp(Double(step) * log(0.99))
    #expect(abs(Schedule.exponential(0.99)(step) - decay) < 1e-12)
  }

  @Test func warmUpComesInFront() {
    let schedule = Schedule.linear(over: 10).warmedUp(over: 4)
    #expect((0..<7).map { schedule($0) } == [0.25, 0.5, 0.75, 1, 1, 0.9, 0.8])
    #expect(Schedule.constant.warmedUp(over: 0)(0) == 1)
  }

  @Test func productMultiplies() {
    let schedule = Schedule.stepped(every: 2, by: 0.5) * .linear(over: 4)
    #expect((0..<5).map { schedule($0) } == [1, 0.75, 0.25, 0.125, 0])
  }
}

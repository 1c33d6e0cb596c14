import CTorch
import Testing

/// Calls of one kind of work on a machine where a call takes `one` or `team` nanoseconds, by a clock
/// of the test's own.
private struct Machine {
  var now = 0.0
  let kind = DISTILL_TEAM_STEP
  let work: Int64 = 1000

  /// How often a team was chosen in `calls` calls, and how long they took.
  mutating func run(_ calls: Int, one: Double, team: Double) -> (teams: Int, time: Double) {
    let start = now
    var teams = 0
    for _ in 0..<calls {
      let threads = distill_team_choose_at(kind, work, 2, now)
      teams += threads == 2 ? 1 : 0
      now += threads == 2 ? team : one
      distill_team_done_at(now)
    }
    return (teams, now - start)
  }
}

@Suite struct TeamTests {
  init() { distill_team_forget() }

  @Test func oneThreadIsKeptWhereAForkCostsMoreThanTheWork() {
    var machine = Machine()
    let (_, time) = machine.run(10_000, one: 100_000, team: 2_600_000)
    // Trying costs a few calls at first and a fiftieth later.
    #expect(time < 10_000 * 100_000 * 1.06)
  }

  @Test func aTeamIsKeptWhereItPays() {
    var machine = Machine()
    let (teams, time) = machine.run(10_000, one: 200_000, team: 110_000)
    #expect(teams > 9_700)
    #expect(time < 10_000 * 110_000 * 1.03)
  }

  @Test func theChoiceFollowsAMachineThatChanges() {
    var machine = Machine()
    _ = machine.run(1_000, one: 200_000, team: 110_000)
    let busy = machine.run(2_000, one: 200_000, team: 3_000_000)
    #expect(busy.time < 2_000 * 200_000 * 1.4)
    let idle = machine.run(8_000, one: 200_000, team: 110_000)
    #expect(idle.time < 8_000 * 110_000 * 1.3)
  }

  @Test func rareStallsDoNotDecide() {
    var machine = Machine()
    _ = machine.run(100, one: 200_000, team: 110_000)
    for _ in 0..<20 {
      _ = machine.run(1, one: 8_000_000, team: 8_000_000)
      #expect(machine.run(200, one: 200_000, team: 110_000).time < 200 * 110_000 * 1.3)
    }
  }

  @Test func longWorkIsHardlyTriedWithOneThread() {
    var machine = Machine()
    #expect(machine.run(50, one: 4e7, team: 2e7).teams >= 48)
    var longer = Machine()
    #expect(longer.run(50, one: 4e8, team: 2e8).teams >= 48)
  }

  /// Steps of some milliseconds whose threads wait for each other, since another program has a core.
  @Test(arguments: [7e6, 12e6, 40e6])
  func aTeamIsGivenUpHoweverLongItsCallsAre(one: Double) {
    var machine = Machine()
    let (_, time) = machine.run(200, one: one, team: 1.8 * one)
    #expect(time < 200 * one * 1.1)
  }

  @Test func oneThreadIsOneThread() {
    #expect(distill_team_choose(DISTILL_TEAM_GIBBS, 100, 1) == 1)
    distill_team_done()
    #expect(distill_team_choose(DISTILL_TEAM_GIBBS, -5, 3) >= 1)
    distill_team_done()
  }
}

/// A schedule that text may name.
public struct ScheduleFormula: Nameable {
  public static let kind = "schedule"

  @TaskLocal public static var known: Catalogue<ScheduleFormula> = standard

  public let name: String
  /// Whether the learning rate is zero after the last step.
  public let endsAtZero: Bool
  private let make: @Sendable (_ steps: Int) -> Schedule

  /// - Parameter make: The schedule of a training of so many steps.
  public init(
    _ name: String,
    endsAtZero: Bool = false,
    make: @escaping @Sendable (_ steps: Int) -> Schedule
  ) {
    (self.name, self.endsAtZero, self.make) = (name, endsAtZero, make)
  }

  /// The schedule of a training of so many steps.
  public func schedule(over steps: Int) -> Schedule { make(steps) }

  /// The schedules of this room: a new one joins in one line.
  public static let standard = {
    var schedules = Catalogue<ScheduleFormula>()
    schedules.add(ScheduleFormula("constant") { _ in .constant })
    schedules.add(ScheduleFormula("linear", endsAtZero: true) { .linear(over: $0) })
    schedules.add(ScheduleFormula("cosine", endsAtZero: true) { .cosine(over: $0) })
    return schedules
  }()
}

extension Named<ScheduleFormula> {
  public static var constant: Named { Named(ScheduleFormula.standard["constant"]!) }
  public static var linear: Named { Named(ScheduleFormula.standard["linear"]!) }
  public static var cosine: Named { Named(ScheduleFormula.standard["cosine"]!) }
}

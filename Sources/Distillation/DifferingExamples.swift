import Foundation

/// The examples at which a student and its teacher differ most, for people to look at.
public struct DifferingExamples: Codable, Equatable, Sendable {
  public struct Example: Codable, Equatable, Sendable {
    /// Which it is, counted from 1.
    public var number: Int
    /// Its class; nil where it has none.
    public var label: String?
    /// What each says, such as "boot (98%)".
    public var teacher: String
    public var student: String
    /// How far apart they are, in ``DifferingExamples/measure``.
    public var difference: Double
    /// A PNG file that shows it; nil where it is no image.
    public var image: Data?

    public init(
      number: Int,
      label: String?,
      teacher: String,
      student: String,
      difference: Double,
      image: Data? = nil
    ) {
      (self.number, self.label, self.difference) = (number, label, difference)
      (self.teacher, self.student, self.image) = (teacher, student, image)
    }
  }

  /// Which network plays the student, such as "control".
  public var network: String
  /// The step after which it was looked at; nil for one that is trained.
  public var step: Int?
  /// Of which they are, such as "validation" or "test".
  public var part: String
  /// What the difference is, such as "KL in nats".
  public var measure: String
  /// The largest difference first.
  public var examples: [Example]
  /// A PNG file of all images in their order, row by row.
  public var sheet: Data?

  public init(
    network: String,
    step: Int?,
    part: String,
    measure: String,
    examples: [Example],
    sheet: Data? = nil
  ) {
    (self.network, self.step, self.part, self.measure) = (network, step, part, measure)
    (self.examples, self.sheet) = (examples, sheet)
  }
}

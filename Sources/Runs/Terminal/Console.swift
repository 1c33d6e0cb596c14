import Exchange
import Reporting

/// What a program says about work: results go to standard output, progress and remarks to standard
/// error, and as JSON everything goes to standard output as one object a line.
///
/// ```swift
/// try Console().listening { work in
///   try JobRecipe(yaml: text).run(at: URL(fileURLWithPath: "runs/mine"), work)
/// }
/// ```
public struct Console {
  public let verbosity: Verbosity
  public let results: Output
  public let remarks: Output
  /// How far long work is.
  public let progress: ProgressLine
  /// Whether runs write curves for TensorBoard.
  public let recordsCurves: Bool

  /// - Parameters:
  ///   - recordsCurves: Whether runs write curves for TensorBoard into their folders. The default is no.
  ///   - results: The default is standard output.
  ///   - remarks: The default is standard error.
  ///   - clock: In seconds. The default never jumps.
  public init(
    _ verbosity: Verbosity = .normal,
    recordsCurves: Bool = false,
    results: Output = .standardOutput,
    remarks: Output = .standardError,
    clock: @escaping () -> Double = ProgressLine.seconds
  ) {
    self.verbosity = verbosity
    self.results = results
    self.remarks = remarks
    self.recordsCurves = recordsCurves
    progress = ProgressLine(
      verbosity,
      to: verbosity == .json ? results : remarks,
      clock: clock
    )
  }

  /// A remark on what happens, in one line.
  public func say(_ text: String) {
    switch verbosity {
    case .normal: progress.interrupted { remarks.write(text + "\n") }
    case .quiet: break
    case .json: emit(Facts("remark", ["text": text]))
    }
  }

  /// What casts doubt on the results: said by those that are quiet, too.
  public func warn(_ text: String) {
    switch verbosity {
    case .normal, .quiet: progress.interrupted { remarks.write("warning: \(text)\n") }
    case .json: emit(Facts("warning", ["text": text]))
    }
  }

  /// A result: `text` for people, `value` for machines.
  public func show(_ text: String, _ value: some Encodable) {
    switch verbosity {
    case .normal, .quiet: progress.interrupted { results.write(text + "\n") }
    case .json: emit(value)
    }
  }

  /// A result of some facts: `text` for people, for machines an object of the facts and the `event`.
  public func show(
    _ text: String,
    event: String,
    _ facts: KeyValuePairs<String, any Encodable>
  ) {
    show(text, Facts(event, facts))
  }

  private func emit(_ value: some Encodable) { results.write(jsonLine(value)) }
}

/// Facts by their names, and what they are of.
private struct Facts: Encodable {
  let event: String
  let facts: KeyValuePairs<String, any Encodable>

  init(_ event: String, _ facts: KeyValuePairs<String, any Encodable>) {
    (self.event, self.facts) = (event, facts)
  }

  private struct Key: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }

    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    try container.encode(event, forKey: Key(stringValue: "event"))
    for (name, value) in facts { try container.encode(value, forKey: Key(stringValue: name)) }
  }
}

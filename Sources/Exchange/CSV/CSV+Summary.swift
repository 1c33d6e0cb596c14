extension CSV {
  /// What a column of a table holds.
  public struct ColumnSummary: Sendable, Equatable {
    public let name: String
    public internal(set) var rows = 0
    /// The smallest and largest finite number; nil where there is none.
    public internal(set) var minimum: Double?
    public internal(set) var maximum: Double?
    /// How many fields are empty, NaN or infinite.
    public internal(set) var notFinite = 0
    /// How many fields are no numbers: a column with any is text.
    public internal(set) var texts = 0
    /// The fields that are no numbers, each once, in the order in which they come; no more than
    /// ``most``.
    public internal(set) var values: [String] = []
    private var seen: Set<String> = []

    /// Of more different fields only the first are kept.
    public static let most = 1_000

    init(_ name: String) { self.name = name }

    public var isText: Bool { texts > 0 }

    mutating func add(_ field: ArraySlice<UInt8>, decimalComma: Bool) {
      rows += 1
      if let number = CSVNumber.value(of: field, decimalComma: decimalComma) {
        guard number.isFinite else {
          notFinite += 1
          return
        }
        minimum = Swift.min(minimum ?? number, number)
        maximum = Swift.max(maximum ?? number, number)
        return
      }
      guard !CSVNumber.isMissing(field) else {
        notFinite += 1
        return
      }
      texts += 1
      guard values.count < Self.most else { return }
      let text = String(decoding: field, as: UTF8.self)
      if seen.insert(text).inserted { values.append(text) }
    }
  }
}

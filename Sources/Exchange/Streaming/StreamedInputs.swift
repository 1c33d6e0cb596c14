import Foundation
import Tensors

/// Inputs of examples that stay in their files: all of a source, or some of them.
package final class StreamedInputs {
  private let source: any RowSource
  /// Which of the source's rows they are, in their order; nil for all.
  private let places: [Int]?
  private let ahead: ReadAhead
  /// What is known of all rows.
  private let facts: Facts

  /// What was seen when every row was looked at.
  private struct Facts {
    let division: InputDivision
    let arrangement: InputArrangement
    let areWhole: Bool
  }

  package var count: Int { places?.count ?? source.count }
  /// Of one input.
  package var shape: [Int] { facts.arrangement.shape }
  package var divisor: Double { facts.division.divisor }
  /// Whether all numbers are whole after their division.
  package var areWhole: Bool { facts.areWhole && divisor == 1 }
  /// The smallest and largest number as the files have them, of all that were read with them.
  package var range: ClosedRange<Double> { facts.division.range }

  /// Looks at every row once.
  ///
  /// - Parameters:
  ///   - areBytes: Whether the files say that numbers are bytes.
  ///   - asked: What numbers are to be divided by; nil follows the rule of ``InputDivision``.
  ///   - url: Of what is read, for errors.
  /// - Throws: ``FileError`` when a file is damaged, or numbers are not finite.
  init(_ source: any RowSource, areBytes: Bool, divisor asked: Double?, _ url: URL) throws {
    self.source = source
    places = nil
    ahead = ReadAhead(source)
    let arrangement = InputArrangement(source.shape)
    var range: ClosedRange<Double>?
    var areWhole = true
    let size = StreamedInputs.partSize(of: source)
    let starts = Array(stride(from: 0, to: source.count, by: size))
    func part(_ index: Int) -> [Int]? {
      guard index < starts.count else { return nil }
      return Array(starts[index]..<min(starts[index] + size, source.count))
    }
    for index in starts.indices {
      if Stopping.isRequested() { throw Stopped("stopped while reading '\(url.path)'") }
      let rows = try ahead.rows(part(index)!) { part(index + $0) }
      let numbers = arrangement.flat(rows)
      guard numbers.isAllFinite else {
        throw FileError(
          url,
          "it holds numbers that are not finite",
          "repair or leave them out"
        )
      }
      let (least, most) = (numbers.minimum().doubleValue, numbers.maximum().doubleValue)
      range = min(range?.lowerBound ?? least, least)...max(range?.upperBound ?? most, most)
      if areWhole, source.elementType.isFloatingPoint {
        areWhole = !(numbers - numbers.rounded .!= 0).containsTrue
      }
    }
    facts = Facts(
      division: InputDivision(of: range ?? 0...0, areBytes: areBytes, asked: asked),
      arrangement: arrangement,
      areWhole: areWhole
    )
  }

  private init(_ source: any RowSource, _ facts: Facts, _ places: [Int]) {
    (self.source, self.facts, self.places) = (source, facts, places)
    ahead = ReadAhead(source)
  }

  /// Some of them, in the order given.
  package subscript(rows rows: [Int]) -> StreamedInputs {
    StreamedInputs(source, facts, places.map { places in rows.map { places[$0] } } ?? rows)
  }

  /// Inputs in the order given, `[rows, numbers]`, `float32`, divided by ``divisor``.
  ///
  /// - Parameter next: Which will be asked for after them, in turn; nil where none will be.
  /// - Throws: ``FileError`` when a file is damaged, gone, or not what it was at the beginning.
  package func rows(_ rows: [Int], then next: (Int) -> [Int]?) throws -> Tensor {
    func own(_ rows: [Int]) -> [Int] { places.map { places in rows.map { places[$0] } } ?? rows }
    let found = try ahead.rows(own(rows)) { next($0).map(own) }
    return facts.division.apply(to: facts.arrangement.flat(found))
  }

  /// What was done to the numbers, for people.
  var remarks: [String] { facts.arrangement.remarks + [facts.division.remark] }

  /// How many rows are looked at at once: about 16 MB of Float32.
  private static func partSize(of source: any RowSource) -> Int {
    max(1, min(4_096, (16 << 20) / max(4 * source.shape.reduce(1, *), 1)))
  }

  /// What is in memory of them, in words.
  package var text: String {
    let bytes = Double(source.shape.reduce(source.elementType.byteCount, *))
    let numbers = shape.reduce(1, *)
    return
      "\(count) inputs of \(shape.map(String.init).joined(separator: "x")) stay in their files, "
      + String(
        format:
          "where they have %.3g GB (%.3g GB as Float32); read ahead are batches of at most %.3g MB, ",
        Double(count) * bytes / 1e9,
        Double(count * numbers * 4) / 1e9,
        Double(ReadAhead.most) / 1e6
      ) + "and of each example labels, its place and what the teacher says stay in memory"
  }
}

/// How the axes of inputs become those that networks want.
struct InputArrangement {
  /// Of one input: `[features]`, or `[channels, height, width]`.
  let shape: [Int]
  let remarks: [String]
  private let isChannelsLast: Bool
  private let keptChannels: Int?

  /// - Parameter axes: Of one input as its file has it.
  init(_ axes: [Int]) {
    switch axes.count {
    case 1: (shape, isChannelsLast, keptChannels, remarks) = (axes, false, nil, [])
    case 2: (shape, isChannelsLast, keptChannels, remarks) = ([1] + axes, false, nil, [])
    case 3 where [1, 3].contains(axes[2]) && ![1, 3].contains(axes[0]):
      (shape, isChannelsLast, keptChannels) = ([axes[2], axes[0], axes[1]], true, nil)
      remarks = ["channels moved from the last axis to the first"]
    case 3 where axes[2] == 4 && ![1, 3, 4].contains(axes[0]):
      (shape, isChannelsLast, keptChannels) = ([3, axes[0], axes[1]], true, 3)
      remarks = [
        "channels moved from the last axis to the first, the fourth (opacity) left out"
      ]
    case 3: (shape, isChannelsLast, keptChannels, remarks) = (axes, false, nil, [])
    default:
      (shape, isChannelsLast, keptChannels) = ([axes.reduce(1, *)], false, nil)
      remarks = ["\(axes.count) axes laid flat"]
    }
  }

  /// Inputs laid flat, `[examples, numbers]`, `float32`.
  ///
  /// - Parameter inputs: `[examples] + axes`.
  func flat(_ inputs: Tensor) -> Tensor {
    var arranged = inputs
    if isChannelsLast {
      if let keptChannels { arranged = arranged.slicing(0..<keptChannels, along: 3) }
      arranged = arranged.permuted(to: [0, 3, 1, 2]).contiguous
    }
    return arranged.reshaped(to: [inputs.shape[0], -1]).cast(to: .float32)
  }
}

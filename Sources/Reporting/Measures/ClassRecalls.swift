import Mathematics
import Tensors

/// Which classes a classifier finds, and which it takes for others: what an accuracy hides where some
/// classes are rare.
///
/// ```swift
/// let found = ClassRecalls(student)
/// print(found.balancedAccuracy)   // 0.57, behind an accuracy of 0.991
/// print(found.neverFound)         // [2, 5]
/// ```
public struct ClassRecalls: Hashable, Sendable, Codable {
  /// How many examples of each class there are.
  public private(set) var examples: [Int]
  /// How many of them it was right about.
  public private(set) var right: [Int]
  /// `[class][choice]`: how often a class was taken for another; nil beyond ``most`` classes.
  public private(set) var choices: [[Int]]?

  /// With more classes the table of choices is left out.
  public static let most = 50

  /// - Parameter predictions: Of examples whose classes are known.
  public init(_ predictions: ClassPredictions) {
    let count = predictions.logProbabilities.shape[1]
    let labels = predictions.labels.scalars(Int.self)
    let chosen = predictions.choices.scalars(Int.self)
    (examples, right) = ([Int](repeating: 0, count: count), [Int](repeating: 0, count: count))
    var table = [[Int]](repeating: [Int](repeating: 0, count: count), count: count)
    for (label, choice) in zip(labels, chosen) {
      examples[label] += 1
      if label == choice { right[label] += 1 }
      table[label][choice] += 1
    }
    choices = count <= Self.most ? table : nil
  }

  /// Those of several models on the same examples, added up.
  public init?(pooling models: [ClassRecalls]) {
    guard let first = models.first,
      models.allSatisfy({ $0.examples.count == first.examples.count })
    else { return nil }
    self = first
    for model in models.dropFirst() {
      examples = zip(examples, model.examples).map(+)
      right = zip(right, model.right).map(+)
      choices = choices.flatMap { own in
        model.choices.map { zip(own, $0).map { zip($0, $1).map(+) } }
      }
    }
  }

  /// The share of each class that was found; nil where there are no examples of it.
  public var recalls: [Double?] {
    zip(right, examples).map { $1 > 0 ? Double($0) / Double($1) : nil }
  }

  /// The mean recall of the classes that occur: the accuracy as if all were equally frequent.
  public var balancedAccuracy: Double {
    let known = recalls.compactMap { $0 }
    return known.reduce(0, +) / Double(max(known.count, 1))
  }

  /// The classes that occur and were never found.
  public var neverFound: [Int] { recalls.indices.filter { recalls[$0] == 0 } }

  /// What was never found and how often it occurs, for people; nil where every class was found.
  ///
  /// - Parameters:
  ///   - model: Who did not find it, such as "the student".
  ///   - classes: Their names.
  public func warning(_ model: String, _ classes: [String]?) -> String? {
    guard !neverFound.isEmpty else { return nil }
    let list = neverFound.prefix(5).map { index in
      "'\(Self.name(index, classes))' (\(examples[index]) example\(examples[index] == 1 ? "" : "s"))"
    }
    return "\(model) never recognises \(list.joined(separator: ", "))"
      + (neverFound.count > 5 ? ", … (\(neverFound.count) classes)" : "")
      + ": its accuracy hides that"
  }

  static func name(_ index: Int, _ classes: [String]?) -> String {
    classes.flatMap { $0.indices.contains(index) ? $0[index] : nil } ?? "\(index)"
  }

  private enum CodingKeys: CodingKey {
    case examples, right, choices
  }

  /// - Throws: `DecodingError` when the numbers do not belong together.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    examples = try values.decode([Int].self, forKey: .examples)
    right = try values.decode([Int].self, forKey: .right)
    choices = try values.decodeIfPresent([[Int]].self, forKey: .choices)
    let areCounts = { (numbers: [Int]) in numbers.allSatisfy { (0...1 << 53).contains($0) } }
    let fits =
      examples.count == right.count && areCounts(examples) && areCounts(right)
      && zip(right, examples).allSatisfy { $0 <= $1 }
    func fit(_ table: [[Int]]) -> Bool {
      table.count == examples.count
        && table.indices.allSatisfy { index in
          table[index].count == examples.count && areCounts(table[index])
            && table[index].reduce(0, { $0 &+ $1 }) == examples[index]
            && table[index][index] == right[index]
        }
    }
    guard fits, choices.map(fit) ?? true else {
      throw DecodingError.dataCorruptedError(
        forKey: .examples,
        in: values,
        debugDescription: "counts of classes that do not belong together"
      )
    }
  }
}

extension ClassRecalls {
  /// The recall of each class by several models, the classes that are found least by the first one
  /// before the others where there are more than `most`.
  ///
  /// - Parameters:
  ///   - models: By name, all of the same classes.
  ///   - classes: Their names; numbers where nil.
  public static func table(
    _ models: [(name: String, recalls: ClassRecalls)],
    _ classes: [String]?,
    most: Int = 40
  ) -> TextTable {
    let first = models[0].recalls
    let all = Array(first.examples.indices)
    let shown =
      all.count <= most
      ? all : Array(all.sorted { (first.recalls[$0] ?? 2) < (first.recalls[$1] ?? 2) }.prefix(most))
    var table = TextTable(
      columns: ["class", "examples"] + models.map { "recall %, \($0.name)" }
        + (first.choices == nil ? [] : ["\(models[0].name) takes it for"])
    )
    for index in shown {
      table.append(
        [name(index, classes), "\(first.examples[index])"]
          + models.map { model in
            model.recalls.recalls[index].map { Uncertain.fixed(100 * $0, 1) } ?? "–"
          } + (first.choices.map { [mistake(of: index, in: $0, classes)] } ?? [])
      )
    }
    return table
  }

  /// What a class is most often taken for by mistake.
  private static func mistake(of index: Int, in choices: [[Int]], _ classes: [String]?) -> String {
    let row = choices[index]
    let others = row.indices.filter { $0 != index && row[$0] > 0 }
    guard let most = others.max(by: { row[$0] < row[$1] }) else { return "–" }
    return "\(name(most, classes)) (\(row[most]))"
  }

  /// How often each class is taken for each, as a table; nil where there are too many.
  public func confusionTable(_ classes: [String]?, most: Int = 20) -> TextTable? {
    guard let choices, choices.count <= most else { return nil }
    return TextTable(
      columns: ["class \\ taken for"] + choices.indices.map { Self.name($0, classes) },
      rows: choices.enumerated().map { index, row in
        [Self.name(index, classes)] + row.map { $0 == 0 ? "·" : "\($0)" }
      }
    )
  }
}

import Foundation
import Tensors

/// Texts, which only go in or become numbers.
enum ONNXTexts {
  static let all: [String: ONNXValueFunction] = [
    "Equal": { call in
      guard case .texts? = call.values.first else {
        return try ONNXOperation.tensors(ONNXElementwise.equal).results(of: call)
      }
      let (pairs, shape) = try broadcast(texts(call, 0), texts(call, 1))
      return [.tensor(Tensor(pairs.map { $0.utf8.elementsEqual($1.utf8) }, shape: shape))]
    },
    "StringConcat": { call in
      let (pairs, shape) = try broadcast(texts(call, 0), texts(call, 1))
      return [.texts(pairs.map { $0 + $1 }, shape: shape)]
    },
    "StringSplit": { call in
      let (texts, shape) = try texts(call, 0)
      let delimiter = try call.text("delimiter", "")
      let most = try call.optionalInteger("maxsplit") ?? .max
      let parts = texts.map { split($0, delimiter, most) }
      let width = parts.map(\.count).max() ?? 0
      let filled = parts.flatMap { $0 + Array(repeating: "", count: width - $0.count) }
      return [
        .texts(filled, shape: shape + [width]), .tensor(Tensor(parts.map(\.count), shape: shape)),
      ]
    },
    "StringNormalizer": { try normalized($0) },
    "TfIdfVectorizer": { [.tensor(try ONNXGrams($0).counted($0))] },
  ]

  static func texts(_ call: ONNXCall, _ index: Int) throws -> (texts: [String], shape: [Int]) {
    guard case .texts(let texts, let shape)? = call.value(index) else {
      throw TorchError("input \(index + 1) holds no texts")
    }
    return (texts, shape)
  }

  private typealias Texts = (texts: [String], shape: [Int])

  private static func broadcast(
    _ a: Texts,
    _ b: Texts
  ) throws -> (pairs: [(String, String)], shape: [Int]) {
    func places(_ one: Texts, like other: Texts) throws -> Tensor {
      let numbers = Tensor(Array(0..<one.texts.count), shape: one.shape)
      return numbers + Tensor.zeros(other.shape, .int64)
    }
    let (first, second) = (try places(a, like: b), try places(b, like: a))
    guard first.shape == second.shape else { throw TorchError("the shapes do not fit") }
    let pairs = zip(first.scalars(Int.self), second.scalars(Int.self))
    return (pairs.map { (a.texts[$0], b.texts[$1]) }, first.shape)
  }

  private static func split(_ text: String, _ delimiter: String, _ most: Int) -> [String] {
    guard delimiter.isEmpty else {
      var parts = text.components(separatedBy: delimiter)
      if most >= 0, parts.count - 1 > most {
        let rest = parts[most...].joined(separator: delimiter)
        parts = Array(parts[..<most]) + [rest]
      }
      return text.isEmpty ? [""] : parts
    }
    // Any number of spaces is one.
    var parts: [String] = []
    var rest = text[...].drop(while: \.isWhitespace)
    while !rest.isEmpty {
      if parts.count == most {
        parts.append(String(rest))
        break
      }
      parts.append(String(rest.prefix { !$0.isWhitespace }))
      rest = rest.drop { !$0.isWhitespace }.drop(while: \.isWhitespace)
    }
    return parts
  }

  private static func normalized(_ call: ONNXCall) throws -> [ModelValue] {
    let (texts, shape) = try texts(call, 0)
    guard shape.count == 1 || shape.count == 2 && shape[0] == 1 else {
      throw TorchError("shape \(shape) is no list of texts")
    }
    let change = try call.text("case_change_action", "NONE")
    let isSensitive = try call.integer("is_case_sensitive", 0) != 0
    var stopwords: [String] = []
    if case .texts(let list)? = call.attributes["stopwords"] { stopwords = list }
    func changed(_ text: String) throws -> String {
      switch change {
      case "NONE": return text
      case "LOWER": return text.lowercased()
      case "UPPER": return text.uppercased()
      default: throw TorchError("'\(change)' is no way to change letters")
      }
    }
    let stops = Set(isSensitive ? stopwords : try stopwords.map(changed))
    var kept = try texts.filter {
      !stops.contains(isSensitive ? $0 : try changed($0))
    }.map(changed)
    if kept.isEmpty { kept = [""] }
    return [.texts(kept, shape: shape.count == 1 ? [kept.count] : [1, kept.count])]
  }
}

/// Runs of numbers that a text is counted by.
private struct ONNXGrams {
  private var places: [[Int]: Int] = [:]
  private let sizes: ClosedRange<Int>
  private let skips: Int
  private let weights: [Double]
  private let columns: [Int]
  private let mode: String

  init(_ call: ONNXCall) throws {
    mode = try call.text("mode", "TF")
    let (least, most) = (
      try call.integer("min_gram_length", 1), try call.integer("max_gram_length", 1)
    )
    skips = try call.integer("max_skip_count", 0)
    guard let pool = try call.integers("pool_int64s"),
      let counts = try call.integers("ngram_counts"),
      let columns = try call.integers("ngram_indexes")
    else { throw TorchError("it has no runs of integers to count") }
    guard least >= 1, most >= least, most <= counts.count, (0...1 << 10).contains(skips),
      columns.allSatisfy({ (0..<1 << 24).contains($0) })
    else { throw TorchError("its attributes do not fit") }
    (self.columns, sizes) = (columns, least...most)
    if case .reals(let list)? = call.attributes["weights"] { weights = list } else { weights = [] }
    var gram = 0
    for (index, start) in counts.enumerated() {
      let end = index + 1 < counts.count ? counts[index + 1] : pool.count
      guard start >= 0, start <= end, end <= pool.count else {
        throw TorchError("its attribute 'ngram_counts' does not fit")
      }
      for place in stride(from: start, to: end - index, by: index + 1) {
        places[Array(pool[place...place + index])] = gram
        gram += 1
      }
    }
    guard gram <= columns.count, weights.isEmpty || weights.count >= gram else {
      throw TorchError("its attribute 'ngram_indexes' does not fit")
    }
  }

  func counted(_ call: ONNXCall) throws -> Tensor {
    guard case .tensor(let x)? = call.value(0), !x.elementType.isFloatingPoint, x.rank <= 2 else {
      throw TorchError("its input is no integers")
    }
    let width = (columns.max() ?? 0) + 1
    let length = x.rank == 0 ? 1 : x.shape[x.rank - 1]
    let rows = x.rank == 2 ? x.shape[0] : 1
    let numbers = x.moved(to: .cpu).cast(to: .int64).scalars(Int.self)
    guard rows <= SizeLimit.count / width else { throw TorchError("its output is too large") }
    var counts = [Double](repeating: 0, count: rows * width)
    for row in 0..<rows {
      for skip in 1...skips + 1 {
        for start in 0..<length {
          for size in sizes where (size > 1 || skip == 1) && start + skip * (size - 1) < length {
            let gram = (0..<size).map { numbers[row * length + start + skip * $0] }
            if let found = places[gram] { counts[row * width + columns[found]] += 1 }
          }
        }
      }
    }
    let scaled = counts.enumerated().map { index, count -> Float in
      let weight = weights.isEmpty ? 1 : weights[min(index % width, weights.count - 1)]
      switch mode {
      case "IDF": return Float(count > 0 ? weight : 0)
      case "TFIDF": return Float(count * weight)
      default: return Float(count)
      }
    }
    return Tensor(scaled, shape: x.rank == 2 ? [rows, width] : [width])
  }
}

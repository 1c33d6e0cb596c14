import Distill
import Foundation

@testable import Compression
@testable import DistillCommand
@testable import Exchange
@testable import Experiments
@testable import Runs

extension Mutation {
  /// One value of JSON is another one; a certificate is sealed again, and a recipe in it hashed.
  mutating func json(_ data: Data) -> Data {
    guard var tree = JSONTree(data) else { return bytes(data) }
    tree = value(tree)
    guard tree["seal"] != nil else { return tree.data }
    if dice.isOne(in: 3), let recipe = tree["provenance"]?["recipe"]?.text {
      let changed = lines(Data(recipe.utf8), separators: [": ", " "])
      let other = String(decoding: changed, as: UTF8.self)
      tree["provenance"]?["recipe"] = JSONTree(text: other)
      tree["provenance"]?["recipeSHA256"] = JSONTree(text: SHA256.hash(of: other))
    }
    guard let certificate = try? Certificate(json: tree.data) else { return tree.data }
    return (try? CertificateFile.sealed(certificate).json()) ?? tree.data
  }

  mutating func ubjson(_ data: Data) -> Data {
    // A sound one is written in another way at least.
    JSONTree(ubjson: data).map { value($0).ubjson } ?? bytes(data)
  }

  /// Goes down to a random value and changes it.
  private mutating func value(_ tree: JSONTree) -> JSONTree {
    switch tree {
    case .object(var fields) where !fields.isEmpty:
      let place = dice.below(fields.count)
      switch dice.below(12) {
      case 0: fields.remove(at: place)
      case 1: return .object([])
      case 2:
        fields.append(.init(key: dice.one(of: Strange.words), value: fields[place].value))
      default: fields[place].value = value(fields[place].value)
      }
      return .object(fields)
    case .array(var list) where !list.isEmpty:
      let place = dice.below(list.count)
      switch dice.below(12) {
      case 0: list.remove(at: place)
      case 1: return .array([])
      case 2: list.append(list[place])
      case 3: list.reverse()
      default: list[place] = value(list[place])
      }
      return .array(list)
    default:
      switch dice.below(8) {
      case 0: return .leaf("null")
      case 1: return .array([tree])
      case 2: return JSONTree(text: dice.one(of: Strange.words))
      case 3: return .leaf(dice.isOne(in: 2) ? "true" : "false")
      case 4 where dice.isOne(in: 4):
        return (0..<600).reduce(tree) { inner, _ in .array([inner]) }
      default: return .leaf(dice.one(of: Strange.numbers))
      }
    }
  }
}

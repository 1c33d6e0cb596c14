import Distill
import Foundation
import Yams

/// A recipe as `distill run` reads it: an experiment with all its options, and a seed.
struct ExperimentRecipe {
  var experiment: any Experiment
  var seed: UInt64 = 1

  /// Keys that are not options of the experiment. `made` is how the recipe in a run's folder says
  /// what it was made with; it is not read.
  private static let ownKeys = ["experiment", "seed", "made"]

  /// Reads a recipe.
  ///
  /// - Parameters:
  ///   - settings: `key=value`, each in place of what the recipe says.
  ///   - known: The experiments to choose from.
  /// - Throws: ``CommandError`` for what is not a recipe, an option that the experiment does not have,
  ///   or one that cannot be.
  init(
    yaml text: String,
    settings: [String] = [],
    among known: [any Experiment.Type] = experiments
  ) throws {
    var node: Node
    do {
      guard let read = try YAMLText.compose(text), read.mapping != nil else {
        throw CommandError("it has no lines of the form 'key: value'")
      }
      node = read
      for setting in settings {
        guard let equals = setting.firstIndex(of: "=") else {
          throw CommandError("--set \(setting): write key=value")
        }
        node.mapping![Node(String(setting[..<equals]))] =
          try YAMLText.compose(String(setting[setting.index(after: equals)...])) ?? Node("")
      }
    } catch {
      throw CommandError("the recipe cannot be read: \(sentence(for: error))")
    }
    let names = known.map { $0.name }.sorted().joined(separator: ", ")
    guard let name = node.mapping!["experiment"]?.string else {
      throw CommandError("the recipe does not say 'experiment:' followed by one of \(names)")
    }
    guard let type = known.first(where: { $0.name == name }) else {
      throw CommandError("there is no experiment '\(name)': choose one of \(names)")
    }
    if let text = node.mapping!["seed"] {
      guard let seed = text.string.flatMap({ UInt64($0) }) else {
        throw CommandError("the recipe's seed must be a whole number from 0")
      }
      self.seed = seed
    }
    experiment = try Self.decode(type, node.mapping!)
    try experiment.check()
  }

  private static func decode<Kind: Experiment>(
    _ type: Kind.Type,
    _ given: Node.Mapping
  ) throws -> Kind {
    do {
      // What the recipe leaves out is as in an experiment with nothing but defaults.
      var usual = try YAMLText.encode(Kind())
      if usual.trimmingCharacters(in: .whitespacesAndNewlines) == "{}" { usual = "" }
      let defaults = try YAMLText.compose(usual)?.mapping ?? Node.Mapping([])
      let options = Node.Mapping(
        given.filter { $0.key.string.map { !ownKeys.contains($0) } ?? true }.map { ($0, $1) }
      )
      let merged = try completed(options, from: defaults, of: Kind.name)
      return try YAMLText.decode(type, from: Yams.serialize(node: .mapping(merged)))
    } catch let error as DecodingError {
      throw CommandError("the recipe cannot be read: \(plain(error))")
    } catch {
      throw CommandError("the recipe cannot be read: \(sentence(for: error))")
    }
  }

  /// What is given, and the defaults of the rest; in options of options too.
  ///
  /// - Throws: ``CommandError`` for a key that has no default: there is no such option.
  private static func completed(
    _ given: Node.Mapping,
    from defaults: Node.Mapping,
    of name: String
  ) throws -> Node.Mapping {
    var merged = defaults
    let known = defaults.keys.compactMap(\.string)
    for (key, value) in given {
      guard let word = key.string else { throw CommandError("a key is not a word") }
      guard known.contains(word) else {
        throw CommandError(
          "\(name) has no option '\(word)'; it has \(known.sorted().joined(separator: ", "))"
        )
      }
      guard let inner = value.mapping, let usual = merged[Node(word)]?.mapping else {
        merged[Node(word)] = value
        continue
      }
      merged[Node(word)] = .mapping(try completed(inner, from: usual, of: "\(name)'s \(word)"))
    }
    return merged
  }

  private static func plain(_ error: DecodingError) -> String {
    switch error {
    case .typeMismatch(_, let context), .valueNotFound(_, let context),
      .keyNotFound(_, let context), .dataCorrupted(let context):
      let path = context.codingPath.map { $0.intValue.map { "\($0 + 1)" } ?? $0.stringValue }
      return "option '\(path.joined(separator: " "))' is of another kind than it must be"
    @unknown default: return sentence(for: error)
    }
  }

  /// The recipe with every option and what it was made with: `distill run` takes it again.
  func yaml(_ made: RecipeOrigin) throws -> String {
    struct Head: Encodable {
      let experiment: String
      let seed: UInt64
    }
    func text(_ value: some Encodable) throws -> String {
      let text = try YAMLText.encode(value)
      return text.trimmingCharacters(in: .whitespacesAndNewlines) == "{}" ? "" : text
    }
    return try text(Head(experiment: type(of: experiment).name, seed: seed)) + text(experiment)
      + text(["made": made])
  }
}

/// What a run was made with.
struct RecipeOrigin: Codable, Equatable {
  var program = programVersion
  var data: [DataFile]
  var machine: MachineFacts
  var startedAt = Date()

  /// What the recipe of a run says that it was made with.
  ///
  /// - Throws: ``CommandError`` when the recipe does not say.
  init(yaml text: String) throws {
    struct Recipe: Decodable { let made: RecipeOrigin }
    do {
      self = try YAMLText.decode(Recipe.self, from: text).made
    } catch {
      throw CommandError("the recipe does not say what it was made with: \(sentence(for: error))")
    }
  }

  init(data: [DataFile], machine: MachineFacts) { (self.data, self.machine) = (data, machine) }
}

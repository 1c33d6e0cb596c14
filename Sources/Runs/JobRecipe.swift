import Distill
import Foundation
import Yams

/// A recipe as `distill run` reads it: a job with all its options, and a seed.
///
/// ```swift
/// var jobs = Catalogue<any Job.Type>.standard
/// jobs.add(MyJob.self)
/// let recipe = try JobRecipe(yaml: "experiment: my-job\nseed: 2", among: jobs)
/// try recipe.run(at: URL(fileURLWithPath: "runs/mine"))
/// ```
public struct JobRecipe {
  /// The jobs that recipes may name where no others are passed.
  @TaskLocal public static var known: Catalogue<any Job.Type> = .standard

  public var job: any Job
  /// Where all random numbers start from.
  public var seed: UInt64 = 1

  /// Keys that are not options of the job. `made` is how the recipe in a run's folder says
  /// what it was made with; it is not read.
  private static let ownKeys = ["experiment", "seed", "made"]

  /// Reads a recipe.
  ///
  /// - Parameters:
  ///   - settings: `key=value`, each in place of what the recipe says; of options in options,
  ///     `key={inner: value}`, those that are named.
  ///   - known: The jobs to choose from.
  /// - Throws: One sentence for what is not a recipe, a job that is not known, with the nearest name,
  ///   an option that the job does not have, or one that cannot be.
  public init(
    yaml text: String,
    settings: [String] = [],
    among known: Catalogue<any Job.Type> = JobRecipe.known
  ) throws {
    var node: Node
    do {
      guard let read = try YAMLText.compose(text), read.mapping != nil else {
        throw RunError("it has no lines of the form 'key: value'")
      }
      node = read
      for setting in settings {
        guard let equals = setting.firstIndex(of: "=") else {
          throw RunError("--set \(setting): write key=value")
        }
        let value = try YAMLText.compose(String(setting[setting.index(after: equals)...]))
        Self.set(Node(String(setting[..<equals])), to: value ?? Node(""), in: &node.mapping!)
      }
    } catch {
      throw RunError("the recipe cannot be read: \(sentence(for: error))")
    }
    let names = known.names.sorted().joined(separator: ", ")
    guard let name = node.mapping!["experiment"]?.string else {
      throw RunError("the recipe does not say 'experiment:' followed by one of \(names)")
    }
    guard let type = known[name] else {
      throw RunError(
        "there is no experiment '\(name)': "
          + (known.nearestName(to: name).map { "did you mean \($0)?" } ?? "choose one of \(names)")
      )
    }
    if let text = node.mapping!["seed"] {
      guard let seed = text.string.flatMap({ UInt64($0) }) else {
        throw RunError("the recipe's seed must be a whole number from 0")
      }
      self.seed = seed
    }
    job = try Self.decode(type, node.mapping!)
    try job.check()
  }

  private static func decode<Kind: Job>(
    _ type: Kind.Type,
    _ given: Node.Mapping
  ) throws -> Kind {
    do {
      // What the recipe leaves out is as in a job with nothing but defaults.
      var usual = try YAMLText.encode(Kind())
      if usual.trimmingCharacters(in: .whitespacesAndNewlines) == "{}" { usual = "" }
      let defaults = try YAMLText.compose(usual)?.mapping ?? Node.Mapping([])
      let options = Node.Mapping(
        given.filter { $0.key.string.map { !ownKeys.contains($0) } ?? true }.map { ($0, $1) }
      )
      let merged = try completed(options, from: defaults, like: Kind(), of: Kind.name)
      return try YAMLText.decode(type, from: Yams.serialize(node: .mapping(merged)))
    } catch let error as DecodingError {
      throw RunError("the recipe cannot be read: \(plain(error))")
    } catch {
      throw RunError("the recipe cannot be read: \(sentence(for: error))")
    }
  }

  private static func set(_ key: Node, to value: Node, in options: inout Node.Mapping) {
    guard let inner = value.mapping, var own = options[key]?.mapping else {
      options[key] = value
      return
    }
    for (key, value) in inner { set(key, to: value, in: &own) }
    options[key] = .mapping(own)
  }

  /// What is given, and the defaults of the rest; in options of options too.
  ///
  /// - Parameter model: What the defaults are of; its properties that are nil are options too.
  /// - Throws: `RunError` for a key that is no option.
  private static func completed(
    _ given: Node.Mapping,
    from defaults: Node.Mapping,
    like model: Any,
    of name: String
  ) throws -> Node.Mapping {
    var merged = defaults
    let properties = Mirror(reflecting: model).children
    let known = Set(defaults.keys.compactMap(\.string)).union(properties.compactMap(\.label))
    for (key, value) in given {
      guard let word = key.string else { throw RunError("a key is not a word") }
      guard known.contains(word) else {
        let names = Dictionary(known.map { (OptionNames.written($0), $0) }) { name, _ in name }
        let meant = OptionNames.meant(by: word) { names[$0] != nil }.flatMap { names[$0] }
        throw RunError(
          "\(name) has no option '\(word)'" + (meant.map { ", which is \($0) here" } ?? "")
            + "; it has \(known.sorted().joined(separator: ", "))"
        )
      }
      guard let inner = value.mapping, let usual = merged[Node(word)]?.mapping else {
        merged[Node(word)] = value
        continue
      }
      let part = properties.first { $0.label == word }?.value ?? ()
      merged[Node(word)] = .mapping(
        try completed(inner, from: usual, like: part, of: "\(name)'s \(word)")
      )
    }
    return merged
  }

  private static func plain(_ error: DecodingError) -> String {
    switch error {
    case .dataCorrupted(let context) where context.underlyingError != nil:
      return sentence(for: error)
    case .typeMismatch(_, let context), .valueNotFound(_, let context),
      .keyNotFound(_, let context), .dataCorrupted(let context):
      let path = context.codingPath.map { $0.intValue.map { "\($0 + 1)" } ?? $0.stringValue }
      return "option '\(path.joined(separator: " "))' is of another kind than it must be"
    @unknown default: return sentence(for: error)
    }
  }

  /// The recipe with every option and what it was made with: `distill run` takes it again.
  package func yaml(_ made: RecipeOrigin) throws -> String {
    struct Head: Encodable {
      let experiment: String
      let seed: UInt64
    }
    func text(_ value: some Encodable) throws -> String {
      let text = try YAMLText.encode(value)
      return text.trimmingCharacters(in: .whitespacesAndNewlines) == "{}" ? "" : text
    }
    return try text(Head(experiment: type(of: job).name, seed: seed)) + text(job)
      + text(["made": made])
  }
}

/// What a run was made with.
package struct RecipeOrigin: Codable, Equatable {
  package var program = programVersion
  package var data: [Provenance.Content]
  package var machine: MachineFacts
  package var startedAt = Date()

  /// What the recipe of a run says that it was made with.
  ///
  /// - Throws: `RunError` when the recipe does not say.
  package init(yaml text: String) throws {
    struct Recipe: Decodable { let made: RecipeOrigin }
    do {
      self = try YAMLText.decode(Recipe.self, from: text).made
    } catch {
      throw RunError("the recipe does not say what it was made with: \(sentence(for: error))")
    }
  }

  package init(data: [Provenance.Content], machine: MachineFacts) {
    (self.data, self.machine) = (data, machine)
  }
}

import Exchange
import Foundation

extension ModelGraph {
  /// The endings of files that may hold a whole model.
  public static var fileEndings: [String] { formats.map(\.name) }

  private static var formats: [ModelFormat] { ModelFormat.known.all.filter(\.isOfGraphs) }

  /// Whether a file holds a whole model, by its name and, where weights alone are called so too, by
  /// what is in it.
  public static func isOne(_ url: URL) -> Bool { reader(of: url) != nil }

  private static func reader(of url: URL) -> ((URL) throws -> ModelGraph)? {
    let format = ModelFormat.known[url.pathExtension.lowercased()]
    guard case .graph(let read, let isOne)? = format?.content, isOne(url)
    else { return nil }
    return read
  }

  /// The model of a file, read by what its name ends with.
  ///
  /// - Throws: `FileError` when the file cannot be read or run, or is of no format known here.
  public init(contentsOf url: URL) throws {
    guard let read = Self.reader(of: url) else {
      let titles = Self.formats.map { "\($0.title) (.\($0.name))" }
      throw FileError(
        url,
        "this is no model of a format known here",
        "give one of these: \(titles.joined(separator: ", "))"
      )
    }
    self = try read(url)
  }
}

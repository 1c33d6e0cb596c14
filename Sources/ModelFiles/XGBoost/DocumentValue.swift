import Exchange
import Foundation

/// A value of a document of JSON or UBJSON. Lists of numbers are kept close together, because models
/// consist of them.
indirect enum DocumentValue {
  case null
  case bool(Bool)
  case number(Double)
  case text(String)
  case numbers([Double])
  case list([DocumentValue])
  case object([String: DocumentValue])

  /// More than any model has.
  static let mostLevels = 64

  /// Values as a list, of numbers where all are.
  init(list values: [DocumentValue]) {
    var numbers: [Double] = []
    for value in values {
      switch value {
      case .number(let number): numbers.append(number)
      case .bool(let bool): numbers.append(bool ? 1 : 0)
      default:
        self = .list(values)
        return
      }
    }
    self = .numbers(numbers)
  }
}

/// What is read out of a document, with its place for errors.
struct DocumentPlace {
  let url: URL
  let value: DocumentValue
  var path = ""

  func damaged(_ problem: String) -> FileError {
    FileError(url, problem, "save the model again with the library that trained it")
  }

  private func wrong(_ what: String) -> FileError {
    damaged("its '\(path.prefix(100))' is no \(what)")
  }

  /// - Throws: `FileError` when this is no object, or has no such member.
  subscript(_ name: String) -> DocumentPlace {
    get throws {
      guard let found = try optional(name) else {
        throw damaged("it has no '\(name)'" + (path.isEmpty ? "" : " in its '\(path)'"))
      }
      return found
    }
  }

  /// - Throws: `FileError` when this is no object.
  func optional(_ name: String) throws -> DocumentPlace? {
    guard case .object(let members) = value else { throw wrong("object") }
    return members[name].map {
      DocumentPlace(url: url, value: $0, path: path.isEmpty ? name : "\(path).\(name)")
    }
  }

  func text() throws -> String {
    guard case .text(let text) = value else { throw wrong("text") }
    return text
  }

  func texts() throws -> [String] {
    switch value {
    case .numbers(let numbers) where numbers.isEmpty: return []
    case .list(let values):
      return try values.map {
        guard case .text(let text) = $0 else { throw wrong("list of texts") }
        return text
      }
    default: throw wrong("list of texts")
    }
  }

  func numbers() throws -> [Double] {
    guard case .numbers(let numbers) = value else { throw wrong("list of numbers") }
    return numbers
  }

  func integers() throws -> [Int] {
    try numbers().map {
      guard let integer = Int(exactly: $0) else { throw wrong("list of whole numbers") }
      return integer
    }
  }

  func list() throws -> [DocumentPlace] {
    let values: [DocumentValue]
    switch value {
    case .list(let own): values = own
    case .numbers(let numbers): values = numbers.map { .number($0) }
    default: throw wrong("list")
    }
    return values.enumerated().map {
      DocumentPlace(url: url, value: $1, path: "\(path)[\($0)]")
    }
  }

  /// A whole number, which may be written as text.
  func integer() throws -> Int {
    switch value {
    case .number(let number): if let integer = Int(exactly: number) { return integer }
    case .text(let text): if let integer = Int(text) { return integer }
    default: break
    }
    throw wrong("whole number")
  }
}

extension RegularFile {
  /// The bytes of a file that is parsed as a whole, and a zero behind them.
  ///
  /// - Throws: `FileError` when it cannot be read, or what is in it would not fit in memory.
  static func parsed(_ url: URL) throws -> [UInt8] {
    let data: Data
    do {
      data = try RegularFile.data(url, atMost: MachineMemory.bytes / 32)
    } catch {
      throw FileError(url, "\(error)", "check the path")
    }
    return [UInt8](data) + [0]
  }
}

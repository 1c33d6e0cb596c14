import Exchange
import Foundation

/// What the system hands to a program as bytes, and the library takes as text.
public enum NativeText {
  /// Refuses words of the command line that are not UTF-8: as text they are others, and no path in them
  /// leads anywhere.
  ///
  /// - Throws: `RunError` that names the first.
  public static func requireArguments() throws {
    for number in 1..<max(Int(CommandLine.argc), 1) {
      guard let word = CommandLine.unsafeArgv[number], String(validatingCString: word) == nil
      else { continue }
      throw RunError(
        "word \(number) of the command line, '\(String(cString: word))', is not UTF-8: rename the "
          + "file, or make a link to it with another name"
      )
    }
  }

  /// Refuses to work where the path of relative names is not UTF-8.
  ///
  /// - Throws: `RunError` that names the folder.
  public static func requireFolder() throws {
    guard let path = getcwd(nil, 0) else { return }
    defer { free(path) }
    guard String(validatingCString: path) == nil else { return }
    throw RunError(
      "the name of the current folder, '\(String(cString: path))', is not UTF-8: rename it, or start "
        + "the program in another"
    )
  }
}

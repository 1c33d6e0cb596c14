/// Why a student cannot be loaded.
public enum StudentError: Error, Sendable, Equatable {
  case notReadable
  case notAStudent
  case newerVersion
  case cutShort
  case damaged
  case inconsistent

  /// One sentence with what to do.
  public var message: StaticString {
    switch self {
    case .notReadable: "the file cannot be opened or mapped: check its name and permissions"
    case .notAStudent: "this is not the file of a student: make one with distill export"
    case .newerVersion: "this student is of a newer version: update StudentRuntime"
    case .cutShort: "the file is shorter or longer than it says: copy it again"
    case .damaged: "the file was changed after it was written: copy it again"
    case .inconsistent: "the file describes no network that can be computed: export it again"
    }
  }
}

#if !hasFeature(Embedded)
  extension StudentError: CustomStringConvertible {
    public var description: String { "\(message)" }
  }
#endif

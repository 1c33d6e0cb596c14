/// Which run to resume.
package enum ResumedRun: Codable, Equatable {
  /// The one that was worked on last and is not finished.
  case latest
  /// The one in a folder.
  case folder(String)

  /// The folder, or nil for the latest run.
  package var path: String? {
    switch self {
    case .latest: nil
    case .folder(let path): path
    }
  }
}

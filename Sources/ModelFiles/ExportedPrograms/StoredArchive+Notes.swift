import Exchange
import Foundation

extension StoredArchive {
  /// What `extra_files` of `torch.export.save` or `torch.jit.save` put beside the program, where it is
  /// short text.
  func notes() throws -> [String: String] {
    var notes: [String: String] = [:]
    for name in names {
      // So PyTorch before 2.8 called it.
      guard let place = name.range(of: "/extra/") ?? name.range(of: "extra_files/"),
        size(of: name) ?? .max <= 1 << 16,
        let bytes = try bytes(of: name), let text = String(validating: bytes, as: UTF8.self)
      else { continue }
      notes[String(name[place.upperBound...])] = text
    }
    return notes
  }
}

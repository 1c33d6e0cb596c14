import Foundation
import Testing

@testable import Reporting

/// Certificates whose JSON says what none can, in every place of it.
@Suite struct CertificateDamageTests {
  private let certificate = try! CertificateReference.numbers.certificate()

  /// What a file says, changed in one place.
  private enum Fault: CaseIterable {
    case emptied, shortened, reversed, removed, negative, huge, zero

    /// Nil where it does not apply.
    func applied(to value: Any, in parent: Any) -> Any?? {
      switch self {
      case .emptied:
        return value is [Any]
          ? .some([Any]()) : value is [String: Any] ? .some([String: Any]()) : nil
      case .shortened:
        guard let list = value as? [Any], !list.isEmpty else { return nil }
        return .some(Array(list.dropLast()))
      case .reversed:
        guard let ends = value as? [Double], ends.count == 2, ends[0] < ends[1] else { return nil }
        return .some([ends[1], ends[0]])
      case .removed: return parent is [String: Any] ? .some(nil) : nil
      case .negative: return value is NSNumber ? .some(-1) : nil
      case .huge: return value is NSNumber ? .some(1e300) : nil
      case .zero: return value is NSNumber ? .some(0) : nil
      }
    }
  }

  /// Every damaged form, with what was done.
  private func visit(
    _ value: Any,
    _ path: String,
    in parent: Any,
    _ rebuild: (Any?) -> Any,
    _ body: (String, Fault, Any) throws -> Void
  ) rethrows {
    for fault in Fault.allCases {
      if let damaged = fault.applied(to: value, in: parent) {
        try body("\(path) \(fault)", fault, rebuild(damaged))
      }
    }
    if let fields = value as? [String: Any] {
      for (key, field) in fields {
        try visit(
          field,
          "\(path).\(key)",
          in: fields,
          { changed in
            var copy = fields
            copy[key] = changed
            return rebuild(copy)
          },
          body
        )
      }
    } else if let list = value as? [Any] {
      // The first and the last stand for all.
      for index in Set([0, list.count - 1]) where list.indices.contains(index) {
        try visit(
          list[index],
          "\(path)[\(index)]",
          in: list,
          { changed in
            var copy = list
            copy[index] = changed!
            return rebuild(copy)
          },
          body
        )
      }
    }
  }

  /// The clean inputs stand for all.
  private func short(_ json: Data) throws -> Any {
    var fields = try JSONSerialization.jsonObject(with: json) as! [String: Any]
    fields["settings"] = Array((fields["settings"] as! [Any]).prefix(1))
    return fields
  }

  @Test func whatIsMissingOrImpossibleIsRefusedOrDoesNotStand() throws {
    let whole = try short(certificate.json())
    let sound = try Certificate(json: JSONSerialization.data(withJSONObject: whole))
    var (refused, read, fallen) = (0, 0, 0)
    func tried(_ place: String, _ fault: Fault, _ damaged: Any) throws {
      let forged: Certificate
      do {
        forged = try Certificate(json: JSONSerialization.data(withJSONObject: damaged))
      } catch is CertificateError {
        refused += 1
        return
      }
      read += 1
      let result = forged.compared(with: sound)
      if !result.stands { fallen += 1 }
      // Showing it takes long: one in a few stands for the others.
      if read % 16 == 0 { #expect(!forged.page.html.isEmpty && !forged.summary.isEmpty) }
      if [.emptied, .shortened, .removed].contains(fault), place.contains(".settings[") {
        #expect(!result.stands, "\(place)")
      }
    }
    try visit(whole, "certificate", in: [], { $0! }, tried)
    #expect(refused > 300 && fallen > 100)
  }

  @Test(arguments: ["interval", "equivalenceInterval", "seedInterval"])
  func anIntervalWithoutEndsIsRefused(_ name: String) throws {
    let text = String(decoding: try certificate.json(), as: UTF8.self)
    let old = try #require(text.firstMatch(of: try Regex("\"\(name)\" : \\[[^\\]]*\\]")))
    let forged = text.replacingCharacters(in: old.range, with: "\"\(name)\" : []")
    let error = #expect(throws: CertificateError.self) { try Certificate(json: Data(forged.utf8)) }
    #expect(
      error?.description
        == "the certificate is damaged: an interval of student − control in accuracy on the clean "
        + "inputs has not two ends in order"
    )
    // Whoever decodes it in another way is told, too.
    #expect(throws: CertificateError.self) {
      try JSONDecoder().decode(Certificate.self, from: Data(forged.utf8))
    }
  }
}

import Exchange
import Foundation
import ModelFiles
import Tensors

/// What files of teachers say about the examples that their network was made with: in the metadata
/// of weights, in the `extra_files` of an exported
/// program, or in the `metadata_props` of an ONNX model.
package struct TeacherFacts {
  package var classes: [String]?
  package var divisor: Double?
  package var scaling: ExampleScaling?
  /// The largest number of an input as its file had it.
  package var largest: Double?
  /// The columns of a table that it was trained on, in their order.
  package var features: [String]?

  package init(_ plan: DataPlan) {
    classes = plan.classes
    divisor = plan.source.divisor
    scaling = plan.scaling
    largest = plan.inputRange?.last
    features = plan.columns
  }

  /// - Parameter paths: The members of an ensemble.
  /// - Throws: `RunError` when they do not belong together.
  package init(_ paths: [String]) throws {
    let all = try paths.map { path in
      let url = URL(fileURLWithPath: path)
      if TreeModel.fileEndings.contains(url.pathExtension.lowercased()) {
        var facts = TeacherFacts([:])
        facts.features = try TreeModel(contentsOf: url).featureNames
        return facts
      }
      guard TeacherPlan.isWhole(path) else {
        return TeacherFacts(try NamedWeights(contentsOf: url).metadata)
      }
      let notes = try ModelGraph(contentsOf: url).notes
      var facts = TeacherFacts(notes)
      // An exported student scales by itself: it was trained on numbers as they are.
      if Self.isExport(notes), facts.scaling == nil { facts.scaling = ExampleScaling() }
      return facts
    }
    self = all[0]
    let other = all.firstIndex {
      $0.classes != classes || $0.scaling != scaling
        || ($0.features.map { $0 != features ?? $0 } ?? false)
    }
    if let other {
      throw RunError(
        "'\(paths[0])' and '\(paths[other])' were trained on other classes, other columns or other "
          + "scaling: they make no ensemble"
      )
    }
  }

  /// Whether a file's remarks are those of an exported student.
  package static func isExport(_ notes: [String: String]) -> Bool {
    notes["program"]?.hasPrefix("distill ") == true && notes["student"] != nil
  }

  package init(_ metadata: [String: String]) {
    func numbers(_ key: String) -> [Double]? {
      metadata[key].map { $0.split(separator: ",").compactMap { Double($0) } }
    }
    // Exported students, which may be teachers again, have names as JSON.
    func names(_ key: String) -> [String]? {
      metadata[key].flatMap { try? CarefulJSONDecoder().decode([String].self, from: Data($0.utf8)) }
    }
    classes =
      names("classes")
      ?? metadata["classes"].map { $0.split(separator: "\n").map(String.init) }
    features = names("columns") ?? names("inputs")
    divisor = numbers("divisor")?.first.flatMap { $0 > 0 && $0.isFinite ? $0 : nil }
    largest = numbers("largest")?.first
    if let mean = numbers("mean"), let deviation = numbers("deviation"),
      mean.count == deviation.count, mean.allSatisfy(\.isFinite),
      deviation.allSatisfy({ $0 > 0 && $0.isFinite })
    {
      scaling = ExampleScaling(mean: mean, deviation: deviation)
    }
  }

  /// As files of weights keep it.
  package var metadata: [String: String] {
    func text(_ numbers: [Double]?) -> String? {
      numbers.map { $0.map { "\($0)" }.joined(separator: ",") }
    }
    return [
      "classes": classes?.joined(separator: "\n"), "divisor": text(divisor.map { [$0] }),
      "largest": text(largest.map { [$0] }), "mean": text(scaling?.mean),
      "deviation": text(scaling?.deviation),
      // A name may have any character.
      "columns": features.flatMap { try? JSONEncoder().encode($0) }
        .map { String(decoding: $0, as: UTF8.self) },
    ].compactMapValues { $0 }
  }

  /// What the numbers of data must be divided by to be as the teacher's were; nil as they are.
  ///
  /// Numbers that are as small as the teacher's were after their division are taken as divided.
  package func divisor(for data: LabelledData) -> Double? {
    guard let divisor, divisor != data.divisor else { return nil }
    let highest = data.range[1]
    return divisor == 1 || highest > 1.5 * (largest ?? 255) / divisor ? divisor : nil
  }

  /// The classes in the order of the teacher's outputs, where data have them in another.
  ///
  /// - Parameter asked: Whether the user named those of the data.
  /// - Throws: `RunError` when the teacher knows others.
  package func order(of found: [String], asked: Bool) throws -> [String]? {
    guard let classes, classes != found else { return nil }
    let (known, own) = (classes.map(Self.key), found.map(Self.key))
    if known == own { return classes }
    if Set(own).isSubset(of: known) {
      guard !asked else {
        throw RunError(
          "--classes \(found.joined(separator: ",")) is not the order of the teacher's outputs, which "
            + "its file says: \(classes.joined(separator: ","))"
        )
      }
      return classes
    }
    // Numbers alone on one side are places among the names of the other.
    if Self.areNumbered(found) && found.count <= classes.count { return nil }
    if Self.areNumbered(classes) && found.count == classes.count { return nil }
    let strange = found.first { !known.contains(Self.key($0)) }!
    throw RunError(
      "the data have a class '\(strange)' that the teacher does not know: its file says "
        + classes.prefix(12).joined(separator: ", ") + (classes.count > 12 ? ", …" : "")
    )
  }

  /// The columns of a table that the teacher knows, in its order, where the data have others too or
  /// another order.
  ///
  /// - Parameter asked: Whether the user named those of the data.
  /// - Throws: ``RunError`` when the user asked for others.
  package func columns(of found: [String]?, asked: Bool) throws -> [String]? {
    guard let features, let found, features != found, Set(features).isSubset(of: found) else {
      return nil
    }
    guard !asked else {
      throw RunError(
        "--inputs \(found.joined(separator: ",")) are not the columns, in their order, that the "
          + "teacher was trained on, which its file says: \(features.joined(separator: ","))"
      )
    }
    return features
  }

  /// What to say where the data call as many columns by names that the teacher does not know.
  package func warning(ofColumns found: [String]?) -> String? {
    guard let features, let found, features.count == found.count,
      let strange = found.first(where: { !features.contains($0) }),
      // Libraries of trees count columns that have no names.
      !features.allSatisfy({ $0.wholeMatch(of: /(f|Column_)[0-9]+/) != nil })
    else { return nil }
    return "the data have a column '\(strange)' that the teacher's file does not know: columns are "
      + "taken in their order, as " + features.prefix(12).joined(separator: ", ")
      + (features.count > 12 ? ", …" : "")
  }

  /// From 0, or from 1.
  package static func areNumbered(_ classes: [String]) -> Bool {
    [0, 1].contains { first in classes.map(key) == classes.indices.map { key("\($0 + first)") } }
  }

  /// 1 and 1.0 are one class.
  private static func key(_ name: String) -> String { Double(name).map { "\($0)" } ?? name }
}

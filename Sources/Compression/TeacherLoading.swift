import Exchange
import Foundation
import Mathematics
import ModelFiles
import Networks
import Tensors

/// The networks that teach, with their weights.
///
/// - Parameters:
///   - data: What the inputs are, and how they are scaled. Trees are asked about numbers as they
///     are in the files.
///   - answers: What a teacher said of which there is no network.
///   - note: Is told how names in files of weights were found to be the network's.
/// - Throws: One sentence when a file was changed, or holds the weights of another network.
package func loadTeacher(
  _ plan: TeacherPlan,
  data: DataPlan,
  on device: Device,
  answers: () throws -> any Module,
  note: (String) -> Void = { _ in }
) throws -> [any Module] {
  if plan.answers != nil || plan.observed != nil { return [try answers()] }
  return try plan.files.enumerated().map { index, files in
    try files.requireUnchanged()
    let url = URL(fileURLWithPath: files.path)
    let network: any Module
    if let model = plan.models?[index] ?? plan.model {
      try requireHeld(model, in: url)
      network = model.module(using: RandomGenerator(seed: 0, on: device))
      let weights = try NamedWeights(contentsOf: url).entries.renamed(
        (plan.renames ?? []).map { try WeightRenaming($0) },
        in: files.path,
        // Of an ensemble one may be what another is not.
        requiringUse: plan.files.count == 1
      )
      if let text = try network.load(weights, from: files.path) {
        note("weights of '\(files.path)': \(text)")
      }
    } else if let trees = try TeacherPlan.trees(files.path) {
      network = TreeNetwork(trees.scaled(as: data, divisor: data.source.divisor ?? 1))
    } else {
      network = try ModelNetwork(
        contentsOf: url,
        named: plan.output,
        exampleShape: data.shape,
        on: device
      )
    }
    if let (name, _) = network.namedParameters.first(where: {
      $0.parameter.role == .trained && !$0.parameter.value.isAllFinite
    }) {
      throw RunError(
        "the weights in '\(files.path)' are not all finite: \(name) holds NaN or infinity; save them "
          + "from a network that works"
      )
    }
    return network
  }
}

/// The teacher's preflight: it must reproduce the accuracy that its owner knows it has.
package enum Preflight {
  /// How far below the stated accuracy a measured one may be: the half unit of the last digit given
  /// and three standard errors of an accuracy on that many examples.
  package static func tolerance(stated: Double, digits: Int, examples: Int) -> Double {
    let error = (stated * (1 - stated) / Double(max(examples, 1))).squareRoot()
    return 0.5 * pow(10, -Double(digits)) + 3 * error
  }

  /// - Throws: `RunError` when the teacher does worse than stated.
  package static func check(
    stated: Double,
    digits: Int,
    measured: Double,
    examples: Int,
    on part: String
  ) throws -> String {
    let tolerance = tolerance(stated: stated, digits: digits, examples: examples)
    let found = String(
      format: "%.4f on %@ %@ examples, stated %.\(digits)f, tolerance %.4f",
      measured,
      grouped(examples),
      part,
      stated,
      tolerance
    )
    guard measured >= stated - tolerance else {
      throw RunError(
        "the teacher does not reproduce its accuracy: measured \(found); check the order of the "
          + "classes, the scaling of the inputs (--normalize) and that --teacher-model is its network"
      )
    }
    return "the teacher's accuracy is \(found)"
  }
}

extension ModelNetwork {
  /// The model of a file, of which one output is observed.
  ///
  /// - Parameter output: Its name; nil for the first of real numbers.
  /// - Throws: `RunError` when there is no such output.
  init(
    contentsOf url: URL,
    named output: String?,
    exampleShape: [Int]?,
    on device: Device
  ) throws {
    let graph = try ModelGraph(contentsOf: url)
    let place = try output.map { name in
      guard let place = graph.outputs.firstIndex(where: { $0.name == name }) else {
        let names = graph.outputs.map(\.name).joined(separator: ", ")
        throw RunError("the teacher '\(url.path)' has no output '\(name)': it has \(names)")
      }
      return place
    }
    try self.init(graph, output: place, exampleShape: exampleShape, on: device)
  }
}

extension TeacherPlan {
  /// Whether a file holds a network whole, so that nothing else says of which network it is.
  package static func isWhole(_ path: String) -> Bool {
    let url = URL(fileURLWithPath: path)
    return ModelGraph.isOne(url) || TreeModel.fileEndings.contains(url.pathExtension.lowercased())
  }
}

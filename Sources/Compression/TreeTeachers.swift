import Distillation
import Exchange
import Foundation
import Mathematics
import ModelFiles
import Networks
import Tensors

/// What a loss cannot have of a teacher, and why.
package struct TeacherLimits {
  package var hasDerivatives = true
  package var hasFeatures = true
  /// For a sentence that refuses.
  package var reason = ""
  /// For people, where it is taken into account.
  package var remark = ""

  package init(
    hasDerivatives: Bool = true,
    hasFeatures: Bool = true,
    reason: String = "",
    remark: String = ""
  ) {
    self.hasDerivatives = hasDerivatives
    self.hasFeatures = hasFeatures
    self.reason = reason
    self.remark = remark
  }

  /// Nil for a model of which there is everything.
  init?(of model: any Module) {
    let isGraph = (model as? ModelNetwork)?.graph.isPiecewiseConstant
    guard model is TreeNetwork || isGraph == true else { return nil }
    self.init(
      hasDerivatives: false,
      hasFeatures: isGraph == true,
      reason: "trees give the same everywhere between thresholds, so that there are none to match",
      remark: "trees have no derivatives"
    )
  }

  /// - Throws: ``RunError`` when a loss needs what there is not.
  package func check(_ loss: Loss) throws {
    let needs = loss.needs
    guard !needs.derivatives && needs.projections == 0 || hasDerivatives,
      needs.teacherFeatures.isEmpty || hasFeatures
    else {
      throw RunError(
        "the loss \(loss.description) needs derivatives or features of the teacher, and \(reason)"
      )
    }
  }
}

extension TeacherPlan {
  /// The trees of a file; nil where it holds another model.
  ///
  /// - Throws: `FileError` when it is damaged.
  package static func trees(_ path: String) throws -> TreeModel? {
    let url = URL(fileURLWithPath: path)
    let ending = url.pathExtension.lowercased()
    if TreeModel.fileEndings.contains(ending) { return try TreeModel(contentsOf: url) }
    return ending == "onnx" ? try ModelGraph(contentsOf: url).trees : nil
  }

  /// Whether a file in a folder is a teacher. Many files end as those of trees do.
  package static func isWhole(_ name: String, in folder: String) -> Bool {
    guard TreeModel.fileEndings.contains((name.lowercased() as NSString).pathExtension) else {
      return isWhole(folder + "/" + name)
    }
    return TreeModel.isOne(URL(fileURLWithPath: folder).appendingPathComponent(name))
  }
}

extension TreeModel {
  /// For people.
  package var summary: String {
    let trees = ensemble.treeCount
    return "\(grouped(trees)) \(trees == 1 ? "tree" : "trees") of \(source), at most "
      + "\(grouped(ensemble.depth)) deep, with \(grouped(ensemble.leafCount)) leaves"
  }

  /// The same trees for inputs as a network sees them.
  func scaled(as data: DataPlan, divisor: Double) -> TreeModel {
    guard divisor != 1 || !data.scaling.mean.isEmpty else { return self }
    return forInputs { rows in
      data.scaling.apply(to: divisor == 1 ? rows : rows / divisor, shape: data.shape)
    }
  }
}

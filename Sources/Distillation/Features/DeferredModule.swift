import Networks
import Tensors

/// A network of a loss whose layers are made when it first sees the shapes of what it works on.
///
/// A ``Distiller`` looks at the first batch once before it trains, so that the layers are there when
/// the optimizer takes stock; checkpoints note the shapes, so that a run that is taken up makes the
/// same layers before any batch is seen.
public protocol DeferredModule: Module, AnyObject {
  /// The shapes that the layers were made for, without the batch axis; nil until they are known.
  var shapes: [[Int]]? { get }

  /// Makes the layers.
  ///
  /// - Parameters:
  ///   - shapes: Without the batch axis.
  ///   - example: Whose element type and device the layers have.
  /// - Throws: ``DistillationError`` when nothing fits the shapes.
  func build(for shapes: [[Int]], like example: Tensor) throws

  /// What was put in, in a sentence for the user; nil where nothing was.
  var announcement: String? { get }
}

extension DeferredModule {
  /// Makes the layers for tensors `[batch, …]` when that was not done before.
  ///
  /// - Throws: ``DistillationError`` when nothing fits the shapes.
  public func prepare(for tensors: Tensor...) throws {
    guard shapes == nil else { return }
    try build(for: tensors.map { Array($0.shape.dropFirst()) }, like: tensors[0])
  }
}

extension Module {
  /// Modules here whose layers are made late, by their path.
  var deferredModules: [(path: String, module: any DeferredModule)] {
    if let own = self as? any DeferredModule { return [("", own)] }
    return members.flatMap { name, member in
      guard case .module(let module) = member else { return [] as [(String, any DeferredModule)] }
      return module.deferredModules.map {
        ($0.path.isEmpty ? name : "\(name).\($0.path)", $0.module)
      }
    }
  }
}

extension Loss {
  /// Modules of the loss whose layers are made late, by their path in a checkpoint.
  var deferredModules: [(path: String, module: any DeferredModule)] {
    modules.enumerated().flatMap { index, module in
      module.deferredModules.map {
        ($0.path.isEmpty ? "\(index)" : "\(index).\($0.path)", $0.module)
      }
    }
  }

  /// Whether all networks of the loss have their layers.
  var isBuilt: Bool { deferredModules.allSatisfy { $0.module.shapes != nil } }

  /// What the loss put in between student and teacher, a sentence each, once it has seen both.
  public var announcements: [String] {
    var seen: Set<ObjectIdentifier> = []
    return deferredModules.compactMap { _, module in
      seen.insert(ObjectIdentifier(module)).inserted ? module.announcement : nil
    }
  }

  /// Makes the layers that wait for shapes, by evaluating once the terms that have such layers.
  ///
  /// - Throws: ``DistillationError`` when the features are missing or do not fit.
  public func build(seeing comparison: Comparison) throws {
    for term in terms where !Loss([term]).isBuilt {
      _ = try withoutGradient { try term.value(comparison) }
    }
  }
}

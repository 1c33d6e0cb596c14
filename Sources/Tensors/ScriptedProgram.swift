import CTorch

/// A program of TorchScript as libtorch reads it: a graph as text, and the tensors that it names.
package struct ScriptedProgram {
  /// The graph as JSON.
  package let graph: String
  package let tensors: [Tensor]

  /// - Throws: ``TorchError`` when libtorch cannot read the file.
  package init(path: String) throws {
    guard let raw = dt_script_load(path) else {
      throw TorchError(String(cString: dt_last_error()))
    }
    defer { dt_script_release(raw) }
    graph = String(cString: dt_script_graph(raw))
    let types = Set(ElementType.allCases.map(\.torch))
    tensors = try (0..<dt_script_tensor_count(raw)).map { index in
      let tensor = dt_script_tensor(raw, index)
      defer { if let tensor, !types.contains(dt_tensor_type(tensor)) { dt_tensor_release(tensor) } }
      guard let tensor, types.contains(dt_tensor_type(tensor)) else {
        throw TorchError("a tensor has an element type that is not known here")
      }
      return Tensor(owning: tensor)
    }
  }
}

import Exchange
import Foundation
import Tensors

/// Programs of TorchScript: the files of `torch.jit.trace` and `torch.jit.script`, which PyTorch
/// still writes and no longer develops.
///
/// ```python
/// torch.jit.trace(model.eval(), x).save("net.pt")
/// ```
public enum TorchScript {
  /// Whether a file holds such a program, whatever its name ends with.
  public static func isOne(_ url: URL) -> Bool { ScriptArchive.isOne(url) }

  /// The graph of a program, in evaluation mode. libtorch reads the file, puts the code of modules in
  /// its place and computes what is known beforehand; the graph that is left is run as any other.
  ///
  /// - Throws: `FileError` with one sentence when the file is missing, damaged, or holds what cannot
  ///   be run: choices and loops that depend on the inputs, operators of other libraries, or code
  ///   that reaches beyond the model.
  public static func read(from url: URL) throws -> ModelGraph {
    let notes = try ScriptArchive.check(url)
    do {
      let program = try ScriptedProgram(path: url.path)
      let schema = try CarefulJSONDecoder()
        .decode(ScriptSchema.self, from: Data(program.graph.utf8))
      var reader = ScriptReader(schema, program.tensors)
      var graph = try reader.graph()
      graph.notes = notes
      return graph
    } catch let refusal as GraphBuilder.Refusal {
      throw FileError(url, refusal.problem, refusal.advice)
    } catch let error as TorchError {
      throw FileError(url, error.description, "export the model with torch.export")
    } catch is DecodingError {
      throw FileError(url, "its graph is damaged", "export the model with torch.export")
    }
  }
}

extension ModelFormat {
  /// Weights alone are called `.pt` and `.pth` too, and other things `.ts`.
  static let torchScript = ["pt", "pth", "ts", "torchscript"].map { ending in
    ModelFormat(
      ending,
      "TorchScript program",
      graph: { try TorchScript.read(from: $0) },
      isOne: { ending == "torchscript" || TorchScript.isOne($0) }
    )
  }
}

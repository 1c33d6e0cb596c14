import Distill
import Foundation

/// Training steps of networks that PyTorch exported, which `peers/programs.py` writes; PyTorch trains the
/// module of the same file.
var programWorks: [Work] {
  let size = 100
  let shapes = ["mlp": [784], "cnn": [1, 28, 28], "lstm": [28, 28]]
  return shapes.sorted { $0.key < $1.key }.compactMap { name, shape in
    let file = programFolder.appendingPathComponent("\(name).pt2")
    guard FileManager.default.fileExists(atPath: file.path) else { return nil }
    return Work(name: "program-\(name)") {
      let inputs = images(size).reshaped(to: [size] + shape)
      let target = Observation(softTargets(size), meaning: .probabilities)
      let graph = try ModelGraph(contentsOf: file)
      return try steps(on: Batch(inputs), toward: target, .softCrossEntropy()) {
        try ModelNetwork(graph)
      }
    }
  }
}

private let programFolder = URL(fileURLWithPath: #filePath)
  .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
  .appendingPathComponent(".build/programs")

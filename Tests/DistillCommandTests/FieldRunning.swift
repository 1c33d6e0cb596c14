import Distill
import Foundation

@testable import DistillCommand
@testable import Exchange
@testable import Runs

/// Tests of what becomes of the students of finished runs of the fields of use.
protocol FieldRunning {}

extension FieldRunning {
  func run(_ recipe: JobRecipe, in scratch: URL) throws -> RunFolder {
    let place = scratch.appendingPathComponent("run").path
    let folder = try recipe.begin("run", at: place, on: .cpu)
    try Machine.with(threads: 1) { try recipe.perform(in: folder, on: .cpu, .silent) }
    return RunFolder(url: folder.url, command: folder.command)
  }

  func ownRun(_ folder: RunFolder) -> Run {
    Run(folder: folder, seed: 3, device: .cpu, work: .silent)
  }

  func weights<Network: Module>(
    _ network: Network,
    _ folder: RunFolder,
    _ name: String
  ) throws -> Network {
    try network.load(from: folder.file("\(name).safetensors"))
    return network
  }
}

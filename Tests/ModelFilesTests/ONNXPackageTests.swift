import Foundation
import Tensors
import Testing

@testable import ModelFiles

/// Whole models out of packages, which `Tools/reference/onnx_packages.py` fetches, against ONNX Runtime;
/// and their derivatives against differences.
@Suite struct ONNXPackageTests {
  private struct Right: Decodable {
    let inputs: [ONNXNodeTests.Packed]
    let outputs: [ONNXNodeTests.Packed]
  }

  static let folder = ProcessInfo.processInfo.environment["DISTILL_ONNX_PACKAGES"]
    .map { URL(fileURLWithPath: $0) }

  static let names: [String] = {
    guard let folder else {
      print("Models out of packages are not tried: DISTILL_ONNX_PACKAGES names no folder of them.")
      return []
    }
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    return names.filter { $0.hasSuffix(".json") }.map { String($0.dropLast(5)) }.sorted()
  }()

  /// Σ cos(i)·y_i of all real outputs, in double precision.
  private static func total(_ outputs: [Tensor]) -> Tensor {
    outputs.filter(\.elementType.isFloatingPoint).reduce(Tensor(0 as Double)) { sum, y in
      let weights = Tensor((0..<y.count).map { cos(Double($0)) }, shape: y.shape)
      return sum + (y.cast(to: .float64) * weights).sum()
    }
  }

  @Test(arguments: names) func modelsAreThoseOfONNXRuntime(name: String) throws {
    let url = Self.folder!.appendingPathComponent(name)
    let right = try JSONDecoder().decode(
      Right.self,
      from: Data(contentsOf: url.appendingPathExtension("json"))
    )
    let graph = try ModelGraph(contentsOf: url.appendingPathExtension("onnx"))
    let inputs = right.inputs.map(\.tensor)
    let outputs = try graph.run(inputs)
    #expect(outputs.count == right.outputs.count)
    for (found, right) in zip(outputs, right.outputs) {
      let error = relativeError(found, right.tensor)
      print("\(name): \(found.shape) within \(error)")
      #expect(error <= 1e-4)
    }
    guard let place = inputs.firstIndex(where: \.elementType.isFloatingPoint) else { return }
    var failure: (any Error)?
    func value(_ x: Tensor) -> Tensor {
      var all = inputs
      all[place] = x
      do { return Self.total(try graph.run(all)) } catch {
        failure = error
        return Tensor(.nan as Double)
      }
    }
    let x = inputs[place]
    let slope = try withTorchErrors { gradient(at: x, of: value) }
    #expect(failure == nil)
    let length = slope.squared.sum().squareRoot.doubleValue
    let direction = slope / length
    // Steps that are neither lost in rounding nor too long for some model.
    let errors = (2...14).map { power -> Double in
      let step = pow(10, -Double(power) / 2)
      let ends = [step, -step].map { value(x + direction * $0).doubleValue }
      return abs((ends[0] - ends[1]) / (2 * step) / length - 1)
    }
    print("\(name): slope \(length) within \(errors.min()!) of differences")
    // Some points are near where a slope jumps.
    #expect(errors.min()! <= 2e-2)
  }
}

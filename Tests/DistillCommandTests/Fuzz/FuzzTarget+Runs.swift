import Distill
import Foundation

@testable import Compression
@testable import DistillCommand
@testable import Exchange
@testable import Experiments
@testable import Runs

/// Recipes, certificates and whole runs.
extension FuzzTarget {
  static let runs = [
    FuzzTarget(name: "recipes", weight: 8 * slow) { folder in
      let place = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("../../../Recipes").standardized
      for file in try FileManager.default.contentsOfDirectory(atPath: place.path)
      where file.hasSuffix(".yaml") {
        try FileManager.default.copyItem(
          at: place.appendingPathComponent(file),
          to: folder.appendingPathComponent(file)
        )
      }
    } use: { folder in
      var refusal: (any Error)?
      for file in try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted() {
        let text = try String(contentsOf: folder.appendingPathComponent(file), encoding: .utf8)
        do { _ = try JobRecipe(yaml: text) } catch { refusal = error }
      }
      if let refusal { throw refusal }
    },
    reader("plan of a compression", "recipe.yaml", weight: usual) { file in
      try compressed(in: file.deletingLastPathComponent(), stopping: true)
      let recipe = file.deletingLastPathComponent().appendingPathComponent("run/recipe.yaml")
      let data = try Data(contentsOf: recipe)
      for name in ["run", "data", "teachers"] {
        try FileManager.default.removeItem(
          at: file.deletingLastPathComponent().appendingPathComponent(name)
        )
      }
      try data.write(to: file)
    } use: {
      _ = try Recipe<CompressionPlan>(yaml: String(contentsOf: $0, encoding: .utf8))
    },
    FuzzTarget(
      name: "certificate",
      weight: 8 * slow,
      make: { try certified(in: $0) },
      use: { folder in
        let certificate = try CertificateFile.read(folder.path + "/run")
        _ = (certificate.page.html, certificate.summary)
        _ = certificate.compared(with: certificate).summary
        _ = try certificate.requireNetworks(in: folder.appendingPathComponent("run"))
      },
      files: ["run/certificate.json"]
    ),
    FuzzTarget(name: "logz", weight: 4 * slow) { folder in
      let file = { folder.appendingPathComponent($0) }
      try ModelFile.write(smallRBM(), to: file("rbm.safetensors"))
      let student = NADE(inputs: 9, hidden: 4, using: RandomGenerator(seed: 1))
      try student.write(to: file("student.safetensors"), metadata: [:])
    } use: { folder in
      try distill(
        "generative",
        "logz",
        "FOLDER/rbm.safetensors",
        "--student",
        "FOLDER/student.safetensors",
        "--samples",
        "100",
        "--partition-chains",
        "20",
        "--partition-burn-in",
        "2",
        "--runs",
        "20",
        "--temperatures",
        "10",
        in: folder
      )
    },
    FuzzTarget(
      name: "compress --resume",
      weight: 2 * slow,
      make: { try compressed(in: $0, stopping: true) },
      use: { try distill("compress", "--resume", "FOLDER/run", in: $0) },
      files: ["run"],
      patience: 60
    ),
    FuzzTarget(
      name: "predict of a run",
      weight: 4 * slow,
      make: { try compressed(in: $0, stopping: false) },
      use: {
        try distill(
          "predict",
          "FOLDER/run",
          "--data",
          "FOLDER/data/t10k-images-idx3-ubyte.gz",
          in: $0
        )
      },
      files: ["run/recipe.yaml", "run/student.safetensors", "run/state.json"],
      patience: 20
    ),
    FuzzTarget(
      name: "replay",
      weight: slow,
      make: { try certified(in: $0) },
      use: { folder in
        _ = try runReplay(
          folder.path + "/run",
          out: folder.path + "/again",
          on: .cpu,
          program: program,
          silent.work(untouched)
        )
      },
      files: ["run/certificate.json", "run/recipe.yaml"],
      patience: 60
    ),
  ]

  /// The tests' own executable file is large, and is not what certifies.
  static let program = Provenance.Content(name: "distill", bytes: 1, sha256: "ab12")

  /// A run that finds its data where it is moved to.
  private static func compressed(in folder: URL, stopping: Bool) throws {
    let world = try CompressWorld(in: folder)
    var options = world.options()
    options.trainsControl = true
    let word = stopping ? "\"done\":30,\"event\":\"progress\",\"loss\"" : nil
    do { try world.run(options, stoppingAt: word) } catch is Stopped {}
  }

  private static func certified(in folder: URL) throws {
    try compressed(in: folder, stopping: false)
    let options = CertifyOptions(run: folder.path + "/run", seeds: 2)
    _ = try runCertify(options, on: .cpu, program: program, silent.work(untouched))
  }
}

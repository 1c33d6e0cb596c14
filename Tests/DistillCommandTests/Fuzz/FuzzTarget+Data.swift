import Distill
import Foundation

@testable import Compression
@testable import DistillCommand
@testable import Exchange
@testable import Experiments
@testable import ModelFiles
@testable import Runs

/// Arrays, tables and images.
extension FuzzTarget {
  static let data =
    arrays + images + [
      FuzzTarget(name: "labelled archive", weight: quick) { folder in
        try NumPy.writeArchive(
          [
            "x_train": .zeros([4, 3]), "y_train": Tensor([0, 1, 0, 2]), "x_test": .zeros([2, 3]),
            "y_test": Tensor([0, 1]),
          ],
          to: folder.appendingPathComponent("data.npz")
        )
      } use: {
        _ = try LabelledSource(DataSource($0.appendingPathComponent("data.npz").path))
      },
      FuzzTarget(name: "labelled table", weight: quick) { folder in
        try Data("a,b,kind\n1,2,x\n3,4,y\n5,6,x\n7,8,y\n".utf8)
          .write(to: folder.appendingPathComponent("data.csv"))
      } use: {
        let source = DataSource($0.appendingPathComponent("data.csv").path, labels: "kind")
        _ = try LabelledSource(source)
      },
      FuzzTarget(name: "answers of a teacher", weight: quick) { folder in
        try Data("a,b,kind\n1,2,x\n3,4,y\n".utf8)
          .write(to: folder.appendingPathComponent("data.csv"))
        let answers = Tensor([[0.25, 0.75], [0.5, 0.5]] as [[Float]])
        try NumPy.write(answers, to: folder.appendingPathComponent("answers.npy"))
        try NumPy.writeArchive(["it": answers], to: folder.appendingPathComponent("answers.npz"))
        try Data("x,y\n-1,2\n3,0.5\n".utf8).write(to: folder.appendingPathComponent("answers.csv"))
      } use: { folder in
        let data = DataSource(folder.appendingPathComponent("data.csv").path, labels: "kind")
        let source = try LabelledSource(data)
        let plan = DataPlan(
          source: data,
          files: [],
          classes: source.training.classes,
          shape: [2],
          scaling: ExampleScaling(),
          split: DataSplit()
        )
        for ending in ["npy", "npz", "csv"] {
          let file = folder.appendingPathComponent("answers." + ending).path
          let table = try AnswerTable(AnswersPlan.content(file), source, plan)
          _ = table(source.training.inputs)
        }
      },
      FuzzTarget(name: "table of real numbers", weight: quick) { folder in
        try Data("a,b,y\n1,2,0.5\n3,4,-1\n5,6,1e3\n7,8,2\n".utf8)
          .write(to: folder.appendingPathComponent("data.csv"))
        try NumPy.writeArchive(
          ["x": .zeros([3, 2]), "y": .ones([3, 2])],
          to: folder.appendingPathComponent("data.npz")
        )
      } use: { folder in
        for ending in ["csv", "npz"] {
          var source = DataSource(folder.appendingPathComponent("data." + ending).path)
          source.targets = .reals
          _ = try? LabelledSource(source)
        }
      },
      FuzzTarget(name: "inputs alone", weight: quick) { folder in
        try Data("a,b,c\n1,2,0.5\n3,4,-1\n".utf8)
          .write(to: folder.appendingPathComponent("a.csv"))
        try NumPy.write(.zeros([4, 3]), to: folder.appendingPathComponent("a.npy"))
        try NumPy.writeArchive(["x": .zeros([4, 3])], to: folder.appendingPathComponent("a.npz"))
        try IDX.write(.zeros([4, 3], .uint8), to: folder.appendingPathComponent("a-ubyte"))
      } use: { folder in
        for name in ["a.csv", "a.npy", "a.npz", "a-ubyte"] {
          let path = folder.appendingPathComponent(name).path
          _ = try? UnlabelledInputs(shape: [3]).read(path)
        }
      },
      reader("answers of a program", "a.bin", weight: quick) {
        let arrays = try [tensor, Tensor([1, 2]), .zeros([0, 3])].map { try NumPy.bytes(of: $0) }
        try Data(arrays.flatMap(ProgramMessage.framed)).write(to: $0)
      } use: {
        var bytes = [UInt8](try Data(contentsOf: $0))
        while let array = try ProgramMessage.take(from: &bytes) {
          _ = try? NumPy.read(array, named: "answer.npy")
        }
      },
      reader("what a teacher said", "a.safetensors", weight: usual) {
        let network = MLP([4, 3], using: RandomGenerator(seed: 1))
        let inputs = Tensor.ones([6, 4])
        try RecordedTeacher(of: ModuleTeacher(network), on: inputs, derivatives: true).write(to: $0)
      } use: {
        let teacher = try RecordedTeacher(contentsOf: $0)
        let distiller = Distiller(
          MLP([4, 3], using: RandomGenerator(seed: 2)),
          minimizing: .softCrossEntropy() + 0.1 * .derivativeSquaredError,
          using: Adam()
        )
        let inputs = Examples(.ones([6, 4])).batches(of: 3, epochs: 1, shuffled: 1)
        try distiller.run(on: inputs, observing: teacher)
      },
      reader("WAV", "a.wav", weight: quick) {
        try WAV.write(Recording(tensor / 10, rate: 8_000), to: $0)
      } use: {
        _ = try WAV.read(from: $0)
      },
      FuzzTarget(name: "WordNet", weight: usual) { folder in
        for part in ["adj", "adv", "noun", "verb"] {
          try FileManager.default.copyItem(
            at: fixture("DistillCommandTests", "wordnet/data.\(part)"),
            to: folder.appendingPathComponent("data.\(part)")
          )
        }
      } use: { folder in
        var experiment = GraphExperiment()
        experiment.data = folder.path
        (experiment.nodes, experiment.features) = (100, 12)
        (experiment.validation, experiment.test, experiment.unseen) = (10, 10, 10)
        let world = try GraphWorld(experiment, seed: 1, on: .cpu)
        _ = world.labelled(seed: 2)
      },
    ]

  private static var tensor: Tensor { Tensor([[1, 2, 3], [-4, 5, 6]] as [[Float]]) }

  private static func inspected(
    _ file: String,
    _ write: @escaping @Sendable (URL) throws -> Void
  ) -> FuzzTarget {
    reader("inspect \(file)", file, write) {
      let inspection = try Inspection(of: $0)
      _ = (inspection.text, jsonLine(inspection))
    }
  }

  private static let arrays = [
    inspected("a.npy") { try NumPy.write(tensor, to: $0) },
    inspected("a.npz") { try NumPy.writeArchive(["x": tensor, "y": Tensor([1, 2])], to: $0) },
    inspected("a.safetensors") {
      try Safetensors.write(["w": tensor, "b": tensor], metadata: ["by": "us"], to: $0)
    },
    inspected("a-ubyte") { try IDX.write(tensor, to: $0) },
    inspected("a-ubyte.gz") { try IDX.write(tensor, to: $0) },
    inspected("a.csv") { try Data("length,width\n1.5,2\n,4\n1e3,-2\n".utf8).write(to: $0) },
  ]

  private static let images = ["grey-8.png", "gamma.png", "grey-4-interlaced.png", "grey.jpg"]
    .map { name in
      FuzzTarget(name: "image \(name)", weight: usual) { folder in
        for kind in ["a", "b"] {
          let place = folder.appendingPathComponent(kind)
          try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
          try FileManager.default.copyItem(
            at: fixture("ExchangeTests", name),
            to: place.appendingPathComponent(name)
          )
        }
      } use: {
        _ = try LabelledSource(DataSource($0.path))
      }
    }
}

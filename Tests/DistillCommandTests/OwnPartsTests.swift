import Distill
import Foundation
import Testing

@testable import Compression
@testable import DistillCommand
@testable import Exchange
@testable import Runs

/// A loss and a network of somebody's own, by their text in a run and its recipe.
@Suite struct OwnPartsTests {
  /// One linear layer: `linear:16-3`.
  struct LinearModel: Architecture {
    static let example = "linear:16-3"
    let widths: [Int]

    init(_ text: ArchitectureText) throws {
      widths = try text.layers.map(text.width)
      guard widths.count == 2 else { throw text.refused("write inputs and outputs") }
    }

    var inputShape: [Int]? { [widths[0]] }
    var outputCount: Int { widths[1] }
    var description: String { "linear:\(widths[0])-\(widths[1])" }

    func module(using generator: RandomGenerator) -> any Module {
      Linear(widths[0], widths[1], using: generator)
    }
  }

  private static let losses = {
    var losses = Catalogue<LossFormula>.standard
    losses.add(
      LossFormula("halfSquared", [.init("scale", 1, .positive)]) { settings in
        let scale = settings["scale"]
        return Loss("halfSquared", [("scale", scale)], needs: Needs(teacher: true)) { comparison in
          let gap = comparison.student.values - (try comparison.taught()).values
          return (gap / scale).squared.mean() * 0.5
        }
      }
    )
    return losses
  }()

  private static let kinds = {
    var kinds = Catalogue<any Architecture.Type>.standard
    kinds.add("linear", LinearModel.self)
    return kinds
  }()

  private func withOwnParts<Result>(_ body: () throws -> Result) throws -> Result {
    try LossFormula.$known.withValue(Self.losses) {
      try ModelSpecification.$known.withValue(Self.kinds, operation: body)
    }
  }

  /// Stopped and resumed from its recipe, to the bits of a run in one piece.
  @Test func aRecipeNamesThem() throws {
    try withCompressWorld { world in
      func options(_ name: String) -> CompressOptions {
        var options = world.options(out: name)
        options.student = "linear:16-3"
        options.loss = "halfSquared(scale: 2) + 0.1 crossEntropy"
        return options
      }
      let (whole, stopped) = try withOwnParts {
        let whole = try world.run(options("whole")).folder
        #expect(throws: Stopped.self) {
          try world.run(options("stopped"), stoppingAt: "\"done\":20,\"event\":\"progress\"")
        }
        var again = CompressOptions()
        again.resume = .folder(options("stopped").out!)
        return (whole, try world.run(again).folder)
      }
      let recipe = try String(contentsOf: whole.file(RunFolder.recipe), encoding: .utf8)
      #expect(recipe.contains("linear:16-3") && recipe.contains("halfSquared(scale: 2)"))
      let networks = try [whole, stopped].map {
        try Safetensors.read(from: $0.file("student.safetensors")).tensors
      }
      #expect(networks[0]["weight"]?.shape == [3, 16])
      #expect(
        networks[0].mapValues { $0.scalars(Float.self) }
          == networks[1].mapValues { $0.scalars(Float.self) }
      )
      // Whoever does not know them is told so.
      let refusal = #expect(throws: (any Error).self) {
        try CompressionPlan.recorded(in: whole)
      }
      #expect("\(refusal!)".contains("linear"), "\(refusal!)")
    }
  }

  @Test func theyJoinTheOthersInRefusals() throws {
    let kind = #expect(throws: SpecificationError.self) {
      try ModelSpecification("liner:16-3", among: Self.kinds)
    }
    #expect(kind?.description.hasSuffix("did you mean linear:?") == true, "\(kind!)")
    let own = #expect(throws: SpecificationError.self) {
      try ModelSpecification("linear:16", among: Self.kinds)
    }
    #expect(own?.description == "'linear:16', character 8: write inputs and outputs")
    let linear = try ModelSpecification("linear:16-3", among: Self.kinds)
    #expect(try linear == ModelSpecification("linear:16-3", among: Self.kinds))
    #expect(try linear != ModelSpecification("linear:16-4", among: Self.kinds))
    // Nobody knows how large it is: nothing is refused for want of memory.
    #expect(linear.bytesToTrain(batch: 10) == 0)
  }

  /// NADEs by another name: `twin:5`.
  struct TwinArchitecture: DensityArchitecture {
    static let example = "twin:5"
    let hidden: Int

    init(_ text: ArchitectureText) throws { hidden = try text.width(text.layers[0]) }

    func model(inputs: Int, seed: UInt64) -> any StoredModel {
      NADE(inputs: inputs, hidden: hidden, using: RandomGenerator(seed: seed))
    }
  }

  @Test func studentsOfDensitiesAreNamed() throws {
    let plan = DistillationPlan(student: "twin:5", loss: "likelihood")
    let refusal = #expect(throws: (any Error).self) { try plan.check() }
    #expect("\(refusal!)".contains("there is no kind 'twin' of network"), "\(refusal!)")
    var kinds = Catalogue<any DensityArchitecture.Type>.densities
    kinds.add("twin", TwinArchitecture.self)
    try DensitySpecification.$known.withValue(kinds) {
      try plan.check()
      let rbm = RBM(visible: 4, hidden: 3, using: RandomGenerator(seed: 1))
      #expect(try plan.makeStudent(of: rbm, seed: 1).title == "NADE 4-5")
    }
  }
}

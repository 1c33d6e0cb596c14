import Distill
import Foundation
import Runs

extension GraphExperiment: CertifiableJob {
  package func certifiable(
    seed: UInt64,
    in folder: String,
    teacherFiles: [String]?,
    on device: Device,
    _ work: Work
  ) throws -> any Certifiable {
    try CertifiableGraph(
      self,
      seed: seed,
      teacherFiles: teacherFiles
        ?? ["\(GraphRepetition.file(GraphRepetition.teacherFile, 0)).safetensors", "choice.json"]
        .map { "\(folder)/\($0)" },
      on: device,
      work
    )
  }
}

/// The first repetition of an experiment on a graph: its student on soft targets beside that on
/// labels, those without a graph where there are such. They are measured on test and unseen nodes
/// together, in the graph that has all of them.
package final class CertifiableGraph: Certifiable {
  package let teacher: any Teacher
  package let teacherNetworks: [any Module]
  package let test: Examples
  package let shape: [Int] = []
  /// Nodes are numbers, which nothing can be added to.
  package let shifts: [Shift] = []
  package let firstSeed: UInt64
  package let statedAccuracy: Double? = nil
  package let classes = WordNet.topics
  package let dataFiles: [HashedFiles]
  package let teacherFiles: [HashedFiles]
  private let repetition: GraphRepetition
  private let isAlone: Bool
  /// As it was when it taught: before the unseen nodes arrived.
  private let taught: NodeTeacher
  private let work: Work

  /// - Parameter teacherFiles: The teacher's weights, and what was chosen.
  package init(
    _ recipe: GraphExperiment,
    seed: UInt64,
    teacherFiles: [String],
    on device: Device,
    _ work: Work
  ) throws {
    func hasBoth(alone: Bool) -> Bool {
      [GraphLoss.labels, .soft].allSatisfy { loss in
        recipe.arms.contains(GraphArm(loss: loss, isAlone: alone))
      }
    }
    isAlone = hasBoth(alone: true)
    guard isAlone || hasBoth(alone: false) else {
      throw RunError(
        "a certificate is of a student on soft targets beside one on labels, and the run has no two "
          + "such of one kind"
      )
    }
    guard teacherFiles.count == 2 else {
      throw RunError("the teacher of a graph is two files, its weights and choice.json")
    }
    dataFiles = try recipe.dataFiles().map { try HashedFiles($0.path) }
    self.teacherFiles = try teacherFiles.map { try HashedFiles($0) }
    let choice: GraphChoice
    do {
      choice = try CarefulJSONDecoder().decode(
        GraphChoice.self,
        from: RegularFile.data(URL(fileURLWithPath: teacherFiles[1]))
      )
    } catch let error as DecodingError {
      throw RunError("'\(teacherFiles[1])' is damaged (\(sentence(for: error))): repeat the run")
    }
    let world = try GraphWorld(recipe, seed: seed, on: device)
    repetition = GraphRepetition(world, choice, seed: seed, index: 0)
    let network = world.teacher(choice.teacher, seed: seed)
    try network.load(from: URL(fileURLWithPath: teacherFiles[0]))
    taught = NodeTeacher(world.classifier(network, whole: false))
    let later = world.classifier(network, whole: true)
    (teacher, teacherNetworks) = (NodeTeacher(later), [later])
    test = world.heldOut
    firstSeed = seed
    self.work = work
  }

  private func arm(_ role: CompressionRole) -> GraphArm {
    GraphArm(loss: role == .student ? .soft : .labels, isAlone: isAlone)
  }

  private func training(_ role: CompressionRole, seed: UInt64) -> GraphTraining {
    repetition.training(arm(role), teacher: taught, seed: seed)
  }

  package var subject: String {
    let recipe = repetition.world.recipe
    let hidden = isAlone ? recipe.aloneHidden : recipe.studentHidden
    return (isAlone ? "mlp:" : "gcn:") + "\(recipe.features)-\(hidden)-\(GraphWorld.classes)"
  }

  package var studentLoss: String { training(.student, seed: firstSeed).loss.description }
  package var controlLoss: String { training(.control, seed: firstSeed).loss.description }

  package var ownFiles: [CompressionRole: String] {
    let roles: [CompressionRole] = [.student, .control]
    return Dictionary(
      uniqueKeysWithValues: roles.map {
        ($0, GraphRepetition.file(arm($0).fileName, 0) + ".safetensors")
      }
    )
  }

  package func freshNetwork(seed: UInt64) -> any Module {
    let world = repetition.world
    return world.classifier(world.student(isAlone: isAlone, seed: seed), whole: true)
  }

  package func trained(
    _ role: CompressionRole,
    seed: UInt64,
    named name: String,
    checkpoint: URL
  ) throws -> any Module {
    let training = training(role, seed: seed)
    try training.perform(named: name, seed: repetition.seed, checkpoint: checkpoint, work)
    return repetition.world.classifier(training.network.network, whole: true)
  }
}

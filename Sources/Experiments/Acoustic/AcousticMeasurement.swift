import Distill
import Foundation
import Runs

/// How networks do on the test utterances, which nothing was chosen by.
package struct AcousticMeasurement {
  package let world: AcousticWorld
  package let teacher: AcousticNetwork
  /// What the teacher makes of the clean test utterances, and of what was made of them.
  package let teacherOnClean: Recognition
  package let teacherHeard: Recognition
  /// `[arm][seed]`.
  package let students: [[AcousticNetwork]]
  package let heard: [[Recognition]]

  package init(
    _ world: AcousticWorld,
    _ teacher: AcousticNetwork,
    _ students: [[AcousticNetwork]]
  ) throws {
    (self.world, self.teacher, self.students) = (world, teacher, students)
    let test = world.test
    func recognition(_ network: AcousticNetwork, _ inputs: Tensor) throws -> Recognition {
      try withTorchErrors { try Recognition(of: network.logits(of: inputs), test.labels) }
    }
    teacherOnClean = try recognition(teacher, test.clean)
    teacherHeard = try recognition(teacher, test.inputs)
    heard = try students.map { try $0.map { try recognition($0, test.inputs) } }
  }

  /// What is counted of an utterance.
  package enum Kind {
    case frames, words

    fileprivate func values(_ recognition: Recognition) -> [Double] {
      self == .frames ? recognition.frameAccuracies : recognition.isRight.map { $0 ? 1 : 0 }
    }
  }

  /// The mean over seeds and utterances.
  ///
  /// - Parameter utterances: Those that count; nil for all.
  package func estimate(
    _ networks: [Recognition],
    _ kind: Kind,
    of utterances: [Int]? = nil
  ) -> SeededEstimate {
    SeededEstimate(of: table(networks, kind, utterances))
  }

  /// The first less the second, seed by seed and utterance by utterance.
  package func difference(
    _ networks: [Recognition],
    _ others: [Recognition],
    _ kind: Kind
  ) -> SeededEstimate {
    SeededEstimate(of: table(networks, kind, nil) - table(others, kind, nil))
  }

  private func table(_ networks: [Recognition], _ kind: Kind, _ utterances: [Int]?) -> Tensor {
    .stacked(
      networks.map { network in
        let values = kind.values(network)
        return Tensor(utterances.map { $0.map { values[$0] } } ?? values)
      }
    )
  }

  package func place(_ arm: AcousticArm) -> Int? { world.recipe.students.firstIndex(of: arm) }

  package var control: [Recognition] { heard[place(.fineTuned)!] }

  /// The test speakers in the order of the recipe, with the numbers of their utterances.
  package var speakers: [(name: String, utterances: [Int])] {
    var order: [String] = []
    var places: [String: [Int]] = [:]
    for (number, utterance) in world.test.recordings.utterances.enumerated() {
      if places[utterance.speaker] == nil { order.append(utterance.speaker) }
      places[utterance.speaker, default: []].append(number)
    }
    return order.map { ($0, places[$0]!) }
  }

  /// Seconds of sound that a network listens to in one second, many utterances at a time.
  package func speed(_ network: AcousticNetwork) throws -> Double {
    let inputs = world.test.inputs[0..<min(100, world.test.count)]
    let seconds = Double(inputs.shape[0]) * world.recipe.seconds
    return try withTorchErrors {
      seconds / (microseconds(5) { _ = network.logits(of: inputs).sum().doubleValue } * 1e-6)
    }
  }
}

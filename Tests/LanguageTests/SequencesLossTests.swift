import Distillation
import Foundation
import Networks
import Tensors
import Testing

@testable import Language

@Suite struct SequencesLossTests {
  private typealias World = SequencesWorld
  private let student = SequencesWorld.model(1)
  private let teacher = SequencesWorld.model(2)

  private func comparison(_ batch: Batch) throws -> Comparison {
    Comparison(
      student.observe(batch.inputs),
      try ModuleTeacher(teacher).observe(batch.inputs),
      labels: batch.labels,
      inputs: batch.inputs
    )
  }

  private func gradient(_ value: () throws -> Tensor) throws -> Tensor {
    let (_, gradients) = try valueWithGradients(of: student.parameters) { try value() }
    return .concatenated(gradients.map { $0.flattened() })
  }

  private func gradient(_ loss: Loss, _ rows: [Int]) throws -> Tensor {
    try gradient { try loss(comparison(World.batch(rows))) }
  }

  /// Divergences at each position of all sequences, `[27, 3]`.
  private func perPosition(_ divergence: (_ own: Tensor, _ target: Tensor) -> Tensor) -> Tensor {
    let inputs = World.batch(Array(0..<27)).inputs
    return divergence(student(inputs).logSoftmax(), teacher(inputs).logSoftmax().detached)
      .sum(along: 1).reshaped(to: [27, 3])
  }

  /// KL of all sequences is the sum over positions of that of the next token, each as often as the
  /// first of the two comes there.
  @Test func divergencesOfSequencesAreSumsOverPositions() throws {
    let (p, q) = (World.logs(teacher), World.logs(student))
    let forward = (p.exponential * (p - q)).sum().doubleValue
    let positions = perPosition { own, target in target.exponential * (target - own) }
    let sum = (positions.sum(along: 1) * p.exponential).sum().doubleValue
    #expect(abs(forward - sum) < 1e-12 && forward > 0.01)
    let reverse = (q.exponential * (q - p)).sum().doubleValue
    let own = perPosition { own, target in own.exponential * (own - target) }
    #expect(abs(reverse - (own.sum(along: 1) * q.exponential).sum().doubleValue) < 1e-12)

    // What losses of the catalogue say at a batch of one sequence is the mean over its positions.
    for row in 0..<27 {
      let seen = try comparison(World.batch([row]))
      let values = try [Loss.kullbackLeibler(), .reverseKullbackLeibler()].map {
        try $0(seen).doubleValue
      }
      #expect(abs(values[0] - positions[row].mean().doubleValue) < 1e-12)
      #expect(abs(values[1] - own[row].mean().doubleValue) < 1e-12)
    }
  }

  /// The gradient of KL(student‖teacher) of all sequences, by enumeration.
  private func exact() throws -> Tensor {
    try gradient {
      let own = World.logs(student)
      return (own.exponential * (own - World.logs(teacher).detached)).sum() / 3
    }
  }

  private func expectation(_ loss: Loss) throws -> Tensor {
    let chances = World.logs(student).exponential.scalars(Double.self)
    return try (0..<27).map { try gradient(loss, [$0]) * chances[$0] }.reduce(Tensor(0.0), +)
  }

  @Test func theSequenceLossIsUnbiasedAndTheLossOfPositionsIsNot() throws {
    let exact = try exact()
    let whole = try expectation(.sequenceReverseKullbackLeibler(length: 3))
    #expect(whole.largestDifference(from: exact) < 1e-12)
    // Without what tokens do to those after them: the gradient of a sum in which sequences come as
    // often as before.
    let positions = try expectation(.reverseKullbackLeibler())
    let held = try gradient {
      let own = perPosition { own, target in own.exponential * (own - target) }
      return (own.sum(along: 1) * World.logs(student).exponential.detached).sum() / 3
    }
    #expect(positions.largestDifference(from: held) < 1e-12)
    #expect(positions.largestDifference(from: exact) > 0.01)
    // A discount is between them, and so is neither.
    let discounted = try expectation(.sequenceReverseKullbackLeibler(length: 3, discount: 0.5))
    #expect(discounted.largestDifference(from: exact) > 1e-3)
  }

  /// The mean over the other sequences takes nothing from the expectation: over all pairs.
  @Test func theBaselineLeavesTheExpectation() throws {
    let chances = World.logs(student).exponential.scalars(Double.self)
    let loss = Loss.sequenceReverseKullbackLeibler(length: 3)
    var sum = Tensor(0.0)
    for first in 0..<27 {
      for second in 0..<27 {
        sum = try sum + gradient(loss, [first, second]) * (chances[first] * chances[second])
      }
    }
    #expect(try sum.largestDifference(from: exact()) < 1e-12)
  }

  /// After a prompt of two tokens only two of the labels are the student's own.
  @Test func labelsOfAPromptAreNotDrawn() throws {
    let rows = Array(9..<18)
    let exact = try gradient {
      let own = perPosition { own, target in own.exponential * (own - target) }
      let inputs = World.batch(Array(0..<27))
      let logs = student(inputs.inputs).logSoftmax()
        .gathering(inputs.labels!.insertingAxis(1), along: 1).reshaped(to: [27, 3])
      // The second and third token given the first.
      let chances = (logs.selecting(1, along: 1) + logs.selecting(2, along: 1)).exponential
      return (own.sum(along: 1) * chances)[9..<18].sum() / 3
    }
    let logs = World.logs(student)[9..<18]
    let chances = (logs - logs.logSumExp(along: 0)).exponential.scalars(Double.self)
    let loss = Loss.sequenceReverseKullbackLeibler(length: 3, given: 1)
    let found = try zip(rows, chances).map { try gradient(loss, [$0]) * $1 }
      .reduce(Tensor(0.0), +)
    #expect(found.largestDifference(from: exact) < 1e-12)
  }

  @Test func valuesAreDivergencesAndWholeSequencesAreNeeded() throws {
    let seen = try comparison(World.batch([3, 5, 17]))
    let value = try Loss.sequenceReverseKullbackLeibler(length: 3)(seen).doubleValue
    #expect(try abs(value - Loss.reverseKullbackLeibler()(seen).doubleValue) < 1e-12)
    #expect(throws: DistillationError.self) {
      try Loss.sequenceReverseKullbackLeibler(length: 2)(seen)
    }
  }

  /// Against loops, and the gradient against finite differences.
  @Test func firstBytesAreSumsOverTokens() throws {
    let documents = ["abab", "abb", "aba"].map { Array($0.utf8) }
    let bytes = ByteVocabulary(bytesOf: documents)
    let tokens = try bytes.merging(2, in: documents)
    let student = SequencesWorld.model(4, tokens: tokens.count, length: 2)
    let windows = try SequenceWindows(
      documents.map { try tokens.encoded($0) },
      length: 2,
      batch: 2,
      seed: 1
    )
    let recorded = try windows.recorded(teacher, of: bytes, aligningTo: tokens)
    let batch = try #require(try windows.batch(0))
    let loss = Loss.firstByteKullbackLeibler(tokens, bytes)
    func value() throws -> Tensor {
      try loss(
        Comparison(
          student.observe(batch.inputs),
          recorded.observe(batch, .values),
          inputs: batch.inputs
        )
      )
    }
    let own = student(batch.inputs).softmax()
    let target = try recorded.observe(batch, .values).values.exponential
    var sum = 0.0
    for row in 0..<batch.count {
      let (f, t) = (own[row].scalars(Double.self), target[row].scalars(Double.self))
      for (index, byte) in bytes.tokens.enumerated() {
        let mass = tokens.tokens.indices.filter { tokens.tokens[$0][0] == byte[0] }
          .reduce(0) { $0 + f[$1] }
        sum += t[index] * log(t[index] / mass)
      }
    }
    #expect(try abs(value().doubleValue - sum / Double(batch.count)) < 1e-9)
    let parameter = student.head.bias!
    let (_, gradients) = try valueWithGradients(of: [parameter]) { try value() }
    let start = parameter.value
    for place in 0..<tokens.count {
      let step = Tensor((0..<tokens.count).map { $0 == place ? 1e-5 : 0 })
      parameter.replace(with: start + step)
      let above = try value().doubleValue
      parameter.replace(with: start - step)
      let below = try value().doubleValue
      parameter.replace(with: start)
      #expect(abs((above - below) / 2e-5 - gradients[0][place].doubleValue) < 1e-7)
    }
    // A student whose tokens are the teacher's has nothing to sum.
    let plain = try SequenceWindows(
      documents.map { try bytes.encoded($0) },
      length: 2,
      batch: 2,
      seed: 1
    )
    let all = Batch(plain.positions, indices: .range(0..<(plain.count * 2)))
    let seen = Comparison(
      World.model(1, length: 2).observe(all.inputs),
      try plain.recorded(teacher.onWindows(of: 2)).observe(all, .values),
      inputs: all.inputs
    )
    let values = try [.firstByteKullbackLeibler(bytes, bytes), Loss.kullbackLeibler()].map {
      try $0(seen).doubleValue
    }
    #expect(abs(values[0] - values[1]) < 1e-9)
  }

  /// A recorded teacher's most probable tokens with the mass of the rest, and the teacher asked where
  /// the student writes: both lead to it.
  @Test func studentsComeNearerToTheirTeacher() throws {
    let windows = try SequenceWindows(
      (0..<30).map { [1 + $0 % 7, 1, 2, 1 + $0 % 3, 7 - $0 % 5] },
      length: 6,
      batch: 8,
      seed: 2
    )
    let model = World.model(8, tokens: 8, length: 6)
    let full = try windows.recorded(model)
    let top = try full.keeping(mostProbable: 4)
    #expect(top.observation.values.shape == [windows.count * 6, 4])
    let batch = try windows.batch(0)!
    func distance(_ student: SequenceModel) throws -> Double {
      let seen = Comparison(
        student.observe(batch.inputs),
        try full.observe(batch, .values),
        inputs: batch.inputs
      )
      return try Loss.kullbackLeibler()(seen).doubleValue
    }
    for (loss, recorded, isOwn) in [
      (Loss.topKullbackLeibler(count: 4), top, false), (.kullbackLeibler(), full, true),
      (.sequenceReverseKullbackLeibler(length: 6), full, true),
    ] {
      let student = World.model(9, tokens: 8, length: 6)
      let before = try distance(student)
      let inputs: any Inputs =
        isOwn
        ? OwnSequences(of: student, after: windows, prompt: 1, seed: 3).limited(to: 60)
        : windows.limited(to: 60)
      try distill(
        SequenceTeacher(recorded, asking: model),
        into: student,
        on: inputs,
        minimizing: loss,
        using: Adam(learningRate: 0.02)
      )
      #expect(try distance(student) < 0.6 * before, "\(loss)")
    }
  }
}

import Distill
import Foundation
import Runs

/// Asks the teacher and trains what is not there yet.
package final class SentenceTraining {
  private let world: SentenceWorld
  private let run: Run
  private var recorded: RecordedTeacher?
  private var outputs: TokenOutputs?

  private var recipe: SentenceExperiment { world.recipe }

  package init(_ world: SentenceWorld, _ run: Run) { (self.world, self.run) = (world, run) }

  package static func file(_ arm: SentenceArm, _ index: Int) -> String {
    "\(arm.fileName)-\(index + 1)"
  }

  package static func seed(_ seed: UInt64, _ index: Int) -> UInt64 { seed &+ 1 &+ UInt64(index) }

  /// Glosses that the teacher is asked about before what it said is kept.
  private static let part = 2_000

  // MARK: The teacher

  /// What the teacher says of the glosses, asked once: a run that is gone on with reads it.
  private func teacher() throws -> RecordedTeacher {
    if let recorded { return recorded }
    let encoder = world.teacherModel.encoders[0]
    let glosses = world.glosses
    var parts: [Tensor] = []
    run.work.begin("teacher observed", of: glosses.count, "glosses")
    for (index, start) in stride(from: 0, to: glosses.count, by: Self.part).enumerated() {
      let rows = start..<min(start + Self.part, glosses.count)
      parts.append(
        try kept("teacher-\(index + 1)") {
          try encoder(Array(glosses[rows])) { [run] done in
            run.work.update(start + done)
            try run.stopIfAsked("\(grouped(start)) glosses observed")
          }
        }
      )
      run.work.update(rows.upperBound)
    }
    run.work.end()
    let made = RecordedTeacher(Observation(.concatenated(parts), meaning: .reals))
    recorded = made
    return made
  }

  /// What the teacher makes of each token by itself.
  private func tokenOutputs() throws -> TokenOutputs {
    if let outputs { return outputs }
    let values = try kept("token-outputs") {
      run.work.begin("teacher asked about tokens", of: world.tokenizer.idCount, "tokens")
      defer { run.work.end() }
      return try TokenOutputs(of: world.teacher, world.tokenizer, chunk: 256) { done, _ in
        run.work.update(done)
        try run.stopIfAsked("the teacher's embeddings")
      }.values
    }
    outputs = TokenOutputs(values)
    return outputs!
  }

  /// Numbers of the teacher, read from their file where they are there.
  private func kept(_ name: String, _ make: () throws -> Tensor) throws -> Tensor {
    let file = run.folder.file("\(name).safetensors")
    if FileManager.default.fileExists(atPath: file.path) {
      let tensors = try Safetensors.read(from: file).tensors
      guard let values = tensors["values"], values.rank == 2 else {
        throw RunError("'\(file.path)' is damaged: delete it, and that part is done again")
      }
      return values.moved(to: run.device)
    }
    let values = try make()
    try Safetensors.write(["values": values.moved(to: .cpu)], to: file)
    return values
  }

  /// How often each token stands in the glosses, `[ids]`.
  private var counts: Tensor {
    let ids = world.glossIDs.flattened()
    return ids.elements(where: ids .>= 0).occurrences(classes: world.tokenizer.idCount)
  }

  private func started(outputs width: Int?, seed: UInt64) throws -> StaticEncoder {
    let encoder = try tokenOutputs().student(
      width: min(recipe.staticWidth, world.teacher.configuration.width),
      counts: counts,
      smoothing: recipe.smoothing,
      outputs: width,
      using: RandomGenerator(seed: seed, on: run.device)
    )
    return encoder
  }

  /// The static student that is made without training.
  package func untrained() throws -> StaticEncoder { try started(outputs: nil, seed: run.seed) }

  // MARK: Students

  private func fresh(_ arm: SentenceArm, seed: UInt64) throws -> any Module {
    arm.isStarted
      ? try started(outputs: world.teacher.configuration.width, seed: seed)
      : world.freshStudent(arm, seed: seed)
  }

  /// A student of an arm, trained unless it is there.
  package func student(_ arm: SentenceArm, _ index: Int) throws -> any Module {
    let seed = Self.seed(run.seed, index)
    // All arms of a seed and kind begin with the same weights, those from token outputs with theirs.
    let student = try fresh(arm, seed: seed)
    let glosses = Examples(world.glossIDs, labels: world.topics)
    let batches = glosses.batches(
      of: recipe.batch,
      epochs: nil,
      shuffled: seed,
      droppingLast: true
    ).limited(to: arm.isStatic ? recipe.staticSteps : recipe.transformerSteps)
    func train(
      _ network: some Module,
      on inputs: any Inputs,
      toward teacher: (any Teacher)? = nil,
      minimizing loss: Loss
    ) throws {
      try run.train(
        network,
        named: "\(arm.rawValue), student \(index + 1) of \(recipe.seeds)",
        file: Self.file(arm, index),
        on: { inputs },
        toward: teacher,
        minimizing: loss,
        using: Adam(learningRate: arm.isStatic ? recipe.staticRate : recipe.transformerRate),
        done: done
      )
    }
    switch arm {
    case .staticLabels:
      try train(
        world.classifier(of: student, seed: seed &+ 500_000),
        on: batches,
        minimizing: .crossEntropy()
      )
    case .staticContrast, .staticStartedContrast, .transformerContrast:
      try train(
        student,
        on: pairs(batches),
        minimizing: .pairContrast(temperature: recipe.temperature)
      )
    case .staticTaught, .staticStarted, .transformerTaught:
      let isFinished = run.folder.contains("\(Self.file(arm, index)).safetensors")
      let cosine: Loss = .embeddingCosine
      try train(
        student,
        on: batches,
        toward: isFinished ? nil : try teacher(),
        minimizing: recipe.relationsWeight == 0
          ? cosine
          : cosine + recipe.relationsWeight
            * .similarityDistribution(temperature: recipe.temperature)
      )
    }
    return student
  }

  /// Glosses and their words, row by row.
  private func pairs(_ batches: some Inputs) -> any Inputs {
    let words = world.wordIDs
    return batches.mapped { batch, _ in
      let both = Tensor.stacked([batch.inputs, words[rows: batch.indices!]], along: 1)
      return Batch(both.flattened(from: 0, through: 1))
    }
  }

  private func done() -> String {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: run.folder.url.path)) ?? []
    let students = recipe.networks(seed: run.seed).map(\.file)
    return "\(names.count { students.contains($0) }) networks"
  }
}

extension SentenceWorld {
  /// A student with random weights.
  func freshStudent(_ arm: SentenceArm, seed: UInt64) -> any Module {
    let generator = RandomGenerator(seed: seed, on: device)
    let (ids, outputs) = (tokenizer.idCount, teacher.configuration.width)
    guard arm.isStatic else {
      return SentenceTransformer(
        ids,
        length: recipe.length,
        width: recipe.transformerWidth,
        heads: recipe.heads,
        layers: recipe.layers,
        outputs: outputs,
        using: generator
      )
    }
    return StaticEncoder(ids, width: recipe.staticWidth, outputs: outputs, using: generator)
  }

  func classifier(of student: any Module, seed: UInt64) -> SentenceClassifier {
    SentenceClassifier(
      student: student,
      head: Linear(
        teacher.configuration.width,
        WordNet.topics.count,
        using: RandomGenerator(seed: seed, on: device)
      )
    )
  }
}

/// A student whose embedding is classified.
package struct SentenceClassifier: Module {
  package let student: any Module
  package let head: Linear

  package func forward(_ input: Tensor, _ pass: Pass) -> Tensor {
    head(student(input, pass), pass)
  }

  package var members: [(name: String, member: ModuleMember)] {
    [("student", .module(student)), ("head", .module(head))]
  }
}

import Distillation
import Exchange
import Foundation
import Mathematics
import ModelFiles
import Networks

/// What makes a plan one that can be done: every number in its range, and all parts fitting each
/// other. Whatever trains from a plan relies on it.
extension CompressionPlan {
  package func check() throws {
    try data.check()
    try teacher.check()
    try training.check()
    try search?.check()
    try fit?.check()
    if let certifiedSeeds {
      try require((2...10_000).contains(certifiedSeeds), "certifiedSeeds is \(certifiedSeeds)")
    }
    for text in [loss, controlLoss] { _ = try Loss(parsing: text) }
    if let classWeights {
      try require(
        classWeights.count == data.classes.count && classWeights.allSatisfy { $0 > 0 && $0 <= 1e9 },
        "there are \(classWeights.count) weights for \(data.classes.count) classes, or some are not positive"
      )
    }
    try requireMemory(for: student, "student", batchSize: training.batchSize)
    for model in teacher.models ?? [teacher.model].compactMap(\.self) {
      try requireMemory(for: model, "teacher", batchSize: 1)
    }
    let numbers = data.shape.reduce(1, *)
    // A whole model is tried when it is loaded.
    let models: [(String, ModelSpecification?)] =
      [("student", student), ("teacher", teacher.model)]
      + (teacher.models ?? []).map { ("teacher", $0) }
    for case (let who, let model?) in models {
      try require(
        model.inputCount == numbers,
        "the \(who) \(model) does not take the \(numbers) numbers of an input"
      )
      try require(
        model.outputCount == data.classes.count
          || (model.outputCount == 1 && data.classes.count == 2),
        "the \(who) \(model) does not tell \(data.classes.count) classes apart"
      )
    }
  }
}

extension TeacherPlan {
  fileprivate func check() throws {
    try require(!files.isEmpty, "there are no files of the teacher")
    let count = models?.count ?? files.count
    try require(count == files.count, "there are \(count) networks for \(files.count) files")
    for text in renames ?? [] { _ = try WeightRenaming(text) }
    if answers != nil {
      try require(files.count == 1 && model == nil, "the teacher is answers and networks at once")
      try require(
        answers?.program == nil || files[0].path == AnsweringProgram.file,
        "the answers of the teacher's program are not in the run's own folder"
      )
    }
    if observed != nil {
      try require(
        files.count == 1 && model == nil && answers == nil,
        "the teacher is observations and networks at once"
      )
    }
    if let statedAccuracy {
      try require((0...1).contains(statedAccuracy), "statedAccuracy is \(statedAccuracy)")
    }
  }
}

extension DataPlan {
  fileprivate func check() throws {
    let product = shape.reduce((value: 1, isLarge: false)) { product, length in
      let (value, overflow) = product.value.multipliedReportingOverflow(by: max(length, 0))
      return (value, product.isLarge || overflow || value > 1 << 32)
    }
    try require(
      (shape.count == 1 || shape.count == 3) && shape.allSatisfy { $0 > 0 } && !product.isLarge,
      "the shape \(shape) is not of features, nor of channels, height and width"
    )
    try require(
      classes.count > (task == .classes ? 1 : 0),
      "there are fewer than two classes"
    )
    try require(areReals != true || ownTask == nil, "it says twice what models give")
    try require(
      source.targets == nil || source.targets == TargetKind.none || source.targets == task.targets,
      "the examples have other things than classes"
    )
    try scaling.check(channels: shape[0])
    if let inputRange { try require(inputRange.count == 2, "inputRange is \(inputRange)") }
    try split.check()
    if let limit { try require(limit > 0, "limit is \(limit)") }
    if let transfer { try require(transfer.count > 0, "transfer has \(transfer.count) inputs") }
    if let first = source.firstLabel {
      try require((0...1).contains(first), "firstLabel is \(first)")
    }
    try source.imageSize.map { size in
      try require(
        size.count == 2 && size.allSatisfy { (1...16_384).contains($0) },
        "imageSize is \(size)"
      )
    }
  }
}

extension ExampleScaling {
  fileprivate func check(channels: Int) throws {
    try require(
      isSound(channels: channels),
      "the scaling needs a mean and a positive deviation for each of \(channels) channels, or none"
    )
  }
}

extension DataSplit {
  fileprivate func check() throws {
    for (name, share) in [("validation", validation), ("test", test)] {
      let isShare = share > 0 && share < 1 || name == "validation" && share == 0
      try require(isShare, "the share \(name) of the split is \(share)")
    }
  }
}

extension TrainingPlan {
  fileprivate func check() throws {
    try require((1...1 << 30).contains(batchSize), "batchSize is \(batchSize)")
    try require((1...1 << 50).contains(steps), "steps is \(steps)")
    if let patience { try require(patience > 0, "patience is \(patience)") }
    if let threads { try require((1...4096).contains(threads), "threads is \(threads)") }
    if let augmentation { _ = try Augmentation(augmentation) }
    if let microShards {
      try require(
        (1...min(batchSize, MicroShards.most)).contains(microShards),
        "microShards is \(microShards), and batchSize \(batchSize)"
      )
    }
    try optimizer.learningRate.checkRate()
    try optimizer.settings?.check()
  }
}

extension SearchPlan {
  fileprivate func check() throws {
    try require((1...1 << 50).contains(steps), "steps of the search is \(steps)")
    try controlLearningRate?.checkRate()
    try chosen?.learningRate.checkRate()
    if let chosen { _ = try Loss(parsing: chosen.loss) }
  }
}

extension Double {
  fileprivate func checkRate() throws {
    try require(self > 0 && isFinite, "a learningRate is \(self)")
  }
}

/// Refuses networks that this machine has no memory for, before any is made.
///
/// - Returns: The bytes that training takes at least.
/// - Throws: `RunError` with the numbers.
@discardableResult
package func requireMemory(
  for model: ModelSpecification,
  _ who: String,
  batchSize: Int
) throws -> Double {
  let needed = model.bytesToTrain(batch: batchSize)
  guard needed <= Double(MachineMemory.bytes) else {
    throw RunError(
      "the \(who) \(model)" + (batchSize == 1 ? "" : " with batches of \(batchSize)")
        + " \(MachineMemory.excess(of: needed)): choose a smaller network"
    )
  }
  return needed
}

/// Refuses a network whose parameters are more than the bytes of the file that holds them, before
/// it is made.
///
/// - Throws: `RunError` with the numbers.
package func requireHeld(_ model: ModelSpecification, in file: URL) throws {
  let bytes = (try? file.resourceValues(forKeys: [.fileSizeKey]).fileSize) ?? 0
  guard let count = model.architecture.size?.parameters, count > max(Double(bytes), 1e7) else {
    return
  }
  throw RunError(
    "the weights in '\(file.path)' are of another network: \(model) has \(grouped(Int(count))) "
      + "parameters, and the file \(grouped(bytes)) bytes"
  )
}

private func require(_ isTrue: Bool, _ fault: @autoclosure () -> String) throws {
  if !isTrue { throw RunError(fault() + ": the run's plan was damaged, start a new run") }
}

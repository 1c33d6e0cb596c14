import Distillation
import Exchange
import Foundation
import Mathematics
import Tensors

/// The examples of a compression, scaled and split.
package struct CompressionData {
  /// What students and controls are trained on.
  package let training: Examples
  /// What students are trained on: also the inputs of a transfer set, and no labels then.
  package let taught: Examples
  /// How many inputs of the transfer set were left out, because they are examples to choose by or to be
  /// measured on.
  package let leftOut: Int
  /// What choices are made by; nothing is trained on it.
  package private(set) var validation: Examples
  /// What the result is measured on, and nothing else.
  package private(set) var test: Examples
  /// The real numbers that belong to them in place of classes, in the same order, `[count, outputs]`;
  /// nil where there are none.
  package let targets: (training: Tensor, validation: Tensor, test: Tensor)?
  /// Of the outputs, where they are no classes.
  package let classes: [String]
  /// The shape of one input before it was laid flat.
  package let shape: [Int]

  /// The examples of a plan, from its files.
  ///
  /// - Throws: One sentence when a file is not the one that the plan was made with.
  package init(_ plan: DataPlan, on device: Device) throws {
    for files in plan.files + (plan.transfer?.files ?? []) { try files.requireUnchanged() }
    try self.init(LabelledSource(plan.counted), plan, on: device)
  }

  /// - Parameter source: What the plan's files hold.
  package init(_ source: LabelledSource, _ plan: DataPlan, on device: Device) throws {
    for part in [source.training] + [source.test].compactMap(\.self) {
      guard part.shape == plan.shape, part.classes.count <= plan.classes.count else {
        throw RunError(
          "the data are of shape \(part.shape) and \(part.classes.count) classes, and the plan's of "
            + "\(plan.shape) and \(plan.classes.count): give the data that the run was started with"
        )
      }
    }
    let parts = try plan.split.parts(of: source)
    func examples(_ data: LabelledData) -> Examples {
      Examples(
        data,
        plan,
        labels: plan.source.targets == nil ? data.labels.moved(to: device) : nil,
        on: device
      )
    }
    let limited = plan.limit.map { parts.training.prefix($0) } ?? parts.training
    training = examples(limited)
    validation = examples(parts.validation)
    test = examples(parts.test)
    if let transfer = plan.transfer {
      let further = try Self.transfer(
        transfer,
        plan,
        like: source.training,
        without: [validation, test],
        on: device
      )
      taught =
        training.areFetched || further.inputs.areFetched
        ? Examples(fetching: JoinedInputs([training, further.inputs]))
        : Examples(.concatenated([training.inputs, further.inputs.inputs]))
      leftOut = further.left
    } else {
      (taught, leftOut) = (training, 0)
    }
    if let first = limited.targets, let second = parts.validation.targets,
      let third = parts.test.targets
    {
      targets = (first, second, third)
    } else {
      targets = nil
    }
    classes = plan.classes
    shape = plan.shape
  }
}

extension CompressionData {
  /// With what a teacher takes the examples to choose by and to be measured on for: where there are no
  /// labels, nothing else is known of them.
  func labelled(by teacher: any Teacher) throws -> CompressionData {
    var result = self
    func labelled(_ examples: Examples) throws -> Examples {
      guard examples.count > 0 else { return examples }
      let seen = try examples.observed(by: teacher) { try $0.logProbabilities() }
      return examples.with(labels: seen.indexOfMaximum(along: 1))
    }
    result.validation = try labelled(validation)
    result.test = try labelled(test)
    return result
  }
}

/// How examples are split into those to learn from, to choose by, and to be measured on.
package struct DataSplit: Codable, Equatable {
  /// The share of the training examples for validation.
  package var validation = 0.1
  /// The share of all examples for the test, where no test examples came with the data.
  package var test = 0.1
  package var seed: UInt64 = 1

  package init(
    validation: Double = 0.1,
    test: Double = 0.1,
    seed: UInt64 = 1
  ) {
    self.validation = validation
    self.test = test
    self.seed = seed
  }

  package struct Parts {
    package let training: LabelledData
    package let validation: LabelledData
    package let test: LabelledData
  }

  /// Each class is split alike, at random.
  ///
  /// - Throws: `RunError` when a part would be empty.
  package func parts(of source: LabelledSource) throws -> Parts {
    var rest = source.training
    let tested: LabelledData
    if let own = source.test {
      tested = own
    } else {
      (rest, tested) = stratified(rest, share: test, seed: seed)
    }
    let (training, validating) = stratified(rest, share: validation, seed: seed &+ 1)
    for (name, part) in [("train on", training), ("validate on", validating), ("test on", tested)]
    where part.count == 0 && (name != "validate on" || validation > 0) {
      throw RunError(
        "\(grouped(source.training.count)) examples leave none to \(name): give more of them, or "
          + "other shares with --validation and --test-share"
      )
    }
    return Parts(training: training, validation: validating, test: tested)
  }

  /// A share of every class, and what it leaves.
  private func stratified(
    _ data: LabelledData,
    share: Double,
    seed: UInt64
  ) -> (rest: LabelledData, part: LabelledData) {
    let order = Tensor.permutation(data.count, using: RandomGenerator(seed: seed)).scalars(Int.self)
    let labels = data.labels.scalars(Int.self)
    var sizes = [Int](repeating: 0, count: data.classes.count)
    for label in labels { sizes[label] += 1 }
    // The first of each class, in a random order; what a class's share leaves of a whole example
    // is carried on to the next class.
    var (wanted, carried) = ([Int](), 0.0)
    for size in sizes {
      let exact = Double(size) * share + carried
      let whole = min(Int(exact.rounded()), size)
      carried = exact - Double(whole)
      wanted.append(whole)
    }
    var (rest, part): ([Int], [Int]) = ([], [])
    for index in order {
      if wanted[labels[index]] > 0 {
        wanted[labels[index]] -= 1
        part.append(index)
      } else {
        rest.append(index)
      }
    }
    return (data[rows: rest], data[rows: part])
  }
}

/// What is done to the numbers of an input before a network sees them: (x − mean) / deviation.
package struct ExampleScaling: Codable, Equatable {
  /// One for each channel of an image, or each feature; one alone counts for all; none leaves the
  /// numbers as they are.
  package var mean: [Double] = []
  package var deviation: [Double] = []

  /// Mean 0 and standard deviation 1 on the examples given.
  ///
  /// - Parameter shape: Of one input: images are scaled by channel.
  package init(standardizing inputs: Tensor, shape: [Int]) {
    let rows = inputs.reshaped(to: [inputs.shape[0], shape[0], -1]).cast(to: .float64)
    let count = Double(rows.shape[0] * rows.shape[2])
    let mean = rows.sum(along: 0).sum(along: 1) / count
    let centred = rows - mean.reshaped(to: [1, shape[0], 1])
    let variance = centred.squared.sum(along: 0).sum(along: 1) / count
    self.mean = mean.scalars()
    // What never varies is left at zero.
    deviation = variance.squareRoot.scalars().map { $0 > 0 ? $0 : 1 }
  }

  /// The same of examples that need not be in memory.
  package init(standardizing data: LabelledData) throws {
    let (channels, examples) = (data.shape[0], max(data.count, 1))
    func mean(_ body: (Tensor) -> Tensor) throws -> Tensor {
      var sum = Tensor.zeros([channels], .float64)
      try data.forEachPart { _, inputs in
        let rows = inputs.reshaped(to: [inputs.shape[0], channels, -1]).cast(to: .float64)
        sum = sum + body(rows).sum(along: 0).sum(along: 1)
      }
      return sum / Double(examples * data.shape.dropFirst().reduce(1, *))
    }
    let centre = try mean { $0 }
    let variance = try mean { ($0 - centre.reshaped(to: [1, channels, 1])).squared }
    self.mean = centre.scalars()
    // What never varies is left at zero.
    deviation = variance.squareRoot.scalars().map { $0 > 0 ? $0 : 1 }
  }

  package init(mean: [Double] = [], deviation: [Double] = []) {
    (self.mean, self.deviation) = (mean, deviation)
  }

  /// - Parameter inputs: `[count, numbers]`.
  package func apply(to inputs: Tensor, shape: [Int]) -> Tensor {
    guard !mean.isEmpty else { return inputs }
    func column(_ numbers: [Double]) -> Tensor {
      Tensor(numbers.map { Float($0) }).reshaped(to: [1, numbers.count, 1])
    }
    let rows = inputs.reshaped(to: [inputs.shape[0], shape[0], -1])
    return ((rows - column(mean)) / column(deviation)).reshaped(to: inputs.shape)
  }
}

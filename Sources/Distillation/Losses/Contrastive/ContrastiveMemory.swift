import Foundation
import Networks
import Tensors

/// What contrastive distillation learns and remembers: two heads that embed what student and teacher
/// show, and the latest embedding of every training example by each of them.
///
/// The heads are trained with the student; the banks are buffers, saved in checkpoints. They take
/// 2 × examples × width numbers: 51 MB for 50,000 examples at the default width in Float32.
///
/// Tian, Krishnan & Isola, *Contrastive Representation Distillation* (2020).
public struct ContrastiveMemory: Module {
  /// Embeds what the student shows; its result is then made of length 1.
  public let student: Linear
  /// Embeds what the teacher shows, likewise.
  public let teacher: Linear
  /// `[examples, width]`; a buffer.
  public let studentBank: Parameter
  /// `[examples, width]`; a buffer.
  public let teacherBank: Parameter
  /// K Z / n for the student's and for the teacher's embeddings, `[2]`, 0 before the first batch; a
  /// buffer.
  public let normalizers: Parameter
  public let negatives: Int
  public let temperature: Double
  public let momentum: Double
  let others: OtherExamples

  /// - Parameters:
  ///   - student: How many numbers the student shows of an example, maps flattened.
  ///   - teacher: The same of the teacher.
  ///   - examples: How many examples the data set has.
  ///   - labels: Their classes, `[examples]`: negatives are then of other classes, as in the paper's
  ///     code. Without them they are any other examples.
  ///   - width: Of the embeddings; 128 in the paper.
  ///   - negatives: K, drawn for each example of a batch, with replacement; 16,384 in the paper.
  ///   - temperature: τ; 0.07 in the paper's code.
  ///   - momentum: How much of the old embedding is kept; 0.5 in the paper's code.
  public init(
    student: Int,
    teacher: Int,
    examples: Int,
    labels: Tensor? = nil,
    width: Int = 128,
    negatives: Int = 16_384,
    temperature: Double = 0.07,
    momentum: Double = 0.5,
    _ elementType: ElementType = .float32,
    using generator: RandomGenerator
  ) {
    precondition(
      width > 0 && negatives > 0 && temperature > 0 && (0..<1).contains(momentum),
      "ContrastiveMemory: width, negatives and temperature must be positive, momentum in 0 ..< 1"
    )
    self.negatives = negatives
    self.temperature = temperature
    self.momentum = momentum
    others = OtherExamples(count: examples, labels: labels)
    self.student = Linear(student, width, elementType, using: generator)
    self.teacher = Linear(teacher, width, elementType, using: generator)
    // Lengths near 1, as the embeddings that replace them.
    let bound = (3 / Double(width)).squareRoot()
    func bank() -> Parameter {
      let start = Initialization.uniform(bound: bound)
      return Parameter(
        start([examples, width], fanIn: width, fanOut: width, elementType, using: generator),
        role: .buffer
      )
    }
    (studentBank, teacherBank) = (bank(), bank())
    normalizers = Parameter(.zeros([2], .float64, on: generator.device), role: .buffer)
  }

  /// The student's embedding of what it shows, `[batch, width]`.
  public func forward(_ input: Tensor, _ pass: Pass) -> Tensor {
    Loss.unitRows(student(input, pass))
  }

  /// Takes in the embeddings of examples: m ← the unit vector along momentum·m + (1 − momentum)·v.
  func remember(_ embeddings: (student: Tensor, teacher: Tensor), of examples: Tensor) {
    withoutGradient {
      for (bank, latest) in [(studentBank, embeddings.student), (teacherBank, embeddings.teacher)] {
        let old = bank.value[rows: examples]
        let new = Loss.unitRows(old * momentum + latest.detached * (1 - momentum))
        bank.updateInPlace {
          copyRows.perform(.tensor($0), .integer(0), .tensor(examples), .tensor(new))
        }
      }
    }
  }
}

private let copyRows = Operator("aten::index_copy_")

/// Draws examples that are not of an example's own class, or are not the example itself.
struct OtherExamples {
  let count: Int
  /// Examples by class, and for each example where its class starts there and how long it is.
  private let order: Tensor?
  private let start: Tensor
  private let length: Tensor

  init(count: Int, labels: Tensor?) {
    self.count = count
    guard let labels = labels?.moved(to: .cpu).cast(to: .int64) else {
      precondition(count > 1, "ContrastiveMemory: \(count) examples have no others")
      order = nil
      start = .range(0..<count)
      length = Tensor.ones([count], .int64)
      return
    }
    precondition(
      labels.shape == [count],
      "ContrastiveMemory: labels of shape \(labels.shape) for \(count) examples"
    )
    let sizes = labels.occurrences()
    precondition(
      sizes.maximum().doubleValue < Double(count),
      "ContrastiveMemory: all \(count) examples are of one class, so there are no negatives"
    )
    order = labels.sorted().indices
    start = (sizes.cumulativeSum(along: 0) - sizes)[rows: labels]
    length = sizes[rows: labels]
  }

  /// Numbers of examples, `[batch, draws]`, evenly distributed over those that are not of the class.
  func draw(_ draws: Int, for examples: Tensor, using generator: RandomGenerator) -> Tensor {
    let own = examples.moved(to: .cpu).cast(to: .int64)
    let (start, length) = (start[rows: own].insertingAxis(1), length[rows: own].insertingAxis(1))
    // A place among the others, then among all, which have the class in their midst.
    let uniform = Tensor.uniform([own.count, draws], .float64, using: generator)
    let place = (uniform * (Double(count) - length.cast(to: .float64))).cast(to: .int64)
    let places = place + (place .>= start).cast(to: .int64) * length
    return order.map { $0[rows: places.flattened()].reshaped(to: places.shape) } ?? places
  }
}

// Students that learn from each other, from their forebears, through an assistant, and contrastively.
// Run: make data && swift run -c release ManyTeachers

// snippet.show
import Distill
import Foundation

let data = try LabelledImages.fashionMNIST(in: URL(fileURLWithPath: ".data/fashion-mnist"))
let examples = Examples(data.images, labels: data.labels)[0..<6_000]
let batches = examples.batches(of: 50, epochs: 5, shuffled: 1)

func network(_ widths: [Int], _ seed: Int) -> MLP {
  MLP([784] + widths + [10], using: RandomGenerator(seed: UInt64(seed)))
}

// Two students, each on the labels and towards the other.
let pair = [network([50], 1), network([80], 2)]
try learnMutually(pair, on: batches)

// Three generations, each taught by the one before; together they are an ensemble.
let line = try trainBornAgain(generations: 3, of: { network([50], 10 + $0) }, on: batches)

// The ensemble into a smaller student, by way of one in between.
let student = network([10], 20)
let records = try distill(
  line.ensemble,
  through: [network([30], 21)],
  into: student,
  on: batches,
  minimizing: .crossEntropy() + .softCrossEntropy()
)
print("assistant and student made", records.map(\.steps), "steps")

// The hidden layer of one network told from those of other images, by the student's hidden layer.
try distill(
  ModuleTeacher(pair[1]),
  into: network([20], 31),
  on: batches,
  minimizing: .crossEntropy() + 0.8 * .contrastiveRepresentation(of: .tap("1"), negatives: 1_000)
)

// Values and derivatives at once, from inputs with noise.
try distill(
  line.ensemble,
  into: network([20], 41),
  on: batches.noisy(standardDeviation: 0.1, copies: 2, seed: 42),
  minimizing: .squaredErrorOnLogProbabilities
)

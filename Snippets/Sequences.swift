// A language model teaches one of a tenth of its parameters, half on what the student itself writes.
// Run: make data-graphs && swift run -c release Sequences

// snippet.show
import Distill
import Foundation

let wordNet = try WordNet(URL(fileURLWithPath: ".data/wordnet"))
let glosses = wordNet.synsets.map { Array($0.gloss.utf8) }.filter { $0.count <= 200 }
let order = Tensor.permutation(glosses.count, using: RandomGenerator(seed: 1)).scalars(Int.self)
let text = order[..<20_000].map { glosses[$0] }
let unseen = order.suffix(1_000).map { glosses[$0] }

// Every byte is a token; every position of a window is an example, labelled by the byte that follows.
let bytes = ByteVocabulary(bytesOf: glosses)
let windows = try SequenceWindows(text.map(bytes.encoded), length: 64, batch: 16, seed: 1)

func model(width: Int, hidden: Int) -> SequenceModel {
  SequenceModel(
    tokens: bytes.count,
    width: width,
    hidden: hidden,
    length: 64,
    using: RandomGenerator(seed: 2)
  )
}
let teacher = model(width: 32, hidden: 288)
try train(
  teacher,
  on: windows.limited(to: 2_000),
  minimizing: .crossEntropy(),
  using: Adam(learningRate: 3e-3),
  schedule: .linear(over: 2_000)
)

// What it says about the text is recorded once; where the student writes, it is asked.
let few = try SequenceWindows(text[..<5_000].map(bytes.encoded), length: 64, batch: 16, seed: 3)
let student = model(width: 16, hidden: 64)
let own = OwnSequences(of: student, after: few, prompt: 1, seed: 4)
try distill(
  SequenceTeacher(few.recorded(teacher), asking: teacher),
  into: student,
  on: Mixture([(few, 0.5), (own, 0.5)], seed: 5).limited(to: 1_000),
  minimizing: .kullbackLeibler(),
  using: Adam(learningRate: 1e-2),
  schedule: .linear(over: 1_000)
)

let panel = try DocumentPanel(unseen, in: bytes)
let answers = panel.answers(of: teacher)
for (name, model) in [("teacher", teacher), ("student", student)] {
  let scores = panel.scores(of: model, beside: answers)
  let all = Double(panel.bytes.reduce(0, +))
  let bitsPerByte = scores.bits.reduce(0, +) / all
  let divergence = scores.divergence!.reduce(0, +) / all
  print(name, model.parameterCount, bitsPerByte, divergence)
}

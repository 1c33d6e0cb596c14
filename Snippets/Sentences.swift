// A sentence encoder teaches a table of token embeddings.
// Run: make data-sentences data-graphs && swift run -c release Sentences

// snippet.show
import Distill
import Foundation

let folder = URL(fileURLWithPath: ".data/minilm")
let tokenizer = try Tokenizer(folder.appendingPathComponent("tokenizer.json"))
let teacher = try BERTEncoder(folder)
let wordNet = try WordNet(URL(fileURLWithPath: ".data/wordnet"))
let glosses = wordNet.synsets.prefix(4_000).map(\.gloss)

// What the teacher says of each text, asked once; [CLS] and [SEP] stand around it.
let recorded = try RecordedTeacher(
  of: ModuleTeacher(teacher, observedAs: .reals),
  on: tokenizer.padded(glosses, to: 48),
  chunk: 64
)

// The student sees the same texts without them.
let texts = tokenizer.padded(glosses, to: 48, withTemplate: false)
let student = StaticEncoder(
  tokenizer.idCount,
  width: 128,
  outputs: 384,
  using: RandomGenerator(seed: 1)
)
try distill(
  recorded,
  into: student,
  on: Examples(texts).batches(of: 128, epochs: 10, shuffled: 2),
  minimizing: .embeddingCosine + .similarityDistribution(temperature: 0.05),
  using: Adam(learningRate: 5e-3)
)

let questions = ["a person who teaches", "someone giving lessons", "a small boat"]
let embeddings = student(tokenizer.padded(questions, to: 48, withTemplate: false))
let directions = embeddings / embeddings.norm(along: 1, keepingAxes: true)
print(directions.matmul(directions.transposed()))
try student.save(to: URL(fileURLWithPath: "sentences.safetensors"))
// snippet.end

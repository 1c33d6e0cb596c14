// Teachers of many languages label captions for a student of another.
// Run: make data-languages && swift run -c release Languages

// snippet.show
import Distill
import Foundation

let captions = try ParallelCaptions(URL(fileURLWithPath: ".data/languages/captions.tsv"))
let order = Tensor.permutation(captions.stamps.count, using: RandomGenerator(seed: 1))
let stamps = order.scalars(Int.self).map { captions.stamps[$0] }
// Captions of a stamp say the same in all languages: a stamp serves for one thing.
let (unseen, unlabelled, told) = (stamps[..<160], stamps[160..<400], stamps[400...])

func examples(_ language: String, _ stamps: ArraySlice<ParallelCaptions.Stamp>) -> Examples {
  let own = stamps.filter { $0.captions[language] != nil }
  return Examples(
    ByteTexts.encoded(own.map { $0.captions[language]!.lowercased() }, length: 64),
    labels: Tensor(own.map(\.label))
  )
}
let related = ["pt", "es", "ca", "fr", "it"].map { examples($0, told) }
let joint = Examples(
  .concatenated(related.map(\.inputs)),
  labels: .concatenated(related.map { $0.labels! })
)
let classes = captions.classes.count
let ngrams = ByteNGrams(classes: classes, rows: 16_384)
let convolutions = ByteConvolutions(
  classes: classes,
  width: 24,
  filters: 96,
  using: RandomGenerator(seed: 2)
)
for (network, rate) in [(ngrams, 1e-2), (convolutions, 3e-3)] as [(any Module, Double)] {
  try train(
    network,
    on: joint.batches(of: 64, epochs: nil, shuffled: 3).limited(to: 400),
    minimizing: .crossEntropy(),
    using: Adam(learningRate: rate),
    schedule: .linear(over: 400)
  )
}

// What both say together about Galician captions teaches a student of Galician.
let ensemble = Ensemble([ModuleTeacher(ngrams), ModuleTeacher(convolutions)])
let student = ByteNGrams(classes: classes, rows: 2_048)
try distill(
  ensemble,
  into: student,
  on: examples("gl", unlabelled).batches(of: 64, epochs: nil, shuffled: 4).limited(to: 300),
  minimizing: .softCrossEntropy(),
  using: Adam(learningRate: 1e-2),
  schedule: .linear(over: 300)
)
let test = examples("gl", unseen)
for (name, teacher) in [("ensemble", ensemble), ("student", ModuleTeacher(student))]
  as [(String, any Teacher)]
{
  let said = try teacher.observe(test.inputs).probabilities().indexOfMaximum(along: 1)
  print(name, (said .== test.labels!).cast(to: .float64).mean().doubleValue)
}

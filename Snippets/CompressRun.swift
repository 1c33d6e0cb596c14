// The ensemble of a demo in a small student, with a same-budget control, a search and a certificate.
// Run: distill demo --limit 6000 --out runs/small && swift run -c release CompressRun

// snippet.show
import Distill
import Foundation
import Runs

var options = CompressOptions(
  teacher: ["runs/small"],
  data: DataSource(".data/fashion-mnist"),
  student: "mlp:784-50-30-10"
)
options.limit = 6_000
options.budget = Budget(20, .epochs)
options.search = Budget(5, .minutes)
options.trainsControl = true
options.certifiedSeeds = 3
let folder = URL(fileURLWithPath: "runs/mine")
if let certificate = try options.run(at: folder) {
  print("\(certificate.verdict): \(certificate.summary)")
}
print(try replay(folder).summary)

// An ensemble that is observed once, and a student of what was seen.
// Run: distill demo --limit 6000 --out runs/small && swift run -c release ObserveOnce

// snippet.show
import Distill
import Foundation
import Runs

var observe = ObserveOptions(
  teacher: ["runs/small"],
  data: DataSource(".data/fashion-mnist"),
  out: "observed"
)
observe.form = .mostProbable(5)
observe.derivatives = true
let store = try observe.run()
print(store.summary)

var options = CompressOptions(
  teacher: ["observed"],
  data: DataSource(".data/fashion-mnist"),
  student: "mlp:784-50-30-10"
)
options.budget = Budget(2_000, .steps)
try options.run(at: URL(fileURLWithPath: "runs/observed"))

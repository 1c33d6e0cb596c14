// A logistic regression's draws in ten regressions, with the distance from the draws.
// Run: swift run -c release PredictiveRun

// snippet.show
import Distill
import Foundation
import Runs

let tables = "Documentation/Data"
var plan = PredictivePlan()
plan.draws.files = ["\(tables)/tumours.json"]
plan.draws.parameters = ["beta"]
plan.draws.intercept = "alpha"
plan.data.table = "\(tables)/tumours.csv"
plan.data.outcome = "tumour"
plan.student.components = 10
plan.isCertified = true
let folder = URL(fileURLWithPath: "runs/tumours")
let (student, certificate) = try plan.run(at: folder)
print(student, certificate?.lesson ?? "")
print(try replay(folder).summary)

import Distill
import Foundation
import Runs

extension TablesExperiment: ExportableJob {
  package func students(of run: Run) -> [OfferedStudent] {
    // Those that saw the most rows first.
    tables.indices.flatMap { place in
      students.reversed().flatMap { kind in
        (0..<seeds).map { index in
          OfferedStudent(TableTask.file(tables[place], kind, index), lesson: kind.rawValue) {
            try TableTask(self, tables[place], hidden(place), run).offered()
          }
        }
      }
    }
  }
}

extension TableTask {
  /// A student of the table, whose inputs are its columns as they stand there.
  fileprivate func offered() throws -> OfferedNetwork {
    let network = network(seed: 0)
    var offered = OfferedNetwork(
      network,
      shape: training.shape,
      answers: .classes(training.classes),
      on: test.inputs
    )
    offered.scaling = (scaling.mean.map { Float($0) }, scaling.deviation.map { Float($0) })
    offered.facts = [
      "model": "mlp:" + network.layers.map { "\($0.weight.shape[1])-" }.joined()
        + "\(network.layers.last!.weight.shape[0])",
      "takes": "a row of the table \(name): its columns in the order of inputs",
      "divisor": "\(training.divisor)",
    ]
    offered.facts["inputs"] = training.columns.map(jsonText)
    offered.labels = test.labels
    offered.teacher = [try TableFiles(options.data, name).teacher]
    return offered
  }
}

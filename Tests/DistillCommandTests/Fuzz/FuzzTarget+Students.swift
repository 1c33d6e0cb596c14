import Distill
import Foundation
import StudentExport

@testable import Compression
@testable import DistillCommand
@testable import Exchange
@testable import Experiments
@testable import Runs

/// Students in closed form, and predictions with them.
extension FuzzTarget {
  private static func student(
    _ family: String,
    _ text: String,
    called name: String? = nil,
    inputs: Int
  ) -> FuzzTarget {
    let names = (0..<inputs).map { "\"x\($0)\"" }.joined(separator: ",")
    let json =
      #"{"format":"distill compact predictive 1","hasIntercept":false,"classes":[],"inputs":["#
      + names + #"],"student":{"family":"\#(family)",\#(text)}}"#
    return predicting(name ?? family, inputs: inputs) { json }
  }

  /// - Parameter json: Makes the student's file.
  private static func predicting(
    _ name: String,
    inputs: Int,
    _ json: @escaping @Sendable () throws -> String
  ) -> FuzzTarget {
    FuzzTarget(name: "predict \(name)", weight: quick) { folder in
      try Data(json().utf8).write(to: folder.appendingPathComponent("student.json"))
      let header = (0..<inputs).map { "x\($0)" }.joined(separator: ",")
      let row = [String](repeating: "1.5", count: inputs).joined(separator: ",")
      try Data("\(header)\n\(row)\n".utf8).write(to: folder.appendingPathComponent("rows.csv"))
    } use: { folder in
      let student = try CompactStudent.read(from: folder.appendingPathComponent("student.json"))
      let rows = student.isDensity ? nil : folder.appendingPathComponent("rows.csv").path
      _ = try PredictionTable(student, rows, quantiles: [0.05, 0.5, 0.95]).csv
    }
  }

  static let students =
    predicted
    + predicted.filter { !$0.name.hasSuffix("Gaussians") && !$0.name.hasSuffix("Student t") }
    .map(exporting)

  private static let predicted = [
    student(
      "mixture of Gaussians",
      #""weights":[1,1],"means":[[0],[1]],"covariances":[[1],[1]]"#,
      inputs: 0
    ),
    student(
      "mixture of Student t",
      #""weights":[1],"components":[{"degreesOfFreedom":4,"location":0,"scale":1}]"#,
      inputs: 0
    ),
    student(
      "mixture of regressions",
      #""outcome":"normal","weights":[1],"coefficients":[[1]],"deviations":[1],"weightsAreFixed":false"#,
      inputs: 1
    ),
    student(
      "mixture of regressions",
      #""outcome":"poisson","weights":[1],"coefficients":[[1]],"weightsAreFixed":false"#,
      called: "Poisson regressions",
      inputs: 1
    ),
    student(
      "mixture density network",
      #""components":1,"network":{"widths":[1,3],"activation":"tanh","weights":[[0,0,0]],"biases":[[0,0,0]]}"#,
      inputs: 1
    ),
    predicting("mixture of logistics", inputs: 2) {
      try classifier(.logistics(MixtureOfLogistics([[1, -1], [-3, 0.5]], weights: [1, 3])))
    },
    predicting("mixture of softmaxes", inputs: 2) {
      try classifier(.softmaxes(MixtureOfSoftmaxes([[1, -1, 0.5, 2], [1, 2, 3, 4]], classes: 2)))
    },
    predicting("network", inputs: 2) {
      try classifier(.network(PredictiveNetwork(perceptron(), .probabilities)))
    },
    predicting("Dirichlet network", inputs: 2) {
      try classifier(.dirichlet(DirichletNetwork(perceptron())))
    },
  ]

  /// What a student becomes elsewhere, in every form.
  private static func exporting(_ student: FuzzTarget) -> FuzzTarget {
    FuzzTarget(
      name: student.name.replacing("predict", with: "export"),
      weight: usual,
      make: student.make,
      use: { folder in
        let exported = try ExportedStudent(folder.path + "/student.json", data: nil)
        // A compiler makes modules of WebAssembly, in seconds.
        for form in ExportForm.allCases where form != .wasm {
          let parity = try exported.graph.write(
            form,
            to: folder.appendingPathComponent(form.fileName),
            expecting: exported.expected,
            of: exported.inputs
          )
          _ = exported.graph.modelCard(form.fileName, parity)
        }
      },
      files: ["student.json"]
    )
  }

  private static func classifier(_ family: CompactStudent.Family) throws -> String {
    let (inputs, classes) = (["x0", "x1"], ["a", "b"])
    return try CompactStudent(family, inputs: inputs, hasIntercept: false, classes: classes).json()
  }

  private static func perceptron() -> MLP {
    MLP([2, 3, 2], activation: .tanh, using: RandomGenerator(seed: 1))
  }
}

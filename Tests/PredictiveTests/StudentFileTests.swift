import Foundation
import Networks
import Probability
import Tensors
import Testing

@testable import Predictive

/// Students in files: each family gives back the same predictions, and damage is noticed.
@Suite struct StudentFileTests {
  private static var generator: RandomGenerator { RandomGenerator(seed: 1) }

  private static let students: [CompactStudent] = [
    try! CompactStudent(
      .logistics(MixtureOfLogistics([[1, -2, 0.5], [0.3, 0.4, 0.1]], weights: [1, 3])),
      inputs: ["age", "bmi"],
      hasIntercept: true,
      classes: ["no", "yes"]
    ),
    try! CompactStudent(
      .softmaxes(MixtureOfSoftmaxes(2, classes: 3, inputs: 2, using: generator)),
      inputs: ["a", "b"],
      classes: ["x", "y", "z"]
    ),
    try! CompactStudent(
      .regressions(MixtureOfRegressions([[1, 2, 3]], .normal, deviations: [0.3])),
      inputs: ["a", "b"],
      hasIntercept: true
    ),
    try! CompactStudent(
      .network(PredictiveNetwork(MLP([2, 3, 1], .float64, using: generator), .probabilities)),
      inputs: ["a", "b"],
      classes: ["x", "y"]
    ),
    try! CompactStudent(
      .densityNetwork(
        MixtureDensityNetwork([2, 3], components: 2, .float64, using: generator)
      ),
      inputs: ["a", "b"]
    ),
    try! CompactStudent(
      .dirichlet(DirichletNetwork([2, 3, 3], .float64, using: generator)),
      inputs: ["a", "b"],
      classes: ["x", "y", "z"]
    ),
  ]

  /// Reading a pipe waits for whoever writes to it, and a device may never end.
  @Test func aPipeIsNotWaitedFor() throws {
    let file = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    #expect(mkfifo(file.path, 0o600) == 0)
    defer { unlink(file.path) }
    let error = #expect(throws: PredictiveError.self) { try CompactStudent.read(from: file) }
    #expect(error?.description.contains("it is a device or a pipe") == true)
  }

  /// Numbers that are each finite and together are not; counts that overflow.
  @Test(arguments: [
    #"{"family":"mixture of Gaussians","weights":[1e308,1e308],"means":[[0],[1]],"covariances":[[1],[1]]}"#,
    #"{"family":"mixture of Gaussians","weights":[1,1],"means":[[1e308],[-1e308]],"covariances":[[1],[1]]}"#,
    #"{"family":"mixture of Student t","weights":[1],"components":[{"degreesOfFreedom":4,"location":0,"scale":1e308}]}"#,
    #"{"family":"mixture of regressions","outcome":"normal","weights":[1],"coefficients":[[1e308]],"deviations":[1],"weightsAreFixed":false}"#,
    #"{"family":"mixture of regressions","outcome":"normal","weights":[1],"coefficients":[[1]],"deviations":[1e308],"weightsAreFixed":false}"#,
    #"{"family":"mixture density network","components":9223372036854775807,"network":{"widths":[1,3],"activation":"tanh","weights":[[0,0,0]],"biases":[[0,0,0]]}}"#,
  ])
  func numbersThatOverflowTogetherAreRefused(_ student: String) throws {
    let isDensity = student.contains("Gaussians") || student.contains("Student t")
    let text =
      #"{"format":"distill compact predictive 1","hasIntercept":false,"classes":[],"inputs":"#
      + (isDensity ? "[]" : #"["x"]"#) + #","student":"# + student + "}"
    let file = FileManager.default.temporaryDirectory
      .appendingPathComponent("student-\(UUID().uuidString).json")
    defer { try? FileManager.default.removeItem(at: file) }
    try text.write(to: file, atomically: true, encoding: .utf8)
    #expect(throws: PredictiveError.self) { try CompactStudent.read(from: file) }
  }

  @Test func aStudentOfNoInputsIsRefused() {
    #expect(throws: PredictiveError.self) {
      try CompactStudent(
        .regressions(MixtureOfRegressions([[1]], .normal, deviations: [1])),
        hasIntercept: true
      )
    }
  }

  private func numbers(_ student: CompactStudent, _ x: Tensor) throws -> [Double] {
    switch try student.predictions(at: x) {
    case .classes(let logs): logs.scalars()
    case .means(let means): means.scalars()
    case .outcomes(let outcomes): outcomes.flatMap { [$0.mean, $0.variance, $0.quantile(0.9)] }
    }
  }

  @Test(arguments: 0..<6)
  func filesGiveBackTheSame(_ index: Int) throws {
    let student = Self.students[index]
    let url = FileManager.default.temporaryDirectory
      .appendingPathComponent("student-\(UUID().uuidString).json")
    try Data(student.json().utf8).write(to: url)
    let back = try CompactStudent.read(from: url)
    let x = Tensor([[0.3, -1.0], [2.0, 0.5]])
    #expect(try gap(numbers(back, x), numbers(student, x)) < 1e-14)
    #expect(back.description == student.description && back.inputs == student.inputs)
    #expect(back.classes == student.classes && back.parameterCount == student.parameterCount)
    #expect(throws: PredictiveError.self) { try student.predictions(at: Tensor([[1.0, 2, 3]])) }
  }

  @Test func densitiesGiveBackTheSame() throws {
    for student in [
      try CompactStudent(.gaussians(FamilyTests.gaussians)),
      try CompactStudent(.students(FamilyTests.students)),
    ] {
      let data = Data(try student.json().utf8)
      let back = try JSONDecoder().decode(CompactStudent.self, from: data)
      #expect(back.description == student.description && back.isDensity)
      #expect(throws: PredictiveError.self) { try back.predictions(at: Tensor([[1.0]])) }
    }
  }

  @Test func formulasNameInputs() {
    #expect(
      Self.students[0].description
        == "P(y = 1 | x) = 0.25 σ(1 age − 2 bmi + 0.5) + 0.75 σ(0.3 age + 0.4 bmi + 0.1)"
    )
  }

  @Test(arguments: [
    ("mixture of logistics", "mixture of wishes", "no family"),
    ("distill compact predictive 1", "distill compact predictive 9", "not a compact predictive"),
    (#""bmi""#, #""bmi","weight""#, "names of inputs"),
    (#""yes""#, #""yes","maybe""#, "of classes"),
  ])
  func damageIsNoticed(_ old: String, _ new: String, _ words: String) throws {
    let text = try Self.students[0].json()
    #expect(text.contains(old))
    let url = FileManager.default.temporaryDirectory
      .appendingPathComponent("student-\(UUID().uuidString).json")
    try Data(text.replacing(old, with: new).utf8).write(to: url)
    let error = #expect(throws: PredictiveError.self) { try CompactStudent.read(from: url) }
    #expect(error?.description.contains(words) == true, "\(error?.description ?? "")")
    try Data(text.utf8.prefix(100)).write(to: url)
    #expect(throws: PredictiveError.self) { try CompactStudent.read(from: url) }
  }
}

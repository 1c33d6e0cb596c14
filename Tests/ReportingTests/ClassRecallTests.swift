import Foundation
import Tensors
import Testing

@testable import Reporting

/// Counts that a hand can check.
@Suite struct ClassRecallTests {
  /// 96 of class 0, 3 of class 1 taken for 0, 1 of class 2 that is found; none of class 3.
  private func predictions(_ choices: [Int]) -> ClassPredictions {
    let labels = [Int](repeating: 0, count: 96) + [1, 1, 1, 2]
    let rows = choices.map { choice in
      (0..<4).map { $0 == choice ? log(0.97) : log(0.01) }
    }
    return ClassPredictions(logProbabilities: Tensor(rows), labels: Tensor(labels))
  }

  private var rare: ClassRecalls {
    ClassRecalls(predictions([Int](repeating: 0, count: 95) + [1] + [0, 0, 2, 2]))
  }

  @Test func rareClassesAreSeen() throws {
    #expect(rare.examples == [96, 3, 1, 0] && rare.right == [95, 0, 1, 0])
    #expect(rare.choices == [[95, 1, 0, 0], [2, 0, 1, 0], [0, 0, 1, 0], [0, 0, 0, 0]])
    #expect(rare.recalls == [95.0 / 96, 0, 1, nil])
    // The mean of the three that occur, behind an accuracy of 96%.
    #expect(abs(rare.balancedAccuracy - (95.0 / 96 + 0 + 1) / 3) < 1e-15)
    #expect(rare.neverFound == [1])
    let names = ["a", "b", "c", "d"]
    #expect(
      rare.warning("the student", names)
        == "the student never recognises 'b' (3 examples): its accuracy hides that"
    )
    let table = ClassRecalls.table([("student", rare), ("teacher", rare)], names)
    #expect(table.rows[1] == ["b", "3", "0.0", "0.0", "a (2)"])
    #expect(table.rows[3] == ["d", "0", "–", "–", "–"])
    // The least found come first where not all are shown.
    #expect(ClassRecalls.table([("student", rare)], names, most: 2).rows.map(\.[0]) == ["b", "a"])
    #expect(rare.confusionTable(names)?.rows[1] == ["b", "2", "·", "1", "·"])
  }

  @Test func allFoundIsNoWarning() {
    let choices = [Int](repeating: 0, count: 96) + [1, 0, 0, 2]
    #expect(ClassRecalls(predictions(choices)).warning("the student", nil) == nil)
  }

  @Test func seedsAddUp() throws {
    let both = try #require(ClassRecalls(pooling: [rare, rare]))
    #expect(both.examples == [192, 6, 2, 0] && both.recalls == rare.recalls)
    #expect(both.choices?[1] == [4, 0, 2, 0])
    #expect(ClassRecalls(pooling: []) == nil)
  }

  /// What is read is checked as a whole.
  @Test func countsThatDoNotBelongTogetherAreRefused() throws {
    let data = try JSONEncoder().encode(rare)
    #expect(try JSONDecoder().decode(ClassRecalls.self, from: data) == rare)
    for text in [
      #"{"examples": [3], "right": [4]}"#, #"{"examples": [3, 1], "right": [3]}"#,
      #"{"examples": [-1], "right": [-1]}"#, #"{"examples": [3], "right": [2], "choices": [[3]]}"#,
      #"{"examples": [3], "right": [3], "choices": [[3, 0]]}"#,
      #"{"examples": [9007199254740993], "right": [0]}"#,
    ] {
      #expect(throws: DecodingError.self, "\(text)") {
        try JSONDecoder().decode(ClassRecalls.self, from: Data(text.utf8))
      }
    }
  }

  @Test func certificatesTellThem() throws {
    let reference = CertificateReference.numbers
    func all(_ models: [[[Double]]]) -> [ClassPredictions] { models.map(reference.predictions) }
    let recalls = Certificate.recalls(
      teacher: reference.predictions(reference.teacher),
      students: all(reference.students),
      controls: all(reference.controls)
    )
    let old = try reference.certificate()
    #expect(old.recallTable == nil && old.warnings.isEmpty)
    #expect(!String(decoding: try old.json(), as: UTF8.self).contains("recalls"))
    let new = Certificate(
      subject: old.subject,
      studentLoss: old.studentLoss,
      controlLoss: old.controlLoss,
      settings: old.settings,
      rule: old.rule,
      calibrations: old.calibrations,
      recalls: recalls,
      classes: nil,
      teacherCost: old.teacherCost,
      studentCost: old.studentCost,
      provenance: old.provenance
    )
    let read = try Certificate(json: new.json())
    #expect(try read.json() == new.json() && read.recalls == recalls)
    #expect(new.page.html.contains("Balanced accuracy"))
    // The accuracy of the students, by their counts.
    let student = try #require(recalls["student"])
    let share = Double(student.right.reduce(0, +)) / Double(student.examples.reduce(0, +))
    #expect(abs(share - new.clean.student[.accuracy]!.mean) < 1e-12)
    #expect(new.compared(with: new).stands)
    let others = ["student": recalls["control"]!, "teacher": recalls["teacher"]!]
    let changed = Certificate(
      subject: old.subject,
      studentLoss: old.studentLoss,
      controlLoss: old.controlLoss,
      settings: old.settings,
      rule: old.rule,
      calibrations: old.calibrations,
      recalls: others,
      classes: nil,
      teacherCost: old.teacherCost,
      studentCost: old.studentCost,
      provenance: old.provenance
    )
    let fallen = new.compared(with: changed).fallen.map(\.name)
    #expect(fallen == ["clean: student, counts of classes that differ"])
  }

  /// Counts in a file may be of other numbers of classes.
  @Test(arguments: ["[]", "[1]", "[1, 2, 3]", "[2, 1]", "[-1, 2]"])
  func countsThatDoNotBelongTogetherAreRefused(_ right: String) {
    for choices in ["", #", "choices": [[1, 0], [0, 2]]"#] {
      let json = #"{"examples": [1, 2], "right": \#(right)\#(choices)}"#
      #expect(throws: DecodingError.self) {
        try JSONDecoder().decode(ClassRecalls.self, from: Data(json.utf8))
      }
    }
  }
}

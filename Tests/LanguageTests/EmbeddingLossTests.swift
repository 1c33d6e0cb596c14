import Distillation
import Tensors
import Testing

@testable import Language

@Suite struct EmbeddingLossTests {
  private let generator = RandomGenerator(seed: 9)

  private static var taught: [Loss] { [.embeddingCosine, .similarityDistribution()] }

  private func value(_ loss: Loss, _ student: Tensor, _ teacher: Tensor) throws -> Double {
    try loss(
      Comparison(
        Observation(student, meaning: .reals),
        Observation(teacher, meaning: .reals),
        inputs: student
      )
    ).doubleValue
  }

  private func rows(_ count: Int = 8) -> Tensor {
    .normal([count, 6], .float64, using: generator)
  }

  @Test(arguments: 0..<2) func leastWhereStudentIsTeacher(_ index: Int) throws {
    let loss = Self.taught[index]
    let teacher = rows()
    // Also where the student's vectors are longer.
    #expect(abs(try value(loss, teacher * 3, teacher)) < 1e-9)
    for _ in 0..<20 { #expect(try value(loss, rows(), teacher) > 0.05) }
  }

  @Test func orderOfTheBatchDoesNotMatter() throws {
    let (student, teacher) = (rows(), rows())
    let order = Tensor([3, 1, 7, 0, 5, 2, 6, 4])
    for loss in Self.taught {
      let own = try value(loss, student, teacher)
      let other = try value(loss, student[rows: order], teacher[rows: order])
      #expect(abs(own - other) < 1e-9)
    }
    let pairs = Tensor([4, 5, 0, 1, 6, 7, 2, 3])
    let own = try value(.pairContrast(), student, teacher)
    #expect(abs(own - (try value(.pairContrast(), student[rows: pairs], teacher))) < 1e-9)
  }

  @Test(arguments: 0..<3) func gradientsAreFiniteDifferences(_ index: Int) throws {
    let loss = (Self.taught + [.pairContrast(temperature: 0.3)])[index]
    let (student, teacher) = (rows(), rows())
    let slope = gradient(at: student) { rows in
      try! loss(
        Comparison(
          Observation(rows, meaning: .reals),
          Observation(teacher, meaning: .reals),
          inputs: rows
        )
      )
    }
    let direction = rows()
    let step = 1e-5
    let difference =
      (try value(loss, student + direction * step, teacher)
        - value(loss, student - direction * step, teacher)) / (2 * step)
    let along = (slope * direction).sum().doubleValue
    #expect(abs(along - difference) < 1e-5 * max(1, abs(along)))
  }

  @Test func largeAndVanishingRowsStayFinite() throws {
    let rows = self.rows()
    for student in [rows * 1e4, rows * 1e-30, rows * 0] {
      for loss in Self.taught + [.pairContrast()] {
        #expect(try value(loss, student, rows).isFinite)
      }
    }
  }

  @Test func unfitBatchesAreRefused() throws {
    let two = rows(2)
    #expect(throws: DistillationError.self) { try value(.similarityDistribution(), two, two) }
    #expect(throws: DistillationError.self) { try value(.pairContrast(), rows(5), rows(5)) }
    #expect(throws: DistillationError.self) {
      try value(.embeddingCosine, rows(), .normal([8, 4], .float64, using: generator))
    }
  }
}

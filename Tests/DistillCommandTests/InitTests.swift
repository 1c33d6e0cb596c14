import Distill
import Foundation
import Testing

@testable import Compression
@testable import DistillCommand
@testable import Runs

/// `distill init`.
@Suite struct InitTests {
  @Test func theRecipeRunsAsItIsAndMakesWhatCompressMakes() throws {
    try withCompressWorld { world in
      var options = CompressOptions(
        teacher: [world.teachers],
        data: DataSource(world.data),
        student: "mlp:16-4-3"
      )
      options.teacherModel = CompressWorld.teacherModel
      options.budget = Budget(60, .steps)
      let recipe = try CommentedRecipe(options, on: .cpu, .silent)
      #expect(recipe.text.contains("3 classes"))
      // Every choice has its comment.
      for line in recipe.text.split(separator: "\n") where line.first?.isLetter == true {
        #expect(line.contains(":"), "\(line)")
      }
      let folder = world.folder.appendingPathComponent("by-recipe")
      try JobRecipe(yaml: recipe.text).run(at: folder)
      options.trainsControl = true
      options.out = world.folder.appendingPathComponent("by-options").path
      let other = try world.run(options).folder
      for file in [CompressionRun.studentFile, CompressionRun.controlFile] {
        let place = folder.appendingPathComponent(file)
        #expect(try Data(contentsOf: place) == Data(contentsOf: other.file(file)), "\(file)")
      }
    }
  }

  @Test func aStudentIsChosenForTheInputs() throws {
    try withCompressWorld { world in
      var options = CompressOptions(teacher: [world.teachers], data: DataSource(world.data))
      options.teacherModel = CompressWorld.teacherModel
      let recipe = try CommentedRecipe(options, on: .cpu, .silent)
      #expect(recipe.text.contains("\nstudent: cnn:"))
      options.data.path = "/nonexistent"
      #expect(throws: (any Error).self) { try CommentedRecipe(options, on: .cpu, .silent) }
    }
  }
}

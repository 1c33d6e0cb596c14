// Answers the batches that distill compress --teacher-command gives it.
// Run: swift build -c release, then --teacher-command ".build/release/TeacherProgram a.safetensors"

// snippet.show
import Distill
import Foundation

let network = MLP([16, 12, 3], using: RandomGenerator(seed: 1))
try network.load(from: URL(fileURLWithPath: CommandLine.arguments[1]))
try ProgramTeacher.serve { images in
  network(images.reshaped(to: [images.shape[0], 16]) / 255)
}

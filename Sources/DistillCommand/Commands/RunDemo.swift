import Tensors

/// Trains the ensemble and the students, and prints the table.
func runDemo(
  _ options: DemoOptions,
  on device: Device,
  _ console: Console,
  _ interruption: Interruption
) throws {
  throw CommandError("the demo is not part of this build yet")
}

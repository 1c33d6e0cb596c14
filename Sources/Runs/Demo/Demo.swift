import Distill
import Foundation

/// Trains ensembles and students on images of clothes, and shows where distillation pays.
package struct Demo: Job {
  package static let name = "demo"

  /// The folder with the files of Fashion-MNIST.
  package var data = ".data/fashion-mnist"
  package var members = 5
  /// Nil: as many as the demo finds right.
  package var epochs: Int?
  /// Nil: all images.
  package var limit: Int?

  package init() {}

  package init(
    data: String? = nil,
    members: Int = 5,
    epochs: Int? = nil,
    limit: Int? = nil
  ) {
    if let data { self.data = data }
    self.members = members
    self.epochs = epochs
    self.limit = limit
  }

  package func check() throws { try check { $0 } }

  /// - Parameter name: What messages call an option.
  package func check(naming name: (String) -> String) throws {
    try requireCount(name("members"), members, atMost: 1_000)
    if let epochs { try requireCount(name("epochs"), epochs) }
    if let limit { try requireCount(name("limit"), limit, atMost: mostSteps) }
  }

  package func dataFiles() throws -> [URL] {
    try fashionMNISTFiles(in: URL(fileURLWithPath: data))
  }

  package func perform(_ run: Run) throws {
    let images = try DemoImages(self, on: run.device)
    let plan = DemoPlan(self, images: images.training.count)
    run.work.note(
      """
      distilling an ensemble of \(plan.members) networks 784-500-300-10 into one 784-50-30-10, on \
      \(grouped(images.training.count)) images of clothes (Fashion-MNIST); the run is in \
      \(run.folder.url.path)
      """
    )
    try DemoRun(run: run, plan: plan, training: images.training, test: images.test).perform()
  }
}

/// The images of a demo.
struct DemoImages {
  let training: Examples
  let test: Examples
  let classes: [String]

  init(_ demo: Demo, on device: Device) throws {
    let folder = URL(fileURLWithPath: demo.data)
    func examples(_ images: LabelledImages) -> Examples {
      Examples(images.images.moved(to: device), labels: images.labels.moved(to: device))
    }
    let images = try LabelledImages.fashionMNIST(in: folder, .training)
    classes = images.classes
    training = examples(images.prefix(demo.limit ?? images.count))
    test = examples(try LabelledImages.fashionMNIST(in: folder, .test))
  }
}

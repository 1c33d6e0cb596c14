import ArgumentParser
import Compression
import Exchange
import Runs

/// Where examples are, and how they are read.
struct ExampleOptions: ParsableArguments {
  @Option(help: "A folder or file of examples.")
  var data: String?

  @Option(
    help: """
      What models say of an example: its class, real numbers (regression), labels of which it may have \
      several, or a vector (embeddings).
      """
  )
  var task: CompressionTask?

  @Option(
    help: """
      The file of labels, or the array or column that holds them: its name, or last; of regression and \
      labels also several columns, of labels with 1 and 0. none where there are no labels.
      """
  )
  var labels: String?

  @Option(help: "Columns of a table to leave out, such as id,date.")
  var ignore: String?

  @Option(help: "The columns of a table that are the inputs, in this order. (default: all others)")
  var inputs: String?

  @Option(help: "The name of the array of inputs in a .npz file. (default: images, x_train, …)")
  var images: String?

  @Option(help: "Examples for the test. (default: those that come with the data, else a share)")
  var test: String?

  @Option(help: "The file of labels for the test, where --test is a file without them.")
  var testLabels: String?

  @Option(help: "Bring images to this height and width, such as 28x28. (default: of most of them)")
  var imageSize: String?

  @Option(help: "Read images as grey or rgb. (default: grey when all of them are)")
  var color: ImageColor?

  @Option(help: "Whether the first line of a table names its columns: yes or no. (default: looks)")
  var header: TableHeader?

  @Option(help: "The classes in the order of the teacher's outputs, such as cat,dog,fox.")
  var classes: String?

  @Option(
    help:
      "none, bytes (/ 255), standard (mean 0, deviation 1), or means and deviations: 0.286,0.353."
  )
  var normalize: String?

  @Flag(
    help: """
      Leave inputs in their files until they are needed: folders of images, and .npy, of which a pattern \
      such as 'parts/*.npy' names several. (default: where they would take a quarter of the memory)
      """
  )
  var stream = false

  func validate() throws {
    let given = GivenOptions.current
    try given.refuse(["--test-labels"], where: test == nil, "without --test")
    try given.refuse(Array(source.idleOptions), where: true, "on data of this kind")
    if let imageSize, DataSource.imageSize(imageSize) == nil {
      throw ValidationError("--image-size \(imageSize): write height x width, such as 28x28.")
    }
  }

  /// Says what the examples are.
  func tell(_ options: inout some TeachingOptions) {
    options.data = source
    options.normalize = normalize
    options.take(task)
  }

  private var source: DataSource {
    var source = DataSource(
      data ?? "",
      images: images,
      testPath: test,
      testLabels: testLabels,
      imageSize: imageSize.flatMap(DataSource.imageSize),
      color: color,
      header: header?.isThere,
      classes: classes.map(commaSeparated)
    )
    source.targets = task?.targets
    source.takeLabels(labels)
    source.ignored = ignore.map(commaSeparated)
    source.inputs = inputs.map(commaSeparated)
    source.streams = stream ? true : nil
    return source
  }
}

extension CompressionTask: ExpressibleByArgument {}

extension ImageColor: ExpressibleByArgument {}

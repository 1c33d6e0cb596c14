import Foundation
import Tensors
import Testing

@testable import Exchange

/// Labelled examples in every form that they come in.
@Suite struct LabelledSourceTests {
  static func withFolder<Result>(_ body: (URL) throws -> Result) throws -> Result {
    let url = FileManager.default.temporaryDirectory
      .appendingPathComponent("labelled-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: url) }
    return try body(url)
  }

  static func refusal(_ source: DataSource) -> String? {
    do {
      _ = try LabelledSource(source)
      return nil
    } catch {
      return "\(error)"
    }
  }

  let pixels = Tensor((0..<3 * 2 * 4).map { UInt8($0 * 10) }, shape: [3, 2, 4])
  let labels = Tensor([1, 0, 2] as [UInt8])

  @Test func aFolderOfIDXHasBothParts() throws {
    try Self.withFolder { folder in
      for part in ["train", "t10k"] {
        try IDX.write(pixels, to: folder.appendingPathComponent("\(part)-images-idx3-ubyte.gz"))
        try IDX.write(labels, to: folder.appendingPathComponent("\(part)-labels-idx1-ubyte"))
      }
      let source = try LabelledSource(DataSource(folder.path))
      #expect(source.training.shape == [1, 2, 4] && source.training.classes == ["0", "1", "2"])
      #expect(source.training.labels.scalars(Int.self) == [1, 0, 2])
      #expect(
        source.training.inputs.largestDifference(
          from: pixels.reshaped(to: [3, 8]).cast(to: .float32) / 255
        ) == 0
      )
      #expect(source.test?.count == 3)
      #expect(source.paths == [folder.path])
      #expect(try LabelledSource.files(in: folder).count == 4)
    }
  }

  /// Parts of one file are checked against each other as those of two are.
  @Test func aTestPartOfAnotherKindIsRefused() throws {
    try Self.withFolder { folder in
      let file = folder.appendingPathComponent("data.npz")
      func refused(_ width: Int, _ labels: [Int]) throws -> String? {
        try NumPy.writeArchive(
          [
            "x_train": .zeros([3, 2]), "y_train": Tensor([0, 1, 0]), "x_test": .zeros([2, width]),
            "y_test": Tensor(labels),
          ],
          to: file
        )
        return Self.refusal(DataSource(file.path))
      }
      let sentences = [try refused(2, [1, 0]), try refused(5, [1, 0]), try refused(2, [1, 7])]
      #expect(sentences[0] == nil)
      #expect(sentences[1]?.contains("have the shape [5], those to learn from [2]") == true)
      #expect(sentences[2]?.contains("the label 7 is not one of the 2 classes") == true)
    }
  }

  /// A folder whose own name is hidden, or that is reached by a link, is looked into like any other.
  @Test func foldersMayBeHiddenOrLinks() throws {
    try Self.withFolder { folder in
      let hidden = folder.appendingPathComponent(".data/here")
      try FileManager.default.createDirectory(at: hidden, withIntermediateDirectories: true)
      try IDX.write(labels, to: hidden.appendingPathComponent("a-labels-idx1-ubyte"))
      try IDX.write(labels, to: hidden.appendingPathComponent(".hidden-ubyte"))
      let link = folder.appendingPathComponent("link")
      try FileManager.default.createSymbolicLink(at: link, withDestinationURL: hidden)
      for place in [hidden, link] {
        let files = try LabelledSource.files(in: place)
        #expect(files.map(\.path) == [place.path + "/a-labels-idx1-ubyte"])
      }
    }
  }

  @Test func aPairOfFilesFindsItsLabels() throws {
    try Self.withFolder { folder in
      let images = folder.appendingPathComponent("my-images-idx3-ubyte")
      try IDX.write(pixels, to: images)
      #expect(Self.refusal(DataSource(images.path))?.contains("no such file") == true)
      try IDX.write(labels, to: folder.appendingPathComponent("my-labels-idx1-ubyte"))
      #expect(try LabelledSource(DataSource(images.path)).training.count == 3)
      let (x, y) = (folder.appendingPathComponent("x.npy"), folder.appendingPathComponent("y.npy"))
      try NumPy.write(pixels.cast(to: .float64), to: x)
      try NumPy.write(labels, to: y)
      #expect(Self.refusal(DataSource(x.path))?.contains("--labels") == true)
      let source = try LabelledSource(DataSource(x.path, labels: y.path))
      // Numbers that are not bytes are left as they are.
      #expect(source.training.inputs.maximum().doubleValue == 230)
    }
  }

  @Test func archivesKnowTheUsualNames() throws {
    try Self.withFolder { folder in
      let file = folder.appendingPathComponent("a.npz")
      let colours = Tensor((0..<3 * 2 * 4 * 3).map { UInt8($0) }, shape: [3, 2, 4, 3])
      try NumPy.writeArchive(
        [
          "x_train": colours, "y_train": labels.insertingAxis(1), "x_test": colours,
          "y_test": labels,
        ],
        to: file
      )
      let source = try LabelledSource(DataSource(file.path))
      #expect(source.training.shape == [3, 2, 4] && source.test?.count == 3)
      // Red, green and blue of the first pixel are 0, 1, 2 in the file and first of each channel here.
      let first = source.training.inputs[0].reshaped(to: [3, 8]).selecting(0, along: 1)
      #expect((first * 255).scalars(Float.self).map { $0.rounded() } == [0, 1, 2])
      try NumPy.writeArchive(["pictures": pixels, "kinds": labels], to: file)
      #expect(Self.refusal(DataSource(file.path))?.contains("there are kinds, pictures") == true)
      let named = DataSource(file.path, labels: "kinds", images: "pictures")
      #expect(try LabelledSource(named).training.count == 3)
    }
  }

  /// As in EMNIST's letters: no label is 0, and all from 1 on are there.
  @Test func labelsMayBeginAtOne() throws {
    try Self.withFolder { folder in
      let file = folder.appendingPathComponent("a.npz")
      let x = Tensor.zeros([4, 2])
      func training(_ train: [Int], _ test: [Int], _ classes: [String]? = nil) throws
        -> LabelledSource
      {
        try NumPy.writeArchive(
          [
            "x_train": .zeros([train.count, 2]), "y_train": Tensor(train),
            "x_test": .zeros([test.count, 2]), "y_test": Tensor(test),
          ],
          to: file
        )
        return try LabelledSource(DataSource(file.path, classes: classes))
      }
      let source = try training([3, 1, 2, 3], [1, 2])
      #expect(source.training.classes == ["1", "2", "3"])
      #expect(source.training.labels.scalars(Int.self) == [2, 0, 1, 2])
      // The test counts as the training does, though it looks as if it began at 1 alone.
      #expect(source.test?.labels.scalars(Int.self) == [0, 1])
      #expect(source.training.remarks.contains("labels from 1 to 3"))
      #expect(source.training[rows: [0]].firstLabel == 1)
      let named = try training([3, 1, 1], [2], ["cat", "dog", "emu"])
      #expect(named.training.labels.scalars(Int.self) == [2, 0, 0])
      #expect(named.test?.labels.scalars(Int.self) == [1])
      // A class in between is missing, or none: from 0.
      #expect(try training([3, 1, 3], [1]).training.classes == ["0", "1", "2", "3"])
      #expect(try training([1, 0, 2], [1, 2]).test?.labels.scalars(Int.self) == [1, 2])
      try NumPy.writeArchive(["x": x, "y": Tensor([1, 2, 1, 2])], to: file)
      var source0 = DataSource(file.path)
      source0.firstLabel = 0
      #expect(try LabelledSource(source0).training.labels.scalars(Int.self) == [1, 2, 1, 2])
    }
  }

  @Test func tablesHaveAColumnOfLabels() throws {
    try Self.withFolder { folder in
      let file = folder.appendingPathComponent("a.csv")
      try Data("length,kind,width\n1,b,2\n3,a,4\n".utf8).write(to: file)
      #expect(
        Self.refusal(DataSource(file.path))?.contains("there are length, kind, width") == true
      )
      let source = try LabelledSource(DataSource(file.path, labels: "kind"))
      #expect(source.training.classes == ["a", "b"] && source.training.shape == [2])
      #expect(source.training.labels.scalars(Int.self) == [1, 0])
      #expect(source.training.inputs.scalars(Float.self) == [1, 2, 3, 4])
      let test = folder.appendingPathComponent("b.csv")
      try Data("length,kind,width\n1,a,2\n".utf8).write(to: test)
      let both = DataSource(file.path, labels: "kind", testPath: test.path)
      #expect(try LabelledSource(both).test?.labels.scalars(Int.self) == [0])
      try Data("length,kind,width\n1,c,2\n".utf8).write(to: test)
      #expect(Self.refusal(both)?.contains("'c' is not one of the 2 classes") == true)
      try Data("label,pixel0,pixel1,pixel2,pixel3\n0,255,0,51,0\n1,0,0,0,0\n".utf8).write(to: file)
      let pixels = try LabelledSource(DataSource(file.path)).training
      #expect(pixels.shape == [1, 2, 2])
      #expect(pixels.inputs[0].scalars(Float.self) == [1, 0, 0.2, 0])
    }
  }

  /// `cat` has two images of 7 by 9, `dog` a larger one of 16 by 16: it is brought to their size.
  @Test func foldersOfImagesAreClasses() throws {
    try Self.withFolder { folder in
      func put(_ fixture: String, _ place: String) throws {
        let to = folder.appendingPathComponent(place)
        try FileManager.default.createDirectory(
          at: to.deletingLastPathComponent(),
          withIntermediateDirectories: true
        )
        try FileManager.default.copyItem(at: Fixtures.url(fixture), to: to)
      }
      try put("grey-8.png", "train/cat/1.png")
      try put("grey-4.png", "train/cat/2.PNG")
      try put("grey.jpg", "train/dog/1.jpg")
      try Data("not an image".utf8).write(to: folder.appendingPathComponent("train/dog/notes.txt"))
      try put("rgb-8.png", "test/dog/1.png")
      let source = try LabelledSource(DataSource(folder.path))
      #expect(source.training.classes == ["cat", "dog"])
      #expect(source.training.shape == [1, 7, 9] && source.training.inputs.shape == [3, 63])
      #expect(source.training.labels.scalars(Int.self) == [0, 0, 1])
      #expect(source.training.remarks.contains("1 of 3 brought to that size"))
      // Colours of the test become what the training images are.
      #expect(source.test?.shape == [1, 7, 9] && source.test?.labels.scalars(Int.self) == [1])
      let own = try ImageFile.read(from: Fixtures.url("grey-8.png")).flattened().cast(to: .float32)
      #expect(source.training.inputs[0].largestDifference(from: own / 255) == 0)
      let small = DataSource(folder.path, imageSize: [4, 4], color: .rgb)
      #expect(try LabelledSource(small).training.shape == [3, 4, 4])
      #expect(try LabelledSource.files(in: folder).count == 4)
      try put("grey-8.png", "test/cow/1.png")
      #expect(Self.refusal(DataSource(folder.path))?.contains("'cow' is not one of the 2") == true)
      try Data([0x89, 0x50, 0x4E, 0x47]).write(to: folder.appendingPathComponent("train/cat/1.png"))
      #expect(Self.refusal(DataSource(folder.path))?.contains("the image is damaged") == true)
    }
  }

  @Test func whatDoesNotFitIsRefused() throws {
    try Self.withFolder { (folder) throws -> Void in
      let (x, y) = (folder.appendingPathComponent("x.npy"), folder.appendingPathComponent("y.npy"))
      func refusal(_ inputs: Tensor, _ labels: Tensor) throws -> String? {
        try NumPy.write(inputs, to: x)
        try NumPy.write(labels, to: y)
        return Self.refusal(DataSource(x.path, labels: y.path))
      }
      let two = Tensor([[1, 2], [3, 4]] as [[Float]])
      #expect(try refusal(two, Tensor([0, 1, 1]))?.contains("3 labels for 2 inputs") == true)
      #expect(try refusal(two, Tensor([0, -1]))?.contains("not whole numbers") == true)
      #expect(try refusal(two, Tensor([0, 0.5]))?.contains("not whole numbers") == true)
      #expect(try refusal(two / 0, Tensor([0, 1]))?.contains("not finite") == true)
      let none = try refusal(.zeros([0, 2]), Tensor([] as [Int]))
      #expect(none?.contains("there are no labels in it") == true)
      #expect(
        try refusal(Tensor([1, 2] as [Float]), Tensor([0, 1]))?.contains("shape [2]") == true
      )
      #expect(try refusal(two, Tensor([1.0, 0.0])) == nil)
      #expect(Self.refusal(DataSource("/nowhere"))?.contains("no such file or folder") == true)
      #expect(Self.refusal(DataSource(folder.path))?.contains("folders of images") == true)
    }
  }
}

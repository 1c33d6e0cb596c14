import Foundation
import Tensors
import Testing

@testable import Exchange

@Suite struct LabelledImagesTests {
  @Test func imagesAreScaledAndLabelsChecked() throws {
    let set = try LabelledImages.fashionMNIST(in: Fixtures.folder)
    #expect(set.count == 4)
    #expect(set.images.shape == [4, 784])
    #expect(set.images.elementType == .float32)
    // The fixture's pixels count up: 0, 1, …, 255, 0, ….
    let expected = (0..<4 * 784).map { Float($0 % 256) / 255 }
    #expect(set.images.scalars(Float.self) == expected)
    #expect(set.labels.elementType == .int64)
    #expect(set.labels.scalars(Int.self) == [9, 0, 3, 3])
    #expect(set.classes[9] == "ankle boot")
    #expect(set.prefix(3).images.shape == [3, 784])
    #expect(set.prefix(9).count == 4)
  }

  @Test func labelsOutOfRange() {
    let text = sentence { _ = try LabelledImages.mnist(in: Fixtures.folder, .test) }
    #expect(text.contains("t10k-labels-idx1-ubyte.gz, row 2: the label 10 is not in 0..<10"))
  }

  @Test func filesThatDoNotFit() throws {
    let images = Fixtures.url("few-images-idx3-ubyte.gz")
    let labels = Fixtures.url("few-labels-idx1-ubyte.gz")
    let classes = (0..<10).map(String.init)
    let mismatch = sentence {
      _ = try LabelledImages(images: images, labels: labels, classes: classes)
    }
    #expect(mismatch.contains("there are 2 labels for 3 images"))
    let swapped = sentence {
      _ = try LabelledImages(images: labels, labels: images, classes: classes)
    }
    #expect(swapped.contains("not images of bytes"))
    let missing = sentence {
      _ = try LabelledImages.mnist(in: URL(fileURLWithPath: "/no/such/folder"))
    }
    #expect(missing.contains("train-images-idx3-ubyte.gz: there is no such file"))
    let small = sentence {
      _ = try LabelledImages(images: Fixtures.url("u1-3.idx"), labels: labels, classes: classes)
    }
    #expect(small.contains("2 labels for 3 images"))
  }
}

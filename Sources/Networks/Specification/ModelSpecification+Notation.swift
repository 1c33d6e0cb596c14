extension ModelSpecification {
  /// The whole notation: what is written, a network or a layer of one, and what it is.
  public static let notation: [(written: String, meaning: String)] = [
    ("mlp:784-50-30-10", "perceptron: 784 inputs, two hidden layers, 10 outputs"),
    ("mlp:784-50b-30n-10", "b: BatchNorm1d, n: LayerNorm before the activation"),
    ("mlp:784-50-b-30-n-10", "the same behind it; in front of all, of the inputs"),
    ("mlp:784-50-d0.5-10", "dropout"),
    ("mlp:784-50-10,gelu", "another activation than ReLU, also of cnn:"),
    ("cnn:1x28x28-…-10", "convolutional, on 1 channel of 28 by 28; may be left out"),
    ("16c3", "Conv2d(…, 16, 3, padding=1) and the activation"),
    ("16c3s2", "stride 2"),
    ("16c3p0", "padding 0, which is PyTorch's default"),
    ("16c3g4", "4 groups"),
    ("16c3b", "BatchNorm2d before the activation"),
    ("16r3", "residual block of two 16c3b; 16r3s2 with stride 2"),
    ("m2", "MaxPool2d(2); m3s2 has stride 2"),
    ("a2", "AvgPool2d(2)"),
    ("gap", "mean of each channel over the image"),
    ("d0.2", "dropout"),
    ("128", "linear; the last number are the outputs"),
  ]
}

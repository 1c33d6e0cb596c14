import Foundation

/// What options of training and of data are called in other programs, and here.
package enum OptionNames {
  /// Words of other programs, and what they mean here: of several names the first that there is.
  private static let elsewhere: [String: [String]] = [
    "lr": ["learning-rate"], "wd": ["weight-decay"], "gpu": ["device cuda"],
    "gpus": ["device cuda"], "cuda": ["device cuda"], "mps": ["device mps"],
    "cpu": ["device cpu"], "batch-size": ["batch"], "bs": ["batch", "batch-size"],
    "batch": ["batch-size"], "num-epochs": ["epochs"], "n-epochs": ["epochs"],
    "max-epochs": ["epochs"], "max-steps": ["steps"], "num-steps": ["steps"],
    "iterations": ["steps"], "dataset": ["data", "images"], "train": ["data"],
    "data-dir": ["data"], "data-path": ["data"], "target": ["outcome", "labels"],
    "label": ["labels"], "output": ["out"], "output-dir": ["out"], "save": ["out"],
    "save-dir": ["out"], "arch": ["student"], "architecture": ["student"],
    "model": ["student"], "network": ["student"], "workers": ["threads"],
    "num-workers": ["threads"], "num-threads": ["threads"], "jobs": ["threads"],
    "random-seed": ["seed"], "manual-seed": ["seed"], "optim": ["optimizer"],
    "opt": ["optimizer"], "scheduler": ["decay", "schedule"],
    "lr-scheduler": ["decay", "schedule"], "clip": ["clip-norm"],
    "grad-clip": ["clip-norm"], "max-grad-norm": ["clip-norm"], "betas": ["beta1"],
    "normalise": ["normalize"], "colour": ["color"], "verbose": ["json"],
    "num-samples": ["draws-count", "count", "samples"], "warmup": ["burn-in"],
    "thin": ["thinning"], "num-chains": ["chains"], "val-split": ["validation"],
    "test-split": ["test-share"], "test-size": ["test-share"],
  ]

  /// The option that a word of another program means.
  ///
  /// - Parameters:
  ///   - word: As options are written, `num-epochs`, in any case and with `_` or `-`.
  ///   - isThere: Whether there is an option of a name; `device cuda` asks for `device`.
  /// - Returns: The option, and the value that it means where it says one; nil for other words.
  package static func meant(by word: String, where isThere: (String) -> Bool) -> String? {
    let name = word.lowercased().replacing("_", with: "-")
    return ((elsewhere[name] ?? []) + [name]).first { isThere(String($0.prefix { $0 != " " })) }
  }

  /// A name of the library as options are written: `learning-rate` of `learningRate`.
  package static func written(_ name: String) -> String {
    name.map { $0.isUppercase ? "-\($0.lowercased())" : String($0) }.joined()
  }
}

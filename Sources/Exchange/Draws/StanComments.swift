/// What the comments of Stan's CSV say: `# num_samples = 1000 (Default)` of CmdStan, `# iter=2000`
/// of RStan and PyStan, whose iterations include those of the warm-up.
struct StanComments {
  /// No chain is longer: larger numbers are taken for this one, which every sum can hold.
  private static let most = 1 << 40

  private(set) var method = "sample"
  private var draws: Int?
  private var iterations: Int?
  private var warmUp = 1_000
  private var savesWarmUp = false
  private var thinning = 1
  private var hasFixedParameters = false
  private var outputDraws: Int?

  private var isSampling: Bool { method == "sample" }

  /// Rows that come before the draws: those of the warm-up, which a sampler of fixed parameters
  /// does not run, or the mean of a variational approximation.
  var leadingRows: Int {
    if method == "variational" { return 1 }
    return isSampling && savesWarmUp && !hasFixedParameters ? thinned(warmUp) : 0
  }

  /// How many draws there must be, where comments say so.
  var promisedDraws: Int? {
    if method == "variational" { return outputDraws }
    guard isSampling else { return nil }
    if let draws { return thinned(draws) }
    guard let iterations, !hasFixedParameters else { return nil }
    return thinned(max(0, iterations - warmUp))
  }

  private func thinned(_ count: Int) -> Int { (count + thinning - 1) / thinning }

  /// The mean of a variational approximation comes first wherever its log-density is a column.
  mutating func read(header: [String]) {
    if header.contains("log_g__") { method = "variational" }
  }

  mutating func read(_ comment: String) {
    let parts = comment.drop { $0 == "#" || $0 == " " }.split(separator: "=", maxSplits: 1)
    guard parts.count == 2 else { return }
    let name = parts[0].filter { $0 != " " }
    guard let value = parts[1].split(whereSeparator: \.isWhitespace).first else { return }
    let number = Int(value).map { min(max($0, 0), Self.most) }
    switch name {
    case "method": method = String(value)
    case "num_samples": draws = number
    case "output_samples": outputDraws = number
    case "iter": iterations = number
    case "num_warmup", "warmup": warmUp = number ?? warmUp
    case "save_warmup": savesWarmUp = ["1", "true"].contains(value.lowercased())
    case "thin": thinning = max(1, number ?? 1)
    case "algorithm" where value == "fixed_param": hasFixedParameters = true
    case "sampler_t" where value.hasPrefix("Fixed_param"): hasFixedParameters = true
    default: break
    }
  }

  /// Why rows of a method are no draws of a posterior; nil where they are.
  var refusal: String? {
    switch method {
    case "optimize":
      "holds a mode that an optimizer found, which is one point and no posterior: draw by "
        + "`sample`, or from Laplace's approximation around the mode by `laplace`"
    case "diagnose", "log_prob":
      "is what Stan's method \(method) writes, which are no draws: draw by `sample`"
    default: nil
    }
  }
}

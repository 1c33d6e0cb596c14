/// What the comments of CmdStan's CSV say: `# num_samples = 1000 (Default)`.
struct StanComments {
  private var draws: Int?
  private var warmUp = 1_000
  private var savesWarmUp = false
  private var thinning = 1

  /// Rows of the warm-up that come before the draws.
  var savedWarmUp: Int { savesWarmUp ? (warmUp + thinning - 1) / thinning : 0 }

  /// How many draws there must be, where comments say so.
  var promisedDraws: Int? { draws.map { ($0 + thinning - 1) / thinning } }

  mutating func read(_ comment: String) {
    let parts = comment.drop { $0 == "#" || $0 == " " }.split(separator: "=", maxSplits: 1)
    guard parts.count == 2 else { return }
    let name = parts[0].filter { $0 != " " }
    guard let value = parts[1].split(separator: " ").first else { return }
    switch name {
    case "num_samples": draws = Int(value)
    case "num_warmup": warmUp = Int(value) ?? warmUp
    case "save_warmup": savesWarmUp = value == "1" || value == "true"
    case "thin": thinning = max(1, Int(value) ?? 1)
    default: break
    }
  }
}

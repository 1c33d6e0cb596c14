/// What a certificate is about and how it came to be: enough to do everything again.
public struct Provenance: Hashable, Sendable, Codable {
  /// A file, or several together, known by content.
  public struct Content: Hashable, Sendable, Codable {
    public var name: String
    public var bytes: Int
    public var sha256: String

    public init(name: String, bytes: Int, sha256: String) {
      (self.name, self.bytes, self.sha256) = (name, bytes, sha256)
    }
  }

  /// A network that was measured.
  public struct Network: Hashable, Sendable, Codable {
    /// `student` or `control`.
    public var role: String
    public var seed: UInt64
    public var weights: Content

    public init(role: String, seed: UInt64, weights: Content) {
      (self.role, self.seed, self.weights) = (role, seed, weights)
    }
  }

  /// The program's version, and the hash of its executable file.
  public var version: String
  public var program: Content
  public var data: [Content]
  public var teacher: [Content]
  /// The whole recipe, so that the certificate alone can be replayed, and its hash.
  public var recipe: String
  public var recipeSHA256: String
  public var networks: [Network]
  public var seeds: [UInt64]
  /// Where the random numbers of shifts and resamples start from.
  public var shiftSeed: UInt64
  /// Machine, libraries and threads, by name: numbers are the same bit for bit where all of these
  /// and the program are.
  public var machine: [String: String]
  /// When it was made, in ISO 8601.
  public var date: String

  public init(
    version: String,
    program: Content,
    data: [Content],
    teacher: [Content],
    recipe: String,
    recipeSHA256: String,
    networks: [Network],
    seeds: [UInt64],
    shiftSeed: UInt64,
    machine: [String: String],
    date: String
  ) {
    self.version = version
    self.program = program
    self.data = data
    self.teacher = teacher
    self.recipe = recipe
    self.recipeSHA256 = recipeSHA256
    self.networks = networks
    self.seeds = seeds
    self.shiftSeed = shiftSeed
    self.machine = machine
    self.date = date
  }
}

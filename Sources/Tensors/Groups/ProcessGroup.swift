import CTorch

/// Several processes, on one machine or many, that work on one thing and exchange tensors: c10d of
/// libtorch, with Gloo.
///
/// ```swift
/// let group = try ProcessGroup(rank: 0, size: 2, at: .folder(shared))
/// let sum = try group.allReduce(Tensor([1, 2, 3] as [Float]))
/// ```
///
/// All processes call the same methods in the same order. Where one of them ends, is cut off or does
/// not come, the others throw a ``ProcessGroupError`` that names it.
public final class ProcessGroup {
  /// Which of the processes this is, from 0.
  public let rank: Int
  /// How many there are.
  public let size: Int
  /// How long the others may let this one wait.
  public let patience: Duration
  /// A week: for waits in which another may work for hours. One that ends is noticed all the same.
  public static let anyTime = Duration.seconds(7 * 24 * 3600)
  private let store: KeyStore
  /// Whether the store can be asked, which may be on a machine that is cut off.
  private let canAsk: () -> Bool
  private let isCancelled: () -> Bool
  /// Nil once a connection broke: nothing is heard from anybody then.
  private var raw: dt_group?

  /// Meets all others and connects to them.
  ///
  /// - Parameters:
  ///   - patience: How long to wait for another, here and wherever processes exchange something. One that
  ///     ends is noticed at once, one that is cut off only then. The default is five minutes.
  ///   - isCancelled: Asked while this process waits.
  /// - Throws: ``ProcessGroupError`` that names those who did not come.
  public init(
    rank: Int,
    size: Int,
    at place: MeetingPlace,
    patience: Duration = .seconds(300),
    isCancelled: @escaping () -> Bool = { false }
  ) throws {
    precondition(size > 0 && 0..<size ~= rank, "ProcessGroup: rank \(rank) of \(size)")
    (self.rank, self.size, self.patience, self.isCancelled) = (rank, size, patience, isCancelled)
    let wait = Waiting(patience, isCancelled)
    store = try Meeting(rank: rank, size: size, at: place, wait).store
    canAsk = {
      guard rank > 0, case .master(let host, let port, _, _) = place else { return true }
      return dt_port_answers(host, UInt16(port), 2000)
    }
    let address = try GroupAddress(of: rank, size, meetingAt: place, in: store, wait)
    raw = dt_group_create(
      store.raw,
      Int32(rank),
      Int32(size),
      address.name,
      address.isInterface,
      patience.milliseconds
    )
    guard raw != nil else { throw failure() }
  }

  deinit { close() }

  /// The sum of all processes' tensors, the same everywhere. In which order numbers are added depends on
  /// how many processes there are: sums that must not, to the last bit, are made from ``allGather(_:patience:)``.
  ///
  /// - Throws: ``ProcessGroupError``.
  public func allReduce(_ tensor: Tensor, patience: Duration? = nil) throws -> Tensor {
    let sum = tensor.detached.contiguous.copied
    try finish(within: patience) { dt_group_sum($0, sum.raw, $1) }
    return sum
  }

  /// The tensors of all processes, which have the same shape and type, in the order of their ranks.
  ///
  /// - Throws: ``ProcessGroupError``.
  public func allGather(_ tensor: Tensor, patience: Duration? = nil) throws -> [Tensor] {
    let own = tensor.detached.contiguous
    let all = (0..<size).map { _ in Tensor.zeros(own.shape, own.elementType) }
    try finish(within: patience) { group, milliseconds in
      let outputs: [dt_tensor?] = all.map { $0.raw }
      return dt_group_gather(group, own.raw, outputs, Int32(size), milliseconds)
    }
    return all
  }

  /// What one process has, everywhere; the others give a tensor of the same shape and type.
  ///
  /// - Throws: ``ProcessGroupError``.
  public func broadcast(
    _ tensor: Tensor,
    from root: Int = 0,
    patience: Duration? = nil
  ) throws -> Tensor {
    let copy =
      rank == root ? tensor.detached.contiguous : Tensor.zeros(tensor.shape, tensor.elementType)
    try finish(within: patience) { dt_group_broadcast($0, copy.raw, Int32(root), $1) }
    return copy
  }

  /// Bytes that one process has, everywhere; what the others give is not looked at.
  ///
  /// - Throws: ``ProcessGroupError``.
  public func broadcast(
    bytes: [UInt8],
    from root: Int = 0,
    patience: Duration? = nil
  ) throws -> [UInt8] {
    let count = try broadcast(Tensor([Int64(bytes.count)]), from: root, patience: patience)
      .scalars(Int64.self)[0]
    guard count > 0 else { return [] }
    let own = rank == root ? Tensor(bytes) : Tensor.zeros([Int(count)], .uint8)
    return try broadcast(own, from: root, patience: patience).scalars(UInt8.self)
  }

  /// Waits until all processes are here.
  ///
  /// - Throws: ``ProcessGroupError``.
  public func barrier(patience: Duration? = nil) throws {
    _ = try allReduce(Tensor([0] as [Float]), patience: patience)
  }

  private func close() {
    if let raw { dt_group_release(raw) }
    raw = nil
  }

  /// Begins work and waits for its end.
  private func finish(
    within patience: Duration?,
    _ begin: (dt_group, _ milliseconds: Int64) -> dt_work?
  ) throws {
    guard let raw else { throw ProcessGroupError.broken("a connection broke before") }
    guard let work = begin(raw, (patience ?? self.patience).milliseconds) else { throw failure() }
    while true {
      switch dt_work_wait(work, 200) {
      case 1:
        dt_work_release(work)
        return
      case 0 where isCancelled():
        // What is under way would hold up its end: both stay until the process ends.
        self.raw = nil
        throw ProcessGroupError.cancelled
      case 0: continue
      default:
        let reason = String(cString: dt_last_error())
        // Work that failed keeps the connections open, by whose end the others hear of it.
        dt_work_release(work)
        throw failure(reason)
      }
    }
  }

  /// Finds out who is gone: everybody who hears of it says that they are still here.
  private func failure(
    _ reason: String = String(cString: dt_last_error())
  ) -> ProcessGroupError {
    // The others hear of it by this process' connections ending.
    close()
    guard canAsk() else { return .gone([0], of: size) }
    try? store.set("alive/\(rank)", "yes")
    let wait = Waiting(.seconds(5)) { false }
    var missing: [Int] = []
    repeat {
      missing = (0..<size).filter { $0 != rank && (try? store.has("alive/\($0)")) != true }
    } while !missing.isEmpty && (try? wait.pause()) != nil
    return missing.isEmpty ? .broken(reason) : .gone(missing, of: size)
  }
}

extension Duration {
  var milliseconds: Int64 {
    components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000
  }
}

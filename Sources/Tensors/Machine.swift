import CTorch

/// What libtorch is and finds on this machine.
public enum Machine {
  /// Threads that one operation may use.
  public static var threads: Int {
    get { Int(dt_threads()) }
    set { dt_set_threads(Int32(newValue)) }
  }

  /// Does work with so many threads; nil leaves them as they are. Other work of the process at that
  /// time has them, too.
  package static func with<Result>(threads: Int?, _ work: () throws -> Result) rethrows -> Result {
    guard let threads else { return try work() }
    let before = self.threads
    self.threads = threads
    defer { self.threads = before }
    return try work()
  }

  /// Gives memory that was freed, some of which is kept for later, back to the system (Linux).
  public static func returnFreedMemory() { dt_return_freed_memory() }

  /// The version of libtorch, such as "2.15.0".
  public static var libtorchVersion: String { String(cString: dt_libtorch_version()) }

  /// The file libtorch was loaded from.
  public static var libtorchPath: String { String(cString: dt_libtorch_path()) }

  /// The widest instructions libtorch uses on this processor, such as "AVX512".
  public static var processorCapability: String { String(cString: dt_cpu_capability()) }
}

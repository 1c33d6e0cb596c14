import CTorch

/// What belongs to a thread: the error scope it is in, and how deep in differentiations it is.
enum ThreadState {
  /// The differentiations that enclose what runs now.
  static var differentiationDepth: Int32 {
    get { dt_thread().pointee.differentiation_depth }
    set { dt_thread().pointee.differentiation_depth = newValue }
  }

  /// The innermost `withTorchErrors`, kept alive by it.
  static var errorScope: ErrorScope? {
    get {
      dt_thread().pointee.error_scope.map {
        Unmanaged<ErrorScope>.fromOpaque($0).takeUnretainedValue()
      }
    }
    set {
      dt_thread().pointee.error_scope = newValue.map { Unmanaged.passUnretained($0).toOpaque() }
    }
  }
}

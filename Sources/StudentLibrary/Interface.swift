import StudentRuntime

// What `distill_student.h` declares.

/// A student with memory to compute in.
private final class Handle {
  let student: Student
  let workspace: UnsafeMutablePointer<Float>
  /// Text that ends with a zero.
  let classes: [UnsafeMutablePointer<CChar>]
  let provenance: UnsafeMutablePointer<CChar>

  init(_ student: Student) {
    self.student = student
    workspace = .allocate(capacity: max(1, student.network.workspaceCount))
    classes = student.classes.map(Self.copy)
    provenance = Self.copy(student.provenance)
  }

  private static func copy(_ text: String) -> UnsafeMutablePointer<CChar> {
    let characters = text.utf8CString
    let copy = UnsafeMutablePointer<CChar>.allocate(capacity: characters.count)
    for (index, character) in characters.enumerated() { copy[index] = character }
    return copy
  }

  deinit {
    workspace.deallocate()
    for name in classes { name.deallocate() }
    provenance.deallocate()
  }

  static func of(_ pointer: UnsafeRawPointer) -> Handle {
    Unmanaged<Handle>.fromOpaque(pointer).takeUnretainedValue()
  }

  var pointer: UnsafeMutableRawPointer { Unmanaged.passRetained(self).toOpaque() }
}

@_cdecl("distill_student_open")
public func openStudent(
  _ path: UnsafePointer<CChar>,
  _ error: UnsafeMutablePointer<UnsafePointer<CChar>?>?
) -> UnsafeMutableRawPointer? {
  do {
    return Handle(try Student(path: String(cString: path))).pointer
  } catch let failure {
    error?.pointee = UnsafeRawPointer(failure.message.utf8Start).assumingMemoryBound(to: CChar.self)
    return nil
  }
}

@_cdecl("distill_student_copy")
public func copyStudent(_ student: UnsafeRawPointer) -> UnsafeMutableRawPointer {
  Handle(Handle.of(student).student).pointer
}

@_cdecl("distill_student_close")
public func closeStudent(_ student: UnsafeMutableRawPointer?) {
  if let student { Unmanaged<Handle>.fromOpaque(student).release() }
}

@_cdecl("distill_student_input_count")
public func inputCount(_ student: UnsafeRawPointer) -> Int64 {
  Int64(Handle.of(student).student.inputCount)
}

@_cdecl("distill_student_output_count")
public func outputCount(_ student: UnsafeRawPointer) -> Int64 {
  Int64(Handle.of(student).student.outputCount)
}

@_cdecl("distill_student_input_shape")
public func inputShape(_ student: UnsafeRawPointer, _ shape: UnsafeMutablePointer<Int64>) {
  let own = Handle.of(student).student.network.shape
  shape[0] = Int64(own.channels)
  shape[1] = Int64(own.height)
  shape[2] = Int64(own.width)
}

@_cdecl("distill_student_class")
public func className(_ student: UnsafeRawPointer, _ index: Int64) -> UnsafePointer<CChar>? {
  let classes = Handle.of(student).classes
  guard index >= 0, index < classes.count else { return nil }
  return UnsafePointer(classes[Int(index)])
}

@_cdecl("distill_student_provenance")
public func provenance(_ student: UnsafeRawPointer) -> UnsafePointer<CChar> {
  UnsafePointer(Handle.of(student).provenance)
}

@_cdecl("distill_student_predict")
public func predict(
  _ student: UnsafeMutableRawPointer,
  _ inputs: UnsafePointer<Float>,
  _ count: Int64,
  _ outputs: UnsafeMutablePointer<Float>
) {
  let handle = Handle.of(student)
  let network = handle.student.network
  for index in 0..<max(0, Int(count)) {
    network.predict(
      inputs + index * network.inputCount,
      into: outputs + index * network.outputCount,
      workspace: handle.workspace
    )
  }
}

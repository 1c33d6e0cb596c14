#if !hasFeature(Embedded)
  #if canImport(Glibc)
    import Glibc
  #elseif canImport(Musl)
    import Musl
  #elseif canImport(Android)
    import Android
  #else
    import Darwin
  #endif

  /// A student from its file, mapped into memory.
  ///
  /// ```swift
  /// let student = try Student(path: "student.distill")
  /// let workspace = student.makeWorkspace()
  /// let probabilities = student.predict(image)              // an array of its own
  /// student.predict(image, into: &answer, using: workspace)  // no allocation
  /// ```
  ///
  /// Any number of threads may use one student, each with a workspace of its own.
  public final class Student: Sendable {
    public let network: StudentNetwork
    /// The names of the classes; empty when the answers are values.
    public let classes: [String]
    /// Where the student comes from, as JSON.
    public let provenance: String
    private let address: UInt
    private let byteCount: Int

    public var inputCount: Int { network.inputCount }
    public var outputCount: Int { network.outputCount }

    /// Maps a file that `distill export --format runtime` wrote.
    public init(path: String) throws(StudentError) {
      let descriptor = open(path, O_RDONLY | O_NONBLOCK)
      guard descriptor >= 0 else { throw .notReadable }
      defer { close(descriptor) }
      var facts = stat()
      guard fstat(descriptor, &facts) == 0, facts.st_mode & S_IFMT == S_IFREG else {
        throw .notReadable
      }
      let count = Int(facts.st_size)
      guard count >= 4 * StudentFormat.headerWords else { throw .notAStudent }
      guard let memory = mmap(nil, count, PROT_READ, MAP_PRIVATE, descriptor, 0),
        memory != MAP_FAILED
      else { throw .notReadable }
      do {
        network = try StudentNetwork(UnsafeRawBufferPointer(start: memory, count: count))
      } catch {
        munmap(memory, count)
        throw error
      }
      address = UInt(bitPattern: memory)
      byteCount = count
      // A name may be empty, and a carriage return at its end belongs to it.
      classes = network.classNames.split(separator: 10, omittingEmptySubsequences: false)
        .dropLast().map { String(decoding: $0, as: UTF8.self) }
      provenance = String(decoding: network.provenance, as: UTF8.self)
    }

    deinit { munmap(UnsafeMutableRawPointer(bitPattern: address), byteCount) }

    /// Memory for predictions of one thread.
    public func makeWorkspace() -> StudentWorkspace { StudentWorkspace(network.workspaceCount) }

    /// What the student says about one input: probabilities of the classes, or values.
    ///
    /// - Parameter input: ``inputCount`` numbers, as the training data had them.
    public func predict(_ input: [Float]) -> [Float] {
      var output = [Float](repeating: 0, count: outputCount)
      predict(input, into: &output, using: makeWorkspace())
      return output
    }

    /// The same without an allocation.
    ///
    /// - Parameters:
    ///   - output: ``outputCount`` numbers.
    ///   - workspace: One that this student made and no other thread uses now.
    public func predict(
      _ input: [Float],
      into output: inout [Float],
      using workspace: StudentWorkspace
    ) {
      precondition(
        input.count == inputCount && output.count == outputCount
          && workspace.memory.count >= network.workspaceCount,
        "Student: an input has \(inputCount) numbers and an output \(outputCount)"
      )
      input.withUnsafeBufferPointer { input in
        output.withUnsafeMutableBufferPointer { output in
          network.predict(
            input.baseAddress!,
            into: output.baseAddress!,
            workspace: workspace.memory.baseAddress!
          )
        }
      }
    }
  }

  /// Memory in which a student computes; for one thread at a time.
  public final class StudentWorkspace {
    let memory: UnsafeMutableBufferPointer<Float>

    init(_ count: Int) {
      memory = .allocate(capacity: max(1, count))
      memory.initialize(repeating: 0)
    }

    deinit { memory.deallocate() }
  }
#endif

import Distillation
import Exchange
import Foundation
import Mathematics
import Tensors

/// Observes a teacher at every example of some data and keeps what it says in a folder, as a store that
/// is added to chunk by chunk. Whenever it is stopped, what was done is kept.
package struct ObservationRecorder {
  package let folder: URL
  package let description: StoreDescription
  /// What the teacher says about examples.
  private let observe: (Range<Int>) throws -> Seen
  private let device: Device

  package typealias Seen = (seen: Observation, own: Observation?)

  /// - Parameter observe: What the teacher says about the examples of a range.
  package init(
    _ description: StoreDescription,
    in folder: URL,
    on device: Device,
    observing observe: @escaping (Range<Int>) throws -> Seen
  ) {
    (self.description, self.folder, self.device) = (description, folder, device)
    self.observe = observe
  }

  /// Adds the chunks that are not there yet.
  ///
  /// - Parameter indices: Those to add.
  /// - Returns: The store, with all that is in it.
  /// - Throws: `Stopped` when the work is cancelled, and what the teacher throws; chunks that were
  ///   finished are kept.
  @discardableResult
  package func record(_ indices: Range<Int>, _ work: Work) throws -> ObservationStore {
    try begin()
    let store = try ObservationStore(at: folder, toleratingDamage: true, work)
    for (file, reason) in store.damaged {
      work.warn("\(reason); that is done now")
      guard unlink(file.path) == 0 else {
        throw RunError("cannot delete '\(file.path)': \(POSIXError.last.reason.lowercased())")
      }
    }
    let missing = indices.filter { !store.holds($0) }
    let all = indices.reduce(0) { $0 + description.rows(of: $1).count }
    var done = all - missing.reduce(0) { $0 + description.rows(of: $1).count }
    if missing.isEmpty { return store }
    let machine = MachineFacts.current(device: device)
    work.begin("teacher observed", of: all, "examples", done: done)
    defer { work.end() }
    for index in missing {
      if work.isCancelled() { throw stopped(done, all) }
      let (tensors, rounding) = try chunk(index)
      try StoreChunk.write(
        index,
        tensors,
        rounding: rounding,
        machine: machine,
        key: store.key,
        in: folder
      )
      done += description.rows(of: index).count
      work.update(done)
    }
    // Read once more: what is on the disk counts.
    return try ObservationStore(at: folder, toleratingDamage: false, work)
  }

  /// How far what the teacher says of some examples of a chunk changes when it is asked about them
  /// without the others; nil for a chunk of one.
  package func largestChange(in index: Int) throws -> Double? {
    let rows = description.rows(of: index)
    let part = rows.prefix(max(1, rows.count * 2 / 3))
    guard part.count < rows.count else { return nil }
    let (whole, alone) = (try observe(rows), try observe(part.startIndex..<part.endIndex))
    func change(_ first: Tensor?, _ second: Tensor?) -> Double {
      guard let first, let second else { return 0 }
      return (first[0..<part.count] - second).magnitude.maximum().doubleValue
    }
    return max(
      change(whole.seen.values, alone.seen.values),
      change(whole.own?.values, alone.own?.values),
      change(whole.seen.derivatives, alone.seen.derivatives)
    )
  }

  private func stopped(_ done: Int, _ all: Int) -> Stopped {
    Stopped(
      "stopped; \(grouped(done)) of \(grouped(all)) examples are in '\(folder.path)': the same command "
        + "goes on"
    )
  }

  /// Makes the folder, or finds the store of the same that is in it.
  private func begin() throws {
    var isFolder: ObjCBool = false
    guard
      !FileManager.default.fileExists(atPath: folder.path, isDirectory: &isFolder)
        || isFolder.boolValue
    else { throw RunError("'\(folder.path)' is a file, not a folder: name a folder for the store") }
    do {
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    } catch {
      throw RunError("cannot make the folder '\(folder.path)': \(sentence(for: error))")
    }
    try RunFolder.requirePlain(folder.appendingPathComponent(ObservationStore.file))
    guard ObservationStore.isOne(folder.path) else {
      let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
      guard names.allSatisfy({ $0.hasPrefix(".") }) else {
        throw RunError(
          "'\(folder.path)' is not empty and holds no store of observations: name another folder"
        )
      }
      return try RunFolder(url: folder, command: "observe")
        .write(description.text, to: ObservationStore.file)
    }
    let other = try ObservationStore.description(in: folder).description
    if let difference = other.difference(from: description) {
      throw RunError(
        "'\(folder.path)' holds another store (\(difference)): name another folder for this one"
      )
    }
  }

  /// What is written of a chunk, and what rounding did to it.
  private func chunk(
    _ index: Int
  ) throws -> (tensors: [String: Tensor], rounding: [String: RoundingError]) {
    let rows = description.rows(of: index)
    let (seen, own) = try observe(rows)
    var tensors: [String: Tensor] = [:]
    var rounding: [String: RoundingError] = [:]
    for array in description.arrays {
      let exact = try numbers(of: array, seen, own, rows)
      let parts = array.encoded(exact)
      tensors.merge(parts) { first, _ in first }
      if array.form != .float32 {
        rounding[array.name] = RoundingError(array, kept: array.decoded(parts), exact: exact)
      }
    }
    return (tensors, rounding)
  }

  private func numbers(
    of array: RecordedArray,
    _ seen: Observation,
    _ own: Observation?,
    _ rows: Range<Int>
  ) throws -> Tensor {
    let found: Tensor? =
      switch array.name {
      case RecordedArray.values: seen.values
      case RecordedArray.own: own?.values
      case RecordedArray.derivatives: seen.derivatives
      default: seen.features[String(array.name.dropFirst(RecordedArray.feature.count))]
      }
    guard let found, found.shape == [rows.count] + array.shape else {
      throw RunError(
        "the teacher gives '\(array.name)' of the shape \(found?.shape ?? []) for \(rows.count) examples, "
          + "and of one example it was \(array.shape): each must have its own"
      )
    }
    // Logits of classes that are ruled out are −∞.
    let isKnown =
      array.areLogarithms
      ? found.maximum(along: 1).isAllFinite && !found.isNaN.containsTrue : found.isAllFinite
    guard isKnown else {
      throw RunError(
        "the teacher gives numbers that are not finite ('\(array.name)') about the examples "
          + "\(grouped(rows.lowerBound)) to \(grouped(rows.upperBound - 1))"
      )
    }
    return found
  }
}

extension StoreDescription {
  /// How what was seen of a few examples is kept.
  ///
  /// - Parameter derivatives: Their form where it is not that of the others.
  /// - Throws: `RunError` when they cannot be kept so.
  package static func arrays(
    of seen: Observation,
    own: Observation?,
    _ form: ObservationForm,
    derivatives: ObservationForm? = nil
  ) throws -> [RecordedArray] {
    func shape(_ tensor: Tensor) -> [Int] { Array(tensor.shape.dropFirst()) }
    var arrays = [
      RecordedArray(
        name: RecordedArray.values,
        shape: shape(seen.values),
        form: form,
        meaning: seen.meaning
      )
    ]
    guard seen.values.rank == 2 else {
      throw RunError("the teacher gives \(shape(seen.values)) for an example, not a row of numbers")
    }
    if case .mostProbable(let count) = form {
      guard seen.meaning == .logProbabilities, count < seen.outputCount else {
        throw RunError(
          "--form \(form) keeps fewer classes than there are, and the teacher gives "
            + "\(seen.outputCount) \(seen.meaning.isOverClasses ? "outputs" : "numbers"): "
            + "take a smaller number, or float32, bfloat16 or int8"
        )
      }
    } else if let own {
      arrays.append(
        RecordedArray(
          name: RecordedArray.own,
          shape: shape(own.values),
          form: form,
          meaning: own.meaning
        )
      )
    }
    func add(_ name: String, _ tensor: Tensor, _ form: ObservationForm) {
      arrays.append(RecordedArray(name: name, shape: shape(tensor), form: form, meaning: nil))
    }
    if let found = seen.derivatives {
      add(RecordedArray.derivatives, found, derivatives ?? form.ofOthers)
    }
    for (tap, feature) in seen.features.sorted(by: { $0.key < $1.key }) {
      add(RecordedArray.feature + tap, feature, form.ofOthers)
    }
    return arrays
  }
}

extension StoreDescription.Inputs {
  /// Those of data as they were read.
  package init(_ source: LabelledSource, _ scaling: ExampleScaling) throws {
    let parts = [source.training] + [source.test].compactMap(\.self)
    var hash = SHA256()
    for part in parts { try part.forEachPart { hash.update($1) } }
    self.init(
      sha256: hash.finalize(),
      count: parts.reduce(0) { $0 + $1.count },
      training: source.training.count,
      shape: source.training.shape,
      divisor: source.training.divisor,
      scaling: scaling
    )
  }
}

extension ObservationStore {
  /// What data are, as the store would say it of them.
  ///
  /// - Parameters:
  ///   - source: As a run has read them, whatever it divides their numbers by.
  ///   - place: Where they are.
  package func inputs(
    of source: LabelledSource,
    _ place: DataSource
  ) throws -> StoreDescription.Inputs {
    let own = description.inputs
    guard source.training.divisor != own.divisor, source.training.shape == own.shape else {
      return try StoreDescription.Inputs(source, own.scaling)
    }
    var other = place
    other.divisor = own.divisor
    return try StoreDescription.Inputs(LabelledSource(other), own.scaling)
  }
}

extension SHA256 {
  /// Takes in a tensor's numbers.
  package mutating func update(_ tensor: Tensor) {
    tensor.moved(to: .cpu).contiguous.withUnsafeBytes { bytes in
      for start in stride(from: 0, to: bytes.count, by: 1 << 20) {
        update(Data(bytes[start..<min(start + 1 << 20, bytes.count)]))
      }
    }
  }
}

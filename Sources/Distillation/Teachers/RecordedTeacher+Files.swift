import Foundation
import Networks
import Tensors

extension RecordedTeacher {
  /// Writes what was recorded into a safetensors file, to the last bit.
  ///
  /// - Parameter metadata: Text to keep beside it.
  /// - Throws: `WeightsError` when the file cannot be written.
  public func write(to url: URL, metadata: [String: String] = [:]) throws {
    var tensors = ["values": observation.values]
    tensors["derivatives"] = observation.derivatives
    tensors["classes"] = observation.classes
    for (name, feature) in observation.features { tensors["feature." + name] = feature }
    var text = metadata
    text["meaning"] = observation.meaning.rawValue
    text["derivativeError"] = "\(derivativeError)"
    try Safetensors.write(tensors.mapValues { $0.moved(to: .cpu) }, metadata: text, to: url)
  }

  /// What ``write(to:metadata:)`` wrote.
  ///
  /// - Throws: `WeightsError` when the file cannot be read, ``DistillationError`` when it holds
  ///   something else.
  public init(contentsOf url: URL) throws {
    let (tensors, text) = try Safetensors.read(from: url)
    guard let values = tensors["values"], values.rank == 2,
      let meaning = text["meaning"].flatMap(Observation.Meaning.init),
      let error = text["derivativeError"].flatMap(Double.init),
      tensors.values.allSatisfy({ $0.shape.first == values.shape[0] })
    else {
      throw DistillationError("'\(url.path)' holds no recorded teacher: record it again")
    }
    let features = tensors.filter { $0.key.hasPrefix("feature.") }
    self.init(
      Observation(
        values,
        meaning: meaning,
        derivatives: tensors["derivatives"],
        features: Dictionary(
          uniqueKeysWithValues: features.map { (String($0.key.dropFirst(8)), $0.value) }
        ),
        classes: tensors["classes"]
      ),
      derivativeError: error
    )
  }
}

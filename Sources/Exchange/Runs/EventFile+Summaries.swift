import Foundation

extension EventFile {
  /// Adds a picture of a step.
  ///
  /// - Parameter png: A PNG file; its header says how large it is.
  package func append(png: [UInt8], tag: String, step: Int, now: Date = Date()) {
    guard png.count > 25 else { return }
    func number(_ start: Int) -> Int { png[start..<start + 4].reduce(0) { $0 << 8 | Int($1) } }
    var image = ProtobufMessage()
    image.append(1, number(20))
    image.append(2, number(16))
    // Grey, or red, green and blue: as many numbers a pixel.
    image.append(3, png[25] == 0 ? 1 : 3)
    image.append(4, bytes: png)
    var value = ProtobufMessage()
    value.append(1, tag)
    value.append(4, image)
    var summary = ProtobufMessage()
    summary.append(1, value)
    append(summary: summary, step: step, now: now)
  }

  /// What was chosen in a trial: a number or a text.
  package enum Setting {
    case number(Double)
    case text(String)
  }

  /// Adds a row of the table of the HParams plugin: what was chosen and what was measured. A file has
  /// one (`tensorboard/plugins/hparams/plugin_data.proto`).
  package func append(
    trial settings: [(name: String, setting: Setting)],
    measuring values: [(tag: String, value: Double)],
    now: Date = Date()
  ) {
    let seconds = now.timeIntervalSince1970
    var start = ProtobufMessage()
    for (name, setting) in settings {
      var value = ProtobufMessage()
      switch setting {
      case .number(let number): value.append(2, number)
      case .text(let text): value.append(3, text)
      }
      start.append(1, key: name, value)
    }
    start.append(5, seconds)
    var end = ProtobufMessage()
    end.append(1, 1)  // success
    end.append(2, seconds)
    append(hparams: "session_start_info", 3, start, now)
    append(values, step: 0, now: now)
    append(hparams: "session_end_info", 4, end, now)
  }

  private func append(hparams tag: String, _ field: Int, _ message: ProtobufMessage, _ now: Date) {
    var data = ProtobufMessage()
    data.append(field, message)
    var plugin = ProtobufMessage()
    plugin.append(1, "hparams")
    plugin.append(2, data)
    var metadata = ProtobufMessage()
    metadata.append(1, plugin)
    var value = ProtobufMessage()
    value.append(1, "_hparams_/" + tag)
    value.append(9, metadata)
    var summary = ProtobufMessage()
    summary.append(1, value)
    append(summary: summary, step: 0, now: now)
  }
}

import Foundation
import Mathematics

/// A piece of work under way, and how it reads.
package struct ProgressTask {
  package let name: String
  package let unit: String
  package let total: Int?
  package let start: Double
  package var doneBefore: Int
  package var done: Int
  package var loss: Double?

  /// - Parameters:
  ///   - total: Nil where it is not known.
  ///   - start: In seconds, when it began.
  ///   - done: What an earlier run did; it does not count for the rate.
  package init(name: String, unit: String, total: Int?, start: Double, done: Int) {
    (self.name, self.unit, self.total, self.start) = (name, unit, total, start)
    (doneBefore, self.done) = (done, done)
  }

  /// How many tenths of the work are done.
  package var tenth: Int {
    guard let total, total > 0 else { return 0 }
    return done * 10 / total
  }

  /// One JSON object.
  package struct Event: Encodable {
    var event = "progress"
    let task: String
    let unit: String
    let done: Int
    let total: Int?
    let rate: Double?
    let secondsLeft: Double?
    let loss: Double?
  }

  package func event(at now: Double) -> Event {
    Event(
      task: name,
      unit: unit,
      done: done,
      total: total,
      rate: rate(at: now),
      secondsLeft: secondsLeft(at: now),
      loss: loss
    )
  }

  /// The line for people, with a bar where there is a width to fill.
  package func line(at now: Double, columns: Int? = nil) -> String {
    var facts: [String] = []
    if let total {
      facts.append(String(format: "%3d%%", total > 0 ? done * 100 / total : 100))
    } else {
      facts.append("\(grouped(done)) \(unit)")
    }
    if let rate = rate(at: now) { facts.append("\(shortRate(rate)) \(unit)/s") }
    if total == done {
      facts.append("took \(duration(now - start))")
    } else if let left = secondsLeft(at: now) {
      facts.append("\(duration(left)) left")
    }
    if let loss { facts.append(String(format: "loss %.4g", loss)) }
    let tail = facts.joined(separator: "  ")
    guard let columns else { return "\(name)  \(tail)" }

    let room = min(24, columns - name.count - tail.count - 4)
    let line =
      if let total, room >= 6 {
        "\(name)  \(bar(total > 0 ? Double(done) / Double(total) : 1, room))  \(tail)"
      } else {
        "\(name)  \(tail)"
      }
    return String(line.prefix(max(columns, 0)))
  }

  /// What is done in a second since this run took the work up.
  private func rate(at now: Double) -> Double? {
    guard now > start, done > doneBefore else { return nil }
    return Double(done - doneBefore) / (now - start)
  }

  private func secondsLeft(at now: Double) -> Double? {
    guard let total, let rate = rate(at: now) else { return nil }
    return Double(max(total - done, 0)) / rate
  }

  private func bar(_ share: Double, _ width: Int) -> String {
    let filled = Int(Double(width) * min(max(share, 0), 1))
    return String(repeating: "━", count: filled) + String(repeating: "─", count: width - filled)
  }

  private func shortRate(_ rate: Double) -> String {
    (100..<1e15).contains(rate) ? grouped(Int(rate.rounded())) : String(format: "%.2g", rate)
  }
}

import Foundation
import Testing

@testable import Tensors

@Suite struct CarefulJSONDecoderTests {
  private struct Steps: Decodable { var steps: [Int] }
  private indirect enum Nest: Decodable {
    case nest([Nest])
    init(from decoder: any Decoder) throws {
      self = .nest(try decoder.singleValueContainer().decode([Nest].self))
    }
  }

  /// Foundation's own decoder ends the process at one of these.
  @Test(arguments: 490...530) func depthIsBounded(depth: Int) {
    for text in [
      "{\"steps\":" + String(repeating: "[", count: depth), String(repeating: "[", count: depth),
    ] {
      #expect(throws: DecodingError.self) {
        try CarefulJSONDecoder().decode(Steps.self, from: Data(text.utf8))
      }
    }
  }

  @Test func whatIsNotTooDeepIsDecoded() throws {
    let brackets = String(repeating: "[{", count: 400)
    for text in ["[1, 2]", "[1]\n"] {
      let whole = Data("{\"other\": \"\\\"\(brackets)\", \"steps\": \(text)}".utf8)
      #expect(try CarefulJSONDecoder().decode(Steps.self, from: whole).steps.first == 1)
    }
    let deep = String(repeating: "[", count: 300) + String(repeating: "]", count: 300)
    #expect(throws: Never.self) {
      try CarefulJSONDecoder().decode(Nest.self, from: Data(deep.utf8))
    }
  }
}

import Foundation
import Testing

@testable import Compression
@testable import DistillCommand
@testable import Exchange
@testable import Experiments
@testable import Runs

/// The examples of FIPS 180-2 appendix B, and of NIST's byte-oriented test vectors.
@Suite struct SHA256Tests {
  static let vectors: [(message: String, hash: String)] = [
    ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
    ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
    (
      "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
      "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
    ),
    (
      String(repeating: "a", count: 1_000_000),
      "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"
    ),
  ]

  @Test(arguments: vectors)
  func vector(message: String, hash: String) {
    var sha = SHA256()
    sha.update(Data(message.utf8))
    #expect(sha.finalize() == hash)
  }

  /// Where the message is cut changes nothing, at every place around the ends of blocks.
  @Test(arguments: [1, 3, 55, 56, 63, 64, 65, 127, 128])
  func cuttingChangesNothing(length: Int) {
    let message = Data((0..<300).map { UInt8($0 % 251) })
    var whole = SHA256()
    whole.update(message)
    var pieces = SHA256()
    for start in stride(from: 0, to: message.count, by: length) {
      pieces.update(message[start..<min(start + length, message.count)])
    }
    #expect(pieces.finalize() == whole.finalize())
  }

  @Test func fileIsHashedByItsContent() throws {
    try withScratchFolder { folder in
      let file = folder.appendingPathComponent("data")
      try Data("abc".utf8).write(to: file)
      #expect(try SHA256.hash(of: file) == Self.vectors[1].hash)
      let missing = folder.appendingPathComponent("missing")
      #expect(refusal { try SHA256.hash(of: missing) }?.contains("there is no such file") == true)
      #expect(
        refusal { try SHA256.hash(of: folder) }
          == "cannot read '\(folder.path)': it is a folder; name a file"
      )
    }
  }
}

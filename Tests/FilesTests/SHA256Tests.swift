import Files
import Testing

/// FIPS 180-4's examples, and messages around the ends of blocks.
struct SHA256Tests {
  private static func text(_ parts: [[UInt8]]) -> String {
    var hash = SHA256()
    for part in parts { hash.add(part) }
    return hash.digest().map { byte in
      let digits = String(byte, radix: 16)
      return digits.count == 2 ? digits : "0" + digits
    }.joined()
  }

  @Test(arguments: [
    ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
    ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
    (
      "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
      "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
    ),
    (
      "abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqrlmnopqrs"
        + "mnopqrstnopqrstu",
      "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1"
    ),
  ])
  func theStandardsExamples(message: String, digest: String) {
    #expect(Self.text([Array(message.utf8)]) == digest)
    #expect(Self.text(message.utf8.map { [$0] }) == digest, "byte by byte")
  }

  @Test func aMillionLetters() {
    let part = [UInt8](repeating: UInt8(ascii: "a"), count: 1000)
    #expect(
      Self.text([[UInt8]](repeating: part, count: 1000))
        == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0")
  }

  @Test func partsDoNotMatter() {
    for count in 50...140 {
      let message = (0..<count).map { UInt8($0) }
      let whole = Self.text([message])
      for cut in [1, count / 2, count - 1] {
        #expect(Self.text([Array(message[..<cut]), Array(message[cut...])]) == whole)
      }
    }
  }
}

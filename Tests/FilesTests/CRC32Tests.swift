import Files
import Testing

struct CRC32Tests {
  @Test func itIsThatOfZipAndPNG() {
    let check: UInt32 = 0xCBF4_3926  // of "123456789", the check value of every CRC catalogue
    let digits = Array("123456789".utf8)
    #expect(CRC32.sum(digits) == check && CRC32.sum(AnySequence(digits)) == check)
    #expect(CRC32.sum([UInt8]()) == 0)
    for cut in 0...digits.count {
      let sum = digits.withUnsafeBytes { bytes in
        CRC32.sum(
          UnsafeRawBufferPointer(rebasing: bytes[cut...]),
          continuing: CRC32.sum(UnsafeRawBufferPointer(rebasing: bytes[..<cut])))
      }
      #expect(sum == check)
    }
  }
}

/// The activations of one sample, an element a byte. Places are in words of 4 bytes.
struct ByteArena {
  private var bytes: [UInt8]

  /// All 0.
  init(byteCount: Int) { bytes = [UInt8](repeating: 0, count: byteCount) }

  /// `count` elements from element `first` of the tensor at `place`.
  func elements(at place: Int, first: Int = 0, _ count: Int, isSigned: Bool) -> [Int32] {
    let start = 4 * place + first
    return bytes[start..<start + count].map { byte in
      isSigned ? Int32(Int8(bitPattern: byte)) : Int32(byte)
    }
  }

  /// - Precondition: each element is of the tensor's type.
  mutating func write(_ elements: [Int32], at place: Int, first: Int = 0) {
    let start = 4 * place + first
    for (index, element) in elements.enumerated() {
      bytes[start + index] = UInt8(truncatingIfNeeded: element)
    }
  }
}

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

  /// The bits of `count` numbers of float32.
  func words(at place: Int, _ count: Int) -> [UInt32] {
    (place..<place + count).map { word in
      (0..<4).reduce(0) { $0 | UInt32(bytes[4 * word + $1]) << (8 * UInt32($1)) }
    }
  }

  mutating func write(_ words: [UInt32], at place: Int) {
    for (index, word) in words.enumerated() {
      for byte in 0..<4 { bytes[4 * (place + index) + byte] = UInt8(truncatingIfNeeded: word >> (8 * byte)) }
    }
  }

  mutating func write(_ bytes: [UInt8], at place: Int) {
    self.bytes.replaceSubrange(4 * place..<4 * place + bytes.count, with: bytes)
  }

  /// - Precondition: each element is of the tensor's type.
  mutating func write(_ elements: [Int32], at place: Int, first: Int = 0) {
    let start = 4 * place + first
    for (index, element) in elements.enumerated() {
      bytes[start + index] = UInt8(truncatingIfNeeded: element)
    }
  }
}

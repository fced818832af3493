/// A number format of IDX and NPY files, and its way to float32.
///
/// Integers of more than 24 bits and float64 are rounded to the nearest float32; float64 beyond
/// float32 becomes infinite.
enum ElementType: String, Sendable {
  case bool, uint8, int8, uint16, int16, uint32, int32, uint64, int64
  case float16, float32, float64

  var bytes: Int {
    switch self {
    case .bool, .uint8, .int8: 1
    case .uint16, .int16, .float16: 2
    case .uint32, .int32, .float32: 4
    case .uint64, .int64, .float64: 8
    }
  }

  /// Whether values are integers; truth values are not.
  var isInteger: Bool {
    switch self {
    case .bool, .float16, .float32, .float64: false
    default: true
    }
  }

  /// Whether a value is one byte that is the number itself, so that no conversion is needed.
  var isByte: Bool { self == .uint8 || self == .bool }

  /// Converts `target.count` elements.
  ///
  /// - Parameter source: at least `target.count * bytes` long; any alignment.
  func convert(
    _ source: UnsafeRawBufferPointer, bigEndian: Bool,
    into target: UnsafeMutableBufferPointer<Float>
  ) {
    switch self {
    case .bool, .uint8: integers(source, bigEndian, target) { Float($0 as UInt8) }
    case .int8: integers(source, bigEndian, target) { Float($0 as Int8) }
    case .uint16: integers(source, bigEndian, target) { Float($0 as UInt16) }
    case .int16: integers(source, bigEndian, target) { Float($0 as Int16) }
    case .uint32: integers(source, bigEndian, target) { Float($0 as UInt32) }
    case .int32: integers(source, bigEndian, target) { Float($0 as Int32) }
    case .uint64: integers(source, bigEndian, target) { Float($0 as UInt64) }
    case .int64: integers(source, bigEndian, target) { Float($0 as Int64) }
    case .float16: integers(source, bigEndian, target) { Self.float(half: $0) }
    case .float32: integers(source, bigEndian, target) { Float(bitPattern: $0) }
    case .float64: integers(source, bigEndian, target) { Float(Double(bitPattern: $0)) }
    }
  }

  /// Reads integers (or bit patterns) of one width and hands each to `value`.
  @inline(__always)
  private func integers<Word: FixedWidthInteger>(
    _ source: UnsafeRawBufferPointer, _ bigEndian: Bool,
    _ target: UnsafeMutableBufferPointer<Float>, _ value: (Word) -> Float
  ) {
    precondition(source.count >= target.count * MemoryLayout<Word>.size)
    guard let from = source.baseAddress, let to = target.baseAddress else { return }
    for i in 0..<target.count {
      let word = from.loadUnaligned(fromByteOffset: i &* MemoryLayout<Word>.size, as: Word.self)
      to[i] = value(bigEndian ? Word(bigEndian: word) : Word(littleEndian: word))
    }
  }

  /// IEEE 754 binary16 to binary32, exactly: rebias the exponent, or scale a subnormal number.
  static func float(half bits: UInt16) -> Float {
    let sign = UInt32(bits & 0x8000) << 16
    let exponent = UInt32(bits >> 10 & 0x1F)
    let fraction = UInt32(bits & 0x3FF)
    switch exponent {
    case 0:
      let magnitude = Float(fraction) * 0x1p-24
      return Float(bitPattern: magnitude.bitPattern | sign)
    case 31: return Float(bitPattern: sign | 0x7F80_0000 | fraction << 13)
    default: return Float(bitPattern: sign | (exponent + 112) << 23 | fraction << 13)
    }
  }
}

extension ByteStream {
  /// The next `count` elements as float32.
  ///
  /// Nothing is allocated before ``reserve(_:)`` has found the bytes possible.
  func floats(
    _ count: Int, of type: ElementType, bigEndian: Bool
  ) throws(DatasetError) -> [Float] {
    guard count <= Dataset.maximumBytes / max(4, type.bytes) else {
      let (bytes, overflow) = count.multipliedReportingOverflow(by: max(4, type.bytes))
      throw .tooLarge(
        place: place, bytes: overflow ? .max : bytes, limit: Dataset.maximumBytes)
    }
    try reserve(count * type.bytes)
    let blockElements = 1 << 16
    var block = [UInt8](repeating: 0, count: min(count, blockElements) * type.bytes)
    return try [Float](unsafeUninitializedCapacity: count) {
      (values, initialized) throws(DatasetError) in
      while initialized < count {
        let elements = min(blockElements, count - initialized)
        try block.withUnsafeMutableBufferPointer { (bytes) throws(DatasetError) in
          let part = UnsafeMutableBufferPointer(rebasing: bytes[..<(elements * type.bytes)])
          try fill(part)
          type.convert(
            UnsafeRawBufferPointer(part), bigEndian: bigEndian,
            into: .init(rebasing: values[initialized..<(initialized + elements)]))
        }
        initialized += elements
      }
    }
  }

  /// The next `count` elements as they are kept: bytes as bytes, everything else as float32.
  func storage(
    _ count: Int, of type: ElementType, bigEndian: Bool, takesAnyNumber: Bool = false
  ) throws(DatasetError) -> SampleArray.Storage {
    if type.isByte { return .bytes(try bytes(count)) }
    let values = try floats(count, of: type, bigEndian: bigEndian)
    if !takesAnyNumber, let bad = values.firstIndex(where: { !$0.isFinite }) {
      throw .notFinite(place: place, element: bad)
    }
    return .floats(values)
  }
}

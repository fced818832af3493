import FixedPoint
import ModelGraph

extension IntegerElements {
  /// The elements of a value that stand for numbers: the nearest, halves away from zero, as a file's own
  /// QUANTIZE has it. Of a value without an encoding the numbers
  /// themselves, and of numbers of places these, or -1 for what is none.
  package init(of numbers: [Float], in value: Value) {
    guard let encoding = ByteEncoding(anyByte: value.integers) else {
      if let shorts = value.integers, shorts.element == .int16 {
        self = .int16(numbers.map { Int16(clamping: Int32(exactly: ($0 / shorts.scales[0]).rounded()) ?? 0) })
        return
      }
      self = value.integers == nil ? .float32(numbers) : .int32(numbers.map { Int32(exactly: $0) ?? -1 })
      return
    }
    let bytes = numbers.map { encoding.byte(of: $0) }
    self = value.integers?.element == .uint8 ? .uint8(bytes.map { UInt8(bitPattern: $0) ^ 128 }) : .int8(bytes)
  }

  /// The numbers that they stand for as elements of a value.
  package func numbers(in value: Value) -> [Float] {
    let encoding = ByteEncoding(anyByte: value.integers)
    func number(_ byte: Int8) -> Float { encoding?.number(byte) ?? Float(byte) }
    return switch self {
    case .float32(let numbers): numbers
    case .int8(let bytes): bytes.map(number)
    case .uint8(let bytes): bytes.map { number(Int8(bitPattern: $0 ^ 128)) }
    case .int32(let places): places.map { Float($0) }
    case .int16(let shorts): shorts.map { Float($0) * (value.integers?.scales[0] ?? 1) }
    }
  }

  /// As they lie in memory, little-endian.
  package var bytes: [UInt8] {
    switch self {
    case .int8(let elements): elements.map { UInt8(bitPattern: $0) }
    case .uint8(let elements): elements
    case .float32(let elements): elements.withUnsafeBytes { Array($0) }
    case .int32(let elements): elements.withUnsafeBytes { Array($0) }
    case .int16(let elements): elements.withUnsafeBytes { Array($0) }
    }
  }

  /// Bytes of an element.
  package var bytesEach: Int {
    switch self {
    case .int8, .uint8: 1
    case .int16: 2
    case .float32, .int32: 4
    }
  }
}

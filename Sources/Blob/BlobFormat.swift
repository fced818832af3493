/// Numbers that Formats/Blob.md fixes.
public enum BlobFormat {
  /// "KGL", then 1A, which ends a text file on old systems and is no text on new ones.
  public static let magic: [UInt8] = [0x4B, 0x47, 0x4C, 0x1A]
  public static let version = 2

  static let headerBytes = 20
  static let sectionEntryBytes = 12
  static let sectionCount = 3...64
  static let planKind: UInt8 = 1
  static let parametersKind: UInt8 = 2
  static let bankKind: UInt8 = 3
  /// Numbers of banks: beside plan and parameters, 62 sections are left.
  static let banks = 0...61
  static let ancillaryKinds = 128...255
  static let provenanceKind: UInt8 = 128
  public static let selfTestKind: UInt8 = 129
  package static let headsKind: UInt8 = 130
  static let namesKind: UInt8 = 131

  static let arenaBytes = 0...1 << 30
  static let interfaceCount = 1...255
  static let transformCount = 0...255
  static let stepCount = 1...65535
  static let rank = 0...6
  /// Of a table of bytes that run upwards by one.
  static let runPrecision: UInt8 = 5
  /// The element types of int8, and of uint8, with a zero point that is not 0.
  static let (zeroPointType, unsignedZeroPointType): (UInt8, UInt8) = (3, 4)
  /// Sizes, counts, strides and dilations.
  static let size = 1...1 << 24 - 1
  /// Pads and offsets.
  static let offset = 0...1 << 24 - 1
  /// Sizes, strides and dilations of an image and its windows.
  static let planeSize = 1...65535
  static let planePad = 0...65535
  static let resizeUnit = 1...1 << 20
  /// Bounds that the page says once, for all fields of their kind.
  static let shared = [size, offset, planeSize, planePad]
  static let elements = 1 << 28

  /// Shifts and exponents of integer steps.
  static let shift = 0...15
  static let multiplier = 0...65535
  /// Of integer weights: 16-bit levels times it are finite.
  static let largestTableScale: Float = 0x1p112
  static let biasShift = 0...13
  static let bias = -(1 << 29)...1 << 29
  /// What an element is multiplied by to become 2^14ths.
  static let factor = 0...1 << 22
  /// Multipliers of exact steps, those of rows, and exponents.
  static let exactMultiplier = 0...1 << 31 - 1
  package static let rowMultiplier = 1 << 30...1 << 31 - 1
  package static let exactExponents = -31...30
  package static let softmaxCount = 1...65535
  /// Of exact ones, and of their logarithms on any bytes, so that a sum of exponentials has 31 bits.
  package static let exactSoftmaxCount = 1...4095
  /// Taps of a window of an integer average pool.
  static let taps = 1...1 << 20

  static let levels = 1...256
  package static let laneCount = 1...255
  static let jump = 1...255
  static let codeLength = 12
  /// Of weights by columns: rows of a layer, bits of a gap or a code, and of both together.
  static let (columnRows, columnWord, columnPair) = (65535, 8, 12)
  /// Symbols of an alphabet.
  static let symbols = 256
  /// Bytes that the steps of a file have a reader look at, at most. Formats/Blob.md, "Limits".
  static func lookedAtBytes(ofFile bytes: Int) -> Int { min(bytes + 2048, Int(UInt32.max)) }
  /// A change of the lengths of a code table counts as so many.
  static let changeBytes = 6

  /// A bit counter of 32 bits holds the bits of a bank.
  static let bankBytes = 0...1 << 29 - 1

  /// Numbers that ``BlobReader`` unpacks at most: over all layers and vectors together.
  public static let unpackedLimit = 1 << 27
}

extension [Int] {
  /// The product of all; nil where it overflows or a factor is negative. 1 for none.
  var checkedProduct: Int? {
    var product = 1
    for factor in self {
      let (next, overflow) = product.multipliedReportingOverflow(by: factor)
      if overflow || factor < 0 { return nil }
      product = next
    }
    return product
  }
}

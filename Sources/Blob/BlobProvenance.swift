// What a blob comes from. Formats/Blob.md, "Provenance". Of a fixed size but for the version's
// text, so that a blob is as long before it is measured as after.

/// The teacher and the data behind a blob, and how far it is from the teacher.
public struct BlobProvenance: Equatable, Sendable {
  /// The divergence from the teacher, measured on the blob's own answers.
  public struct Divergence: Equatable, Sendable {
    public enum Kind: UInt8, Sendable, CaseIterable {
      case distribution = 1
      case squaredError = 2
      case normalizedError = 3
      case crossEntropy = 4
      case boxes = 5
      case objects = 6
    }

    public var kind: Kind
    /// Over the samples.
    public var mean: Float
    /// Half the width of the mean's 95 % confidence interval; 0 or more.
    public var halfWidth: Float
    /// At least 2.
    public var samples: Int

    public init(kind: Kind, mean: Float, halfWidth: Float, samples: Int) {
      (self.kind, self.mean, self.halfWidth, self.samples) = (kind, mean, halfWidth, samples)
    }
  }

  /// Bytes of a hash that are kept.
  public static let hashBytes = 16
  static let versionBytes = 1...32
  static let samples = 2...Int(UInt32.max)

  /// Of the tool: 1...32 characters from ! to ~.
  public var toolVersion: String
  /// The first ``hashBytes`` of SHA-256 over the model's files; nil where it is not known.
  public var teacher: [UInt8]?
  /// The same over the calibration samples.
  public var data: [UInt8]?
  /// Nil where nothing was measured.
  public var divergence: Divergence?

  public init(
    toolVersion: String, teacher: [UInt8]? = nil, data: [UInt8]? = nil,
    divergence: Divergence? = nil
  ) {
    (self.toolVersion, self.teacher, self.data) = (toolVersion, teacher, data)
    self.divergence = divergence
  }

  /// The section.
  ///
  /// - Precondition: hashes and numbers are as the fields say.
  public var section: BlobAncillary {
    var writer = ByteWriter()
    let version = Array(toolVersion.utf8)
    precondition(Self.versionBytes.contains(version.count) && version.allSatisfy(Self.isGraphic))
    writer.u8(UInt8(version.count))
    writer.append(version)
    for hash in [teacher, data] {
      let bytes = hash ?? [UInt8](repeating: 0, count: Self.hashBytes)
      precondition(bytes.count == Self.hashBytes)
      writer.append(bytes)
    }
    writer.u8(divergence?.kind.rawValue ?? 0)
    writer.f32(divergence?.mean ?? 0)
    writer.f32(divergence?.halfWidth ?? 0)
    writer.u32(divergence?.samples ?? 0)
    return BlobAncillary(kind: BlobFormat.provenanceKind, bytes: writer.bytes)
  }

  init(_ bytes: [UInt8]) throws(BlobFault) {
    var reader = ByteReader(bytes, 0..<bytes.count)
    let count = try reader.u8()
    try Rule.count("the version's length", count, Self.versionBytes)
    let version = try reader.bytes(count)
    guard version.allSatisfy(Self.isGraphic) else { throw .misplaced("a character of the version") }
    toolVersion = String(decoding: version, as: UTF8.self)
    teacher = Self.hash(try reader.bytes(Self.hashBytes))
    data = Self.hash(try reader.bytes(Self.hashBytes))
    divergence = try Self.divergence(&reader)
    guard reader.remaining == 0 else { throw .bytesLeftOver(reader.remaining) }
  }

  private static func divergence(_ reader: inout ByteReader) throws(BlobFault) -> Divergence? {
    let number = try reader.u8()
    let mean = try reader.f32("the divergence")
    let halfWidth = try reader.f32("the interval of the divergence")
    let samples = try reader.u32()
    guard number > 0 else {
      guard mean == 0, halfWidth == 0, samples == 0 else { throw .reserved }
      return nil
    }
    try Rule.count("the kind of divergence", number, 1...Divergence.Kind.allCases.count)
    try Rule.count("the number of samples", samples, Self.samples)
    guard halfWidth >= 0, let kind = Divergence.Kind(rawValue: UInt8(number)) else {
      throw .misplaced("an interval below 0")
    }
    return Divergence(kind: kind, mean: mean, halfWidth: halfWidth, samples: samples)
  }

  /// All zero stands for none.
  private static func hash(_ bytes: [UInt8]) -> [UInt8]? {
    bytes.allSatisfy { $0 == 0 } ? nil : bytes
  }

  private static func isGraphic(_ byte: UInt8) -> Bool { (33...126).contains(byte) }
}

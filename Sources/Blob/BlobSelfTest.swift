// The samples that a blob carries with the answers to them. Formats/Blob.md, "Self-test".

/// Samples for `kgl_self_test`, as bytes of elements.
public struct BlobSelfTest: Equatable, Sendable {
  public struct Sample: Equatable, Sendable {
    /// Of each input in turn, little-endian.
    public var inputs: [UInt8]
    /// Of each output in turn.
    public var outputs: [UInt8]

    public init(inputs: [UInt8], outputs: [UInt8]) {
      (self.inputs, self.outputs) = (inputs, outputs)
    }
  }

  /// Of its section.
  public static let kind = BlobFormat.selfTestKind
  public static let sampleCount = 1...255

  /// Most that a float of an output may differ by, over the largest magnitude of that output in all
  /// samples: 0...1.
  public var tolerance: Float
  /// 1...255.
  public var samples: [Sample]

  public init(tolerance: Float, samples: [Sample]) {
    (self.tolerance, self.samples) = (tolerance, samples)
  }

  /// The section.
  ///
  /// - Precondition: the fields are as they say.
  public var section: BlobAncillary {
    precondition(Self.sampleCount.contains(samples.count) && (0...1).contains(tolerance))
    var writer = ByteWriter()
    writer.varint(samples.count)
    writer.f32(tolerance)
    for sample in samples {
      writer.append(sample.inputs)
      writer.append(sample.outputs)
    }
    return BlobAncillary(kind: BlobFormat.selfTestKind, bytes: writer.bytes)
  }

  /// - Parameter model: whose inputs and outputs the samples are of.
  init(_ bytes: [UInt8], of model: BlobModel) throws(BlobFault) {
    let (inputs, outputs) = (model.inputs.map(\.tensor), model.outputs)
    var reader = ByteReader(bytes, 0..<bytes.count)
    let count = try reader.varint()
    try Rule.count("the number of samples", count, Self.sampleCount)
    tolerance = try reader.f32("the tolerance")
    guard (0...1).contains(tolerance) else { throw .misplaced("a tolerance not within 0 to 1") }
    samples = []
    for _ in 0..<count {
      samples.append(
        Sample(inputs: try Self.take(inputs, &reader), outputs: try Self.take(outputs, &reader)))
    }
    guard reader.remaining == 0 else { throw .bytesLeftOver(reader.remaining) }
  }

  private static func take(
    _ tensors: [BlobTensor], _ reader: inout ByteReader
  ) throws(BlobFault) -> [UInt8] {
    var bytes: [UInt8] = []
    for tensor in tensors {
      let own = try reader.bytes(tensor.byteCount)
      if tensor.type == .float32 {
        var numbers = ByteReader(own, 0..<own.count)
        while numbers.remaining > 0 { _ = try numbers.f32("a number of a sample") }
      }
      bytes += own
    }
    return bytes
  }
}

extension BlobTensor {
  /// Bytes of all elements.
  var byteCount: Int { type.isOfWords ? 4 * count : count }
}

extension BlobModel {
  /// What the blob says that it comes from; nil where it says nothing.
  ///
  /// - Throws: ``BlobError/invalid(_:_:)`` for a section that is malformed, or there twice.
  public func provenance() throws(BlobError) -> BlobProvenance? {
    try soleSection(BlobFormat.provenanceKind) { (bytes) throws(BlobFault) in
      try BlobProvenance(bytes)
    }
  }

  /// The samples that the blob carries; nil where it has none.
  ///
  /// - Throws: ``BlobError/invalid(_:_:)`` for a section that is malformed, or there twice.
  public func selfTest() throws(BlobError) -> BlobSelfTest? {
    try soleSection(BlobFormat.selfTestKind) { (bytes) throws(BlobFault) in
      try BlobSelfTest(bytes, of: self)
    }
  }

  func soleSection<Contents>(
    _ kind: UInt8, _ read: ([UInt8]) throws(BlobFault) -> Contents
  ) throws(BlobError) -> Contents? {
    let places = ancillary.indices.filter { ancillary[$0].kind == kind }
    guard let first = places.first else { return nil }
    guard places.count == 1 else {
      throw .invalid(.ancillary(places[1]), .sectionTwice(kind: Int(kind)))
    }
    do {
      return try read(ancillary[first].bytes)
    } catch {
      throw .invalid(.ancillary(first), error == .planEnds ? .sectionEnds : error)
    }
  }
}

extension BlobWriter {
  /// A file with other ancillary sections, and everything else as it was.
  ///
  /// - Throws: ``BlobError`` for bytes that are no blob, or sections that the format does not allow.
  public static func replacing(
    ancillary: [BlobAncillary], in file: [UInt8]
  ) throws(BlobError) -> [UInt8] {
    let found = try BlobSections(file)
    var sections = [
      FileSection(kind: BlobFormat.planKind, index: 0, bytes: Array(file[found.plan])),
      FileSection(kind: BlobFormat.parametersKind, index: 0, bytes: Array(file[found.parameters])),
    ]
    for (index, range) in found.banks.enumerated() {
      sections.append(
        FileSection(kind: BlobFormat.bankKind, index: UInt8(index), bytes: Array(file[range])))
    }
    for (index, section) in ancillary.enumerated() {
      try at(.ancillary(index)) { () throws(BlobFault) in
        try Rule.count("the kind", Int(section.kind), BlobFormat.ancillaryKinds)
      }
      sections.append(FileSection(kind: section.kind, index: 0, bytes: section.bytes))
    }
    try at(.header) { () throws(BlobFault) in
      try Rule.count("the number of sections", sections.count, BlobFormat.sectionCount)
    }
    return try FileSection.file(sections, arenaBytes: found.arenaBytes)
  }
}

// How a detector's outputs are read as boxes. Formats/Blob.md, "Heads". The C runtime does not look at it: what it
// runs stays raw, and whoever wants boxes decodes them.

/// The heads of a detector, and how photographs become its input.
public struct BlobHeads: Equatable, Sendable {
  /// Where a photograph goes whose sides are in another proportion than the input's.
  public enum Fit: UInt8, Sendable, CaseIterable {
    case unsaid = 0
    case stretch = 1
    case letterbox = 2
  }

  /// How one output is read; ModelGraph's `DetectionHead` says by which formulas.
  public struct Head: Equatable, Sendable {
    public enum Kind: UInt8, Sendable, CaseIterable {
      case yolo = 1
      case region = 2
    }

    public struct Anchor: Equatable, Sendable {
      /// Above 0: pixels of the input (yolo), or cells of the grid (region).
      public var width, height: Float
      public init(width: Float, height: Float) { (self.width, self.height) = (width, height) }
    }

    /// The number of the output, of shape [anchors x (5 + classes), height, width].
    public var output: Int
    public var kind: Kind
    /// Whether sizes are squares and activations are part of the network.
    public var hasNewCoordinates: Bool
    /// Whether a softmax over the classes makes their shares; else each a logistic.
    public var hasSoftmax: Bool
    /// 1...255.
    public var anchors: [Anchor]
    /// 0...65535.
    public var classCount: Int
    /// 1...65535 pixels of the network's input.
    public var inputWidth, inputHeight: Int
    /// Above 0.
    public var scaleXY: Float
    /// Numbers of the classes that count, rising; nil: all.
    public var countedClasses: [Int]?

    public init(
      output: Int, kind: Kind, hasNewCoordinates: Bool, hasSoftmax: Bool, anchors: [Anchor], classCount: Int,
      inputWidth: Int, inputHeight: Int, scaleXY: Float, countedClasses: [Int]? = nil
    ) {
      self.countedClasses = countedClasses
      (self.output, self.kind, self.anchors, self.classCount) = (output, kind, anchors, classCount)
      (self.hasNewCoordinates, self.hasSoftmax) = (hasNewCoordinates, hasSoftmax)
      (self.inputWidth, self.inputHeight, self.scaleXY) = (inputWidth, inputHeight, scaleXY)
    }

    /// Of the classes that count a bit each, the first the least of its byte; nil where all do.
    package var classBits: [UInt8]? {
      countedClasses.map { Bitmap.bytes(of: $0, among: classCount) }
    }
  }

  static let headCount = 1...255
  static let anchorCount = 1...255
  static let classes = 0...65535
  static let pixels = 1...65535
  /// Whether heads and sizes are within what the section holds.
  public static func holds(anchors: Int, classes: Int, width: Int, height: Int) -> Bool {
    anchorCount.contains(anchors) && self.classes.contains(classes) && pixels.contains(width) && pixels.contains(height)
  }

  public var fit: Fit
  /// 1...255.
  public var heads: [Head]

  public init(fit: Fit, heads: [Head]) { (self.fit, self.heads) = (fit, heads) }

  /// The section.
  ///
  /// - Precondition: the fields are as they say.
  public var section: BlobAncillary {
    precondition(Self.headCount.contains(heads.count))
    var writer = ByteWriter()
    writer.u8(fit.rawValue)
    writer.u8(UInt8(heads.count))
    for head in heads {
      precondition(
        Self.holds(
          anchors: head.anchors.count, classes: head.classCount, width: head.inputWidth, height: head.inputHeight))
      writer.u8(UInt8(head.output))
      writer.u8(head.kind.rawValue)
      writer.u8((head.hasNewCoordinates ? 1 : 0) | (head.hasSoftmax ? 2 : 0) | (head.countedClasses == nil ? 0 : 4))
      writer.u8(UInt8(head.anchors.count))
      for number in [head.classCount, head.inputWidth, head.inputHeight] { writer.u16(number) }
      writer.f32(head.scaleXY)
      for anchor in head.anchors {
        writer.f32(anchor.width)
        writer.f32(anchor.height)
      }
      for byte in head.classBits ?? [] { writer.u8(byte) }
    }
    return BlobAncillary(kind: BlobFormat.headsKind, bytes: writer.bytes)
  }

  /// - Parameter outputs: what the heads read.
  init(_ bytes: [UInt8], of outputs: [BlobTensor]) throws(BlobFault) {
    var reader = ByteReader(bytes, 0..<bytes.count)
    guard let fit = Fit(rawValue: UInt8(try reader.u8())) else { throw .misplaced("how photographs are fitted") }
    self.fit = fit
    let count = try reader.u8()
    try Rule.count("the number of heads", count, Self.headCount)
    heads = []
    for _ in 0..<count { heads.append(try Self.head(&reader, outputs)) }
    guard reader.remaining == 0 else { throw .bytesLeftOver(reader.remaining) }
  }

  private static func head(_ reader: inout ByteReader, _ outputs: [BlobTensor]) throws(BlobFault) -> Head {
    let output = try reader.u8()
    try Rule.count("the output of a head", output, 0...outputs.count - 1)
    guard let kind = Head.Kind(rawValue: UInt8(try reader.u8())) else { throw .misplaced("the kind of a head") }
    let flags = try reader.u8()
    guard flags < 8 else { throw .reserved }
    let anchors = try reader.u8()
    try Rule.count("the number of anchors", anchors, anchorCount)
    let (classes, width, height) = (try reader.u16(), try reader.u16(), try reader.u16())
    for size in [width, height] { try Rule.count("a size of the input", size, pixels) }
    let scale = try positive(&reader, "the scale of centres")
    var head = Head(
      output: output, kind: kind, hasNewCoordinates: flags & 1 != 0, hasSoftmax: flags & 2 != 0, anchors: [],
      classCount: classes, inputWidth: width, inputHeight: height, scaleXY: scale)
    for _ in 0..<anchors {
      let width = try positive(&reader, "an anchor")
      head.anchors.append(Head.Anchor(width: width, height: try positive(&reader, "an anchor")))
    }
    if flags & 4 != 0 { head.countedClasses = try counted(&reader, classes: classes) }
    let shape = outputs[output].shape
    guard shape.count == 3, shape[0] == anchors * (5 + classes) else { throw .misplaced("a head of another output") }
    return head
  }

  private static func counted(_ reader: inout ByteReader, classes: Int) throws(BlobFault) -> [Int] {
    var counted: [Int] = []
    for byte in 0..<(classes + 7) / 8 {
      let bits = try reader.u8()
      counted += (0..<8).filter { bits >> $0 & 1 != 0 }.map { 8 * byte + $0 }
    }
    guard let last = counted.last, last < classes else { throw .misplaced("the classes that count") }
    return counted
  }

  private static func positive(_ reader: inout ByteReader, _ field: String) throws(BlobFault) -> Float {
    let value = try reader.f32(field)
    guard value > 0 else { throw .misplaced(field + " that is not above 0") }
    return value
  }
}

extension BlobModel {
  /// How the outputs are read as boxes; nil where the blob does not say it.
  ///
  /// - Throws: ``BlobError/invalid(_:_:)`` for a section that is malformed, or there twice.
  public func heads() throws(BlobError) -> BlobHeads? {
    try soleSection(BlobFormat.headsKind) { (bytes) throws(BlobFault) in try BlobHeads(bytes, of: outputs) }
  }
}

/// How positions of survivors are coded. Formats/Blob.md, "Lanes".
public enum MaskKind: UInt8, Sendable, CaseIterable {
  /// Every position has a weight.
  case none = 0
  case gaps = 1
  case bitmap = 2
}

/// Which mask a layer gets.
public enum MaskPolicy: Equatable, Sendable {
  /// The one that makes the smallest file.
  case smallest
  /// This one for every layer; `.none` only for layers without zeros.
  case always(MaskKind)
}

/// What a writer may use.
public struct CodingOptions: Equatable, Sendable {
  /// Longest code word of a gap, in bits, 1...12.
  public var gapLimit: Int
  /// Longest code word of a value, in bits, 1...12; exceeded where the levels in use need more.
  public var codeLimit: Int
  /// Values of K that are tried for gaps, within 1...255.
  public var jumps: ClosedRange<Int>
  /// Bits charged for each jump when K and the mask are chosen: 0 makes the smallest file; with
  /// 0.05 or so there are far fewer jumps, and a decoder is faster, for less than 1 % of size.
  public var jumpCharge: Double
  public var mask: MaskPolicy

  public init(
    gapLimit: Int = 12, codeLimit: Int = 12, jumps: ClosedRange<Int> = 1...255,
    jumpCharge: Double = 0, mask: MaskPolicy = .smallest
  ) {
    precondition((1...12).contains(gapLimit) && (1...12).contains(codeLimit))
    precondition(jumps.lowerBound >= 1 && jumps.upperBound <= 255)
    precondition(jumpCharge >= 0)
    self.gapLimit = gapLimit
    self.codeLimit = codeLimit
    self.jumps = jumps
    self.jumpCharge = jumpCharge
    self.mask = mask
  }
}

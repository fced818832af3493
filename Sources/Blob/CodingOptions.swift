/// Which mask a layer gets.
public enum MaskPolicy: Equatable, Sendable {
  /// The one that makes the smallest file.
  case smallest
  /// This one for every layer: `.none` only for layers without zeros, `.joint` only for those with
  /// a table.
  case always(MaskKind)
}

/// What a writer may use.
public struct CodingOptions: Equatable, Sendable {
  /// What a blob is to be best at.
  public enum Profile: String, Sendable, Codable, CaseIterable {
    /// The fewest bytes.
    case size
    /// Words that small tables hold: gaps to 8 bits, codes to 6, and few jumps.
    case short
    /// The fastest to decode: gaps to 8 bits, by one alphabet for all layers where that costs them
    /// little; all codes of one length, 4 bits for 9 to 16 levels. A layer whose number of levels is no power of two gets copies of its last.
    case flat
  }

  /// Longest code word of a gap, in bits, 1...12.
  public var gapLimit: Int
  /// Longest code word of a value, in bits, 1...12; exceeded where the levels in use need more.
  public var codeLimit: Int
  /// Values of K that are tried for gaps, within 1...255.
  public var jumps: ClosedRange<Int>
  /// Bits charged for each jump among gaps when K and the mask are chosen: 0 makes the smallest
  /// file; with 0.05 or so there are far fewer jumps, and a decoder is faster, for less than 1 % of
  /// size.
  public var jumpCharge: Double
  /// Bits charged for each gap of more than 8 bits, which a runtime finds several times slower than
  /// shorter ones; a tenth costs a few bytes a network.
  public var longCharge: Double
  /// Bits charged for each joint symbol of more than 8 bits and for each jump among them, which are
  /// as slow; with a quarter, joint symbols are taken only where they win clearly.
  public var jointCharge: Double
  public var mask: MaskPolicy
  /// Whether all codes of a table have words of one length.
  public var hasFlatCodes: Bool
  /// Whether joint symbols may be chosen where they are smallest: up to 256 words of up to 12 bits.
  public var allowsJoint: Bool
  /// Whether codes may have alphabets of their own beside negative and beside other survivors.
  public var allowsNeighbours: Bool
  /// Whether rows may be of two classes, each with gaps of its own.
  public var allowsRowClasses: Bool
  /// Whether layers share one alphabet of gaps where that costs them little, so that a runtime builds
  /// one look-up table for all.
  public var sharesGaps: Bool
  /// Where the weights of an exact layer may be the bytes that they are, which need no decoder: by so much of
  /// the layer's smallest coding they may take more, 0 or above.
  public var plainBytesShare: Double
  /// Whether layers that may be are written by columns, which takes more bytes and is faster where many inputs are
  /// zero; with flat codes only.
  public var takesColumns: Bool
  /// Whether layers that may be are written as indices: a byte and a half for each survivor, which takes more bytes and is
  /// the fastest.
  public var takesIndexed: Bool

  public init(
    gapLimit: Int = 12, codeLimit: Int = 12, jumps: ClosedRange<Int> = 1...255,
    jumpCharge: Double = 0, longCharge: Double = 0, jointCharge: Double = 0,
    mask: MaskPolicy = .smallest, hasFlatCodes: Bool = false, allowsJoint: Bool = true,
    allowsNeighbours: Bool = true, allowsRowClasses: Bool = true,
    sharesGaps: Bool = false, plainBytesShare: Double = 0, takesColumns: Bool = false,
    takesIndexed: Bool = false
  ) {
    precondition((1...12).contains(gapLimit) && (1...12).contains(codeLimit))
    precondition(jumps.lowerBound >= 1 && jumps.upperBound <= 255)
    precondition(plainBytesShare >= 0)
    precondition(jumpCharge >= 0 && longCharge >= 0 && jointCharge >= 0)
    self.gapLimit = gapLimit
    self.codeLimit = codeLimit
    self.jumps = jumps
    self.jumpCharge = jumpCharge
    self.longCharge = longCharge
    self.jointCharge = jointCharge
    self.mask = mask
    self.hasFlatCodes = hasFlatCodes
    self.allowsJoint = allowsJoint
    self.allowsNeighbours = allowsNeighbours
    self.allowsRowClasses = allowsRowClasses
    self.sharesGaps = sharesGaps
    self.plainBytesShare = plainBytesShare
    (self.takesColumns, self.takesIndexed) = (takesColumns, takesIndexed)
  }

  public init(_ profile: Profile) {
    switch profile {
    case .size: self.init()
    case .short:
      self.init(
        gapLimit: 8, codeLimit: 6, jumpCharge: 0.25, allowsJoint: false, allowsNeighbours: false,
        allowsRowClasses: false)
    case .flat:
      self.init(
        gapLimit: 8, jumpCharge: 2.5, hasFlatCodes: true, allowsJoint: false,
        allowsNeighbours: false, allowsRowClasses: false, sharesGaps: true, plainBytesShare: .infinity)
    }
  }
}

/// What a blob says, with numbers as values: everything but how they are coded.
///
/// `BlobWriter` makes bytes of it, `BlobReader` makes it of bytes. Formats/Blob.md says what each
/// field means; the names here are the names there. Nothing is checked before it is written: see
/// ``check()``.
public struct BlobModel: Equatable, Sendable {
  /// Bytes of activations: a multiple of 4, at most 2^30.
  public var arenaBytes: Int
  /// What is kept from one run to the next; at most 255, one behind another from the arena's first word on.
  public var states: [BlobState]
  /// 1...255.
  public var inputs: [BlobInput]
  /// 1...255.
  public var outputs: [BlobTensor]
  /// 1...65535, run in this order.
  public var steps: [BlobStep]
  /// What a reader may ignore: see ``provenance()``, ``selfTest()`` and ``names()``.
  public var ancillary: [BlobAncillary]

  public init(
    arenaBytes: Int, states: [BlobState] = [], inputs: [BlobInput], outputs: [BlobTensor], steps: [BlobStep],
    ancillary: [BlobAncillary] = []
  ) {
    self.arenaBytes = arenaBytes
    self.states = states
    self.inputs = inputs
    self.outputs = outputs
    self.steps = steps
    self.ancillary = ancillary
  }
}

/// Where a tensor of one sample lies in the arena, and its sizes, row-major.
public struct BlobTensor: Equatable, Sendable {
  /// In words of 4 bytes.
  public var place: Int
  /// 0...6 sizes, each 1...2^24 - 1; no sizes for a single number.
  public var shape: [Int]
  public var type: BlobElementType
  /// What an integer element of 1 stands for: above 0; 1 for float32 and int32.
  public var scale: Float
  /// The element that stands for zero: one of ``BlobElementType/zeroPoints``.
  public var zeroPoint: Int

  public init(
    place: Int, shape: [Int], type: BlobElementType = .float32, scale: Float = 1, zeroPoint: Int = 0
  ) {
    self.place = place
    self.shape = shape
    self.type = type
    (self.scale, self.zeroPoint) = (scale, zeroPoint)
  }

  /// Elements; 0 where the product has no meaning because it overflows.
  public var count: Int { shape.checkedProduct ?? 0 }
}

/// What the elements of a tensor are. A byte q stands for scale x (q - zero point).
public enum BlobElementType: UInt8, Sendable, CaseIterable {
  case float32 = 0
  case uint8 = 1
  case int8 = 2
  /// Of outputs alone: numbers of places.
  case int32 = 5

  /// Whether an element takes a word and stands for itself; else a byte, which has a scale.
  public var isOfWords: Bool { self == .float32 || self == .int32 }

  /// What a zero point may be.
  var zeroPoints: ClosedRange<Int> {
    switch self {
    case .float32, .int32: 0...0
    case .uint8: 0...255
    case .int8: -128...127
    }
  }
}

/// A tensor that the caller fills, and how samples are made ready for it.
public struct BlobInput: Equatable, Sendable {
  public var tensor: BlobTensor
  public var transform: BlobTransform

  public init(tensor: BlobTensor, transform: BlobTransform = BlobTransform()) {
    self.tensor = tensor
    self.transform = transform
  }
}

/// What the maker of the samples does before they are given to the network: (raw - mean) x scale.
public struct BlobTransform: Codable, Equatable, Sendable {
  public enum Layout: UInt8, Codable, Sendable, CaseIterable {
    case asItComes = 0
    /// The network takes [channels, height, width], and so do images come.
    case channelsFirst = 1
    /// The network takes [channels, height, width]; images come as [height, width, channels].
    case channelsLast = 2
  }

  public var layout: Layout
  /// None (meaning 1), one, or one a channel; as many as `means`.
  public var scales: [Float]
  /// None (meaning 0), one, or one a channel; as many as `scales`.
  public var means: [Float]

  public init(layout: Layout = .asItComes, scales: [Float] = [], means: [Float] = []) {
    self.layout = layout
    self.scales = scales
    self.means = means
  }
}

/// A section that readers check and otherwise ignore.
public struct BlobAncillary: Equatable, Sendable {
  /// 128...255.
  public var kind: UInt8
  public var bytes: [UInt8]

  public init(kind: UInt8, bytes: [UInt8]) {
    self.kind = kind
    self.bytes = bytes
  }

  /// Bytes that a file has more with it: its own, and its entry in the section table.
  public var fileBytes: Int { bytes.count + BlobFormat.sectionEntryBytes }
}

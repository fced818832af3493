/// [channels, inner] to [channels]: the mean of each channel.
public struct BlobGlobalAveragePool: Equatable, Sendable {
  public var x, y: Int
  public var channels, inner: Int

  public init(x: Int, y: Int, channels: Int, inner: Int) {
    (self.x, self.y, self.channels, self.inner) = (x, y, channels, inner)
  }
}

extension BlobGlobalAveragePool: StepFields {
  static let opcode: UInt8 = 8
  static let name = "global-average-pool"
  static let sizes = "[channels,inner] to [channels]"

  init() { self.init(x: 0, y: 0, channels: 1, inner: 1) }

  mutating func code<Coder: StepCoder>(_ coder: inout Coder) throws(Coder.Failure) {
    try coder.fields(
      &self,
      [
        .plain("x", \.x), .plain("y", \.y), .plain("channels", \.channels),
        .plain("inner", \.inner),
      ])
    try coder.operands([.reads("x", x, [channels, inner]), .writes(y, [channels])])
  }
}

/// The integer form: sums are rescaled, which divides them too.
public struct BlobIntegerGlobalAveragePool: Equatable, Sendable {
  public var pool: BlobGlobalAveragePool
  public var rescale: BlobRescale

  public init(_ pool: BlobGlobalAveragePool, rescale: BlobRescale) {
    (self.pool, self.rescale) = (pool, rescale)
  }
}

extension BlobIntegerGlobalAveragePool: IntegerStepFields {
  static let opcode = BlobGlobalAveragePool.opcode
  static let name = BlobGlobalAveragePool.name
  static let sizes = BlobGlobalAveragePool.sizes
  var types: StepTypes { StepTypes() }

  init() { self.init(BlobGlobalAveragePool(), rescale: .blank) }

  mutating func code<Coder: StepCoder>(_ coder: inout Coder) throws(Coder.Failure) {
    try pool.code(&coder)
    try rescale.code(&coder)
  }
}

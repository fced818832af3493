/// [count, rows, inner] times [count, inner, columns], matrix by matrix.
public struct BlobMatrixProduct: Equatable, Sendable {
  public var a, b, y: Int
  public var count, rows, inner, columns: Int

  public init(a: Int, b: Int, y: Int, count: Int, rows: Int, inner: Int, columns: Int) {
    (self.a, self.b, self.y) = (a, b, y)
    (self.count, self.rows, self.inner, self.columns) = (count, rows, inner, columns)
  }
}

extension BlobMatrixProduct: StepFields {
  static let opcode: UInt8 = 19
  static let name = "matrix-product"
  static let sizes = "[count,rows,inner] and [count,inner,columns] to [count,rows,columns]"

  init() { self.init(a: 0, b: 0, y: 0, count: 1, rows: 1, inner: 1, columns: 1) }

  mutating func code<Coder: StepCoder>(_ coder: inout Coder) throws(Coder.Failure) {
    try coder.fields(
      &self,
      [
        .plain("a", \.a), .plain("b", \.b), .plain("y", \.y), .plain("count", \.count), .plain("rows", \.rows),
        .plain("inner", \.inner), .plain("columns", \.columns),
      ])
    try coder.operands([
      .writes(y, [count, rows, columns]), .reads("a", a, [count, rows, inner]),
      .reads("b", b, [count, inner, columns]),
    ])
  }
}

/// The integer form: sums are rescaled.
public struct BlobIntegerMatrixProduct: Equatable, Sendable {
  public var product: BlobMatrixProduct
  public var rescale: BlobRescale

  public init(_ product: BlobMatrixProduct, rescale: BlobRescale) {
    (self.product, self.rescale) = (product, rescale)
  }
}

extension BlobIntegerMatrixProduct: IntegerStepFields {
  static let opcode = BlobMatrixProduct.opcode
  static let name = BlobMatrixProduct.name
  static let sizes = BlobMatrixProduct.sizes
  var types: StepTypes { StepTypes(hasB: true) }

  init() { self.init(BlobMatrixProduct(), rescale: .blank) }

  mutating func code<Coder: StepCoder>(_ coder: inout Coder) throws(Coder.Failure) {
    try product.code(&coder)
    try rescale.code(&coder)
  }
}

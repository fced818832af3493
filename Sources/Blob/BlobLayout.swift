// Where a blob's lanes lie in its banks: what memory images and maps are made of.

/// The memory images of a blob, and which lane is where in them. Formats/Blob.md, "Banks".
public struct BlobLayout: Equatable, Sendable {
  public struct Lane: Equatable, Sendable {
    /// The step whose layer it is of.
    public let step: Int
    /// Its number in its layer.
    public let number: Int
    public let firstRow: Int
    public let rows: Int
    public let survivors: Int
    public let bank: Int
    /// In bytes, within the bank.
    public let offset: Int
    public let bits: Int
    /// Bytes that the lane asks its bank to end in.
    public let pad: Int

    public var bytes: Int { (bits + 7) / 8 }
  }

  public struct Bank: Equatable, Sendable {
    /// Of the file.
    public let range: Range<Int>
    /// Bytes FF at its end.
    public let pad: Int
  }

  /// In the order of steps, and within a step of rows.
  public let lanes: [Lane]
  public let banks: [Bank]

  /// Bytes before the first bank: header, section table, plan and parameters.
  public var controlBytes: Int { banks[0].range.lowerBound }

  /// - Throws: ``BlobError`` for bytes that are no blob.
  public init(_ bytes: [UInt8]) throws(BlobError) { self.init(try DecodedBlob(bytes)) }

  /// The layout of a file that is read already.
  public init(_ blob: DecodedBlob) {
    banks = zip(blob.sections.banks, blob.anatomy.pads).map { Bank(range: $0, pad: $1) }
    lanes = blob.anatomy.layers.flatMap { layer in
      blob.model.steps[layer.step].weights.map { Self.lanes(of: $0, layer) } ?? []
    }
  }

  private static func lanes(of weights: BlobWeights, _ layer: LayerAnatomy) -> [Lane] {
    let pad = layer.pad(rows: weights.rows, columns: weights.columns)
    var row = 0
    return zip(LaneSurvivors.all(of: weights), layer.lanes).enumerated().map { number, pair in
      let (part, entry) = pair
      defer { row += entry.rows }
      return Lane(
        step: layer.step, number: number, firstRow: row, rows: entry.rows,
        survivors: part.survivors.count, bank: entry.bank, offset: entry.offset, bits: entry.bits,
        pad: entry.bits > 0 ? pad : 0)
    }
  }
}

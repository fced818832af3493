import Blob
import Die
import Planning
import Tensors
import Testing

struct StepWorkTests {
  private static func layer(_ rows: Int, _ columns: Int, density: Float, _ precision: StoredNumbers.Precision, scaling: BlobScaling? = nil)
    -> BlobWeights
  {
    var generator = SeededGenerator(seed: 8)
    let positions = (0..<rows * columns).filter { _ in generator.nextFloat() < density }
    let table = StoredNumbers((0..<16).map { Float(2 * $0 - 15) }, precision: precision)
    let codes = SparseMatrix(
      rows: rows, columns: columns, positions: positions,
      values: positions.map { _ in UInt8(16 * generator.nextFloat() * generator.nextFloat()) })
    return BlobWeights(.table(table, codes: codes), scaling: scaling)
  }

  /// The work of a model's first step.
  private func work(_ model: BlobModel, _ options: CodingOptions) throws -> (counts: [InstructionCosts.Work: Double], layer: BlobLedger.Layer) {
    let blob = try DecodedBlob(BlobWriter.bytes(for: model, options: options))
    let layer = try #require(BlobLedger(blob).layers.first)
    return (StepWork(blob.model.steps[0], layer, on: .cortexM4F).counts, layer)
  }

  private func dense(_ options: CodingOptions) throws -> (counts: [InstructionCosts.Work: Double], layer: BlobLedger.Layer) {
    let scaling = BlobScaling(shift: 2, exponent: 15, multipliers: [30000], biases: nil)
    let weights = Self.layer(40, 400, density: 0.1, .int8(scale: 1), scaling: scaling)
    let step = BlobIntegerStep(
      .dense(BlobIntegerDense(x: 0, y: 100, i: 400, o: 40, weights: weights)), xIsSigned: false, yIsSigned: false)
    func tensor(_ place: Int, _ count: Int) -> BlobTensor { BlobTensor(place: place, shape: [count], type: .uint8, scale: 1) }
    return try work(
      BlobModel(arenaBytes: 440, inputs: [BlobInput(tensor: tensor(0, 400))], outputs: [tensor(100, 40)], steps: [.integer(step)]),
      options)
  }

  @Test func aLayerIsDecodedByTheLoopOfItsCoding() throws {
    let gaps = try dense(CodingOptions(mask: .always(.gaps), allowsNeighbours: false))
    let survivors = Double(gaps.layer.survivors)
    #expect(gaps.counts[.gaps] == survivors && gaps.counts[.row] == 40 && gaps.counts[.beside] == nil)
    #expect(gaps.counts[.gapSymbol] == Double(gaps.layer.stream.outside(tableBits: 8)))
    #expect(gaps.counts[.longWord] == Double(gaps.layer.stream.long(tableBits: 8)))
    let flat = try dense(CodingOptions(.flat))
    #expect(flat.counts[.flat] == survivors && flat.counts[.flatRow] == 40 && flat.counts[.row] == nil)
    #expect(flat.counts[.flatJump] == Double(flat.layer.stream.jumps) && flat.counts[.gapSymbol] == nil)
    let joint = try dense(CodingOptions(mask: .always(.joint)))
    #expect(joint.counts[.joint] == survivors && joint.counts[.jointJump] == Double(joint.layer.stream.jumps))
    #expect(joint.layer.stream.jumps > 0)
    let bitmap = try dense(CodingOptions(mask: .always(.bitmap)))
    #expect(bitmap.counts[.bitmap] == survivors && bitmap.counts[.gapSymbol] == nil)
  }

  /// Of a plane of 8 x 8 with a border 6 x 6 windows are whole: a strip of each of 8 rows, of eight sums, two of them twice, and
  /// in each of the two columns at the edge a strip of eight and two single ones. So 84 sums have the tap in the middle, 74 each of
  /// those beside it and 65 each of the corners.
  @Test(arguments: [true, false])
  func productsOutsideTheImageAreNotCountedAndThoseComputedTwiceAre(isPadded: Bool) throws {
    let side = isPadded ? 8 : 10
    let convolution = BlobConvolution<BlobActivation>(
      x: 0, y: side * side, c: 1, h: side, w: side, o: 1, oh: 8, ow: 8, kh: 3, kw: 3, top: isPadded ? 1 : 0, left: isPadded ? 1 : 0,
      finish: .none, weights: Self.layer(1, 9, density: 2, .float16))
    let model = BlobModel(
      arenaBytes: 4 * (side * side + 64), inputs: [BlobInput(tensor: BlobTensor(place: 0, shape: [1, side, side]))],
      outputs: [BlobTensor(place: side * side, shape: [1, 8, 8])], steps: [.convolution(convolution)])
    let counts = try work(model, CodingOptions()).counts
    #expect(counts[.floatOutput] == (isPadded ? 84.0 : 64.0))
    #expect(counts[.floatSweep] == (isPadded ? 640.0 : 576.0))
  }
}

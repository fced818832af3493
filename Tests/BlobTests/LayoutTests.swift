import Blob
import Testing

@Suite struct LayoutTests {
  private func model() -> BlobModel {
    var samples = SampleLayers(seed: 31)
    return SampleLayers.model([
      samples.layer(
        rows: 10, columns: 20, density: 0.3,
        lanes: [BlobLane(rows: 4, bank: 1), BlobLane(rows: 6, bank: 0)]),
      samples.layer(rows: 5, columns: 10, density: 0.5, lanes: [BlobLane(rows: 5, bank: 1)]),
    ])
  }

  @Test func lanesAreWhereThePlanSays() throws {
    let model = model()
    let layout = try BlobLayout(try BlobWriter.bytes(for: model))
    #expect(layout.lanes.map(\.step) == [0, 0, 1])
    #expect(layout.lanes.map(\.number) == [0, 1, 0])
    #expect(layout.lanes.map(\.bank) == [1, 0, 1])
    #expect(layout.lanes.map(\.firstRow) == [0, 4, 0])
    #expect(layout.lanes.map(\.rows) == [4, 6, 5])
    #expect(
      layout.lanes.reduce(0) { $0 + $1.survivors }
        == model.steps.reduce(0) { $0 + ($1.weights?.positions.count ?? 0) })
  }

  @Test func banksEndInTheLargestPadOfTheirLanes() throws {
    let bytes = try BlobWriter.bytes(for: model())
    let layout = try BlobLayout(bytes)
    #expect(layout.banks.count == 2 && layout.banks[1].range.upperBound == bytes.count)
    for (index, bank) in layout.banks.enumerated() {
      let lanes = layout.lanes.filter { $0.bank == index }
      #expect(bank.pad == lanes.map(\.pad).max())
      #expect(bank.range.count == lanes.reduce(0) { $0 + $1.bytes } + bank.pad)
    }
  }

  @Test func theArenaOfAChainNeedsItsLargestPair() {
    // 20 words to 10 to 5, each at a place of its own: 20 + 10 are needed at once.
    var samples = SampleLayers(seed: 33)
    let model = BlobModel(
      arenaBytes: 4 * 35, inputs: [BlobInput(tensor: BlobTensor(place: 0, shape: [20]))],
      outputs: [BlobTensor(place: 30, shape: [5])],
      steps: [
        .dense(
          BlobDense(
            x: 0, y: 20, i: 20, o: 10,
            weights: samples.layer(rows: 10, columns: 20, density: 0.3))),
        .dense(
          BlobDense(
            x: 20, y: 30, i: 10, o: 5, weights: samples.layer(rows: 5, columns: 10, density: 0.3))),
      ])
    #expect(model.arenaNeed == ArenaNeed(words: 30, step: 0))
  }

  @Test func whatWaitsForALaterStepIsNeededMeanwhile() {
    var samples = SampleLayers(seed: 32)
    let weights = samples.layer(rows: 8, columns: 8, density: 0.5)
    // x is read again at the end: while the second layer runs there are x, its input and output.
    let model = BlobModel(
      arenaBytes: 4 * 24, inputs: [BlobInput(tensor: BlobTensor(place: 0, shape: [8]))],
      outputs: [BlobTensor(place: 16, shape: [8])],
      steps: [
        .dense(BlobDense(x: 0, y: 8, i: 8, o: 8, weights: weights)),
        .dense(BlobDense(x: 8, y: 16, i: 8, o: 8, weights: weights)),
        .binary(BlobBinary(BlobFloatFormula(.add), a: 16, b: 0, y: 16, sizes: [8])),
      ])
    #expect(model.arenaNeed == ArenaNeed(words: 24, step: 1))
  }
}

import Blob
import Tensors
import Testing

/// Models that cannot become blobs: the writer says why instead of writing.
@Suite struct CheckTests {
  private var sound: BlobModel {
    var samples = SampleLayers(seed: 30)
    return SampleLayers.model([samples.layer(rows: 6, columns: 8, density: 0.5, levels: 4)])
  }

  private func refusal(_ edit: (inout BlobModel) -> Void) -> BlobError? {
    var model = sound
    edit(&model)
    do throws(BlobError) {
      _ = try BlobWriter.bytes(for: model)
      return nil
    } catch {
      return error
    }
  }

  private func weightsRefusal(_ edit: (inout BlobWeights) -> Void) -> BlobFault? {
    let error = refusal { model in
      guard case .dense(var step) = model.steps[0] else { return }
      edit(&step.weights)
      model.steps[0] = .dense(step)
    }
    guard case .invalid(.step(0), let fault) = error else { return nil }
    return fault
  }

  @Test func aSoundModelIsWritten() {
    #expect(refusal { _ in } == nil)
  }

  @Test func headersAreChecked() {
    #expect(
      refusal { $0.arenaBytes = 58 }
        == .invalid(.header, .range("arena bytes modulo 4", 2, allowed: 0...0)))
    #expect(
      refusal { $0.inputs = [] }
        == .invalid(.header, .range("the number of inputs", 0, allowed: 1...255)))
    #expect(
      refusal { $0.steps = [] }
        == .invalid(.header, .range("the number of steps", 0, allowed: 1...65535)))
    #expect(
      refusal { $0.ancillary = [BlobAncillary(kind: 5, bytes: [])] }
        == .invalid(.ancillary(0), .range("the kind", 5, allowed: 128...255)))
    let many = (0..<62).map { _ in BlobAncillary(kind: 200, bytes: []) }
    #expect(
      refusal { $0.ancillary = many }
        == .invalid(.header, .range("the number of sections", 65, allowed: 3...64)))
  }

  @Test func tensorsMustLieInTheArena() {
    #expect(
      refusal { $0.outputs[0].place = 9 }
        == .invalid(.output(0), .outsideArena("the tensor", end: 15, words: 14)))
    #expect(
      refusal { $0.outputs[0].place = -1 }
        == .invalid(.output(0), .outsideArena("the tensor", end: 5, words: 14)))
    #expect(
      refusal { $0.inputs[0].tensor.shape = [.max, .max] }
        == .invalid(.input(0), .range("a size of the tensor", .max, allowed: 1...1 << 24 - 1)))
    #expect(
      refusal { $0.inputs[0].transform = BlobTransform(
        scales: .init(repeating: 1, count: 256), means: .init(repeating: 0, count: 256)) }
        == .invalid(.input(0), .range("the number of scales", 256, allowed: 0...255)))
    #expect(
      refusal { $0.inputs[0].transform = BlobTransform(scales: [1]) }
        == .invalid(.input(0), .listLength("the means", 0, expected: 1)))
  }

  @Test func weightsMustFitTheLayer() {
    #expect(weightsRefusal { $0.change(rows: 5) } == .listLength("the weights' rows", 5, expected: 6))
    #expect(
      weightsRefusal { $0.change(columns: 9) } == .listLength("the weights' columns", 9, expected: 8))
    #expect(weightsRefusal { $0.change { $0[1] = $0[0] } } == .positions(at: 1))
    #expect(weightsRefusal { $0.change { $0[0] = -1 } } == .positions(at: 0))
    let last = sound.steps[0].weights.map { $0.positions.count - 1 } ?? 0
    #expect(weightsRefusal { $0.change { $0[last] = 48 } } == .positions(at: last))
    #expect(
      weightsRefusal { $0.change { $0.removeLast() } }
        == .listLength("the weights' values", last + 1, expected: last))
    #expect(
      weightsRefusal { $0.biases = StoredNumbers([1, 2]) }
        == .listLength("the biases", 2, expected: 6))
  }

  @Test func valuesMustBeInTheTable() {
    #expect(
      weightsRefusal { weights in
        guard case .table(let table, var codes) = weights.values else { return }
        codes.values[3] = 4
        weights.values = .table(table, codes: codes)
      } == .code(4, levels: 4))
    #expect(
      weightsRefusal { $0.values = .table(.absent, codes: $0.levelled.with($0.positions.map { _ in 0 })) }
        == .numbersMissing("the table"))
    #expect(
      weightsRefusal { $0.values = .raw($0.levelled.with($0.positions.map { _ in .nan })) }
        == .notFinite("a weight"))
  }

  @Test func lanesMustHoldTheRows() {
    #expect(weightsRefusal { $0.lanes = [BlobLane(rows: 5)] } == .laneRows(sum: 5, rows: 6))
    #expect(
      weightsRefusal { $0.lanes = [BlobLane(rows: 7), BlobLane(rows: -1)] }
        == .range("the rows of a lane", 7, allowed: 0...6))
    #expect(
      weightsRefusal { $0.lanes = [BlobLane(rows: 6, bank: 62)] }
        == .range("a lane's bank", 62, allowed: 0...61))
    #expect(weightsRefusal { $0.lanes = [] } == .range("the number of lanes", 0, allowed: 1...255))
  }

}

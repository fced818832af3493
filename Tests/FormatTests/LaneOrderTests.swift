import Blob
import EntropyCoding
import Tensors
import Testing

/// Each lane decodable by itself: the plan's lanes are put in another order, their bits left where
/// they are, and both readers find the same rows in that other order.
@Suite struct LaneOrderTests {
  private static let rows = [7, 1, 12, 0, 9, 3, 9]
  private static let columns = 150

  private func model(density: Float) -> BlobModel {
    var builder = PlanBuilder(seed: 91)
    let x = builder.input(Self.columns)
    var weights = builder.weights(
      Self.rows.reduce(0, +), Self.columns, density: density,
      lanes: Self.rows.enumerated().map { BlobLane(rows: $1, bank: $0 % 3) })
    weights.biases = .absent
    let y = builder.dense(x, weights)
    return builder.model(outputs: [y])
  }

  private func varint(_ value: Int) -> [UInt8] {
    value < 128 ? [UInt8(value)] : [UInt8(value & 127 | 128)] + varint(value >> 7)
  }

  private func entry(_ lane: BlobLayout.Lane) -> [UInt8] {
    [lane.bank, lane.offset, lane.bits, lane.rows].flatMap(varint)
  }

  /// The blob with its only layer's lanes in another order; they are the last of the plan.
  private func permuted(_ bytes: [UInt8], _ order: [Int]) throws -> [UInt8] {
    let lanes = try BlobLayout(bytes).lanes
    let count = Int(bytes[6])
    let plan = 20 + 12 * count
    let planBytes = (0..<4).reduce(0) { $0 | Int(bytes[24 + $1]) << (8 * $1) }
    let old = lanes.flatMap(entry)
    let range = plan + planBytes - old.count..<plan + planBytes
    try #require(Array(bytes[range]) == old)
    var changed = bytes
    changed.replaceSubrange(range, with: order.flatMap { entry(lanes[$0]) })
    return Mutation.reseal(changed)
  }

  private func blocks<Element>(_ values: [Element], of size: Int) -> [[Element]] {
    var start = 0
    return Self.rows.map { rows in
      defer { start += rows * size }
      return Array(values[start..<start + rows * size])
    }
  }

  private func weights(_ model: BlobModel) throws -> BlobWeights {
    try #require(model.steps.first?.weights)
  }

  @Test(
    arguments: [
      (MaskPolicy.always(.gaps), true), (.always(.gaps), false), (.always(.bitmap), false),
      (.always(.joint), false), (.always(.none), false),
    ])
  func lanesAreDecodedApartInAnyOrder(mask: MaskPolicy, hasNeighbours: Bool) throws {
    let density: Float = mask == .always(.none) ? 2 : 0.2
    let options = CodingOptions(mask: mask, allowsNeighbours: hasNeighbours)
    let bytes = try BlobWriter.bytes(for: model(density: density), options: options)
    let plain = blocks(try weights(BlobReader.read(bytes)).levelled.dense(), of: Self.columns)
    var generator = SeededGenerator(seed: 92)
    let input = (0..<Self.columns).map { _ in generator.nextNormal() }
    let (status, outputs) = RuntimeSession(bytes).run([input])
    try #require(status == 0)
    let answers = blocks(outputs[0], of: 1)
    for _ in 0..<12 {
      let order = Self.rows.indices.shuffled(using: &generator)
      let changed = try permuted(bytes, order)
      #expect(try weights(BlobReader.read(changed)).levelled.dense() == order.flatMap { plain[$0] })
      let (status, outputs) = RuntimeSession(changed).run([input])
      #expect(status == 0)
      #expect(outputs.first == order.flatMap { answers[$0] }, "\(order)")
    }
  }
}

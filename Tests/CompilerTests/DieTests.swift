import Blob
import Compiler
import Delivery
import Die
import Edge
import Foundation
import Planning
import Tensors
import Testing

/// Small dies and networks whose figures can be worked out by hand.
enum SmallDie {
  static func target(
    lanes: Int = 1, banks: Int = 1, bytes: Int = 1 << 20, side: Int = 1 << 20,
    activationBytes: Int = 1 << 20, kind: TargetProfile.ParameterMemory.Kind = .banks
  ) -> TargetProfile {
    TargetProfile(
      name: "die", parameters: .init(kind: kind, count: banks, bytes: bytes, width: 32, side: side),
      activationBytes: activationBytes, lanes: lanes, clockHertz: 1000,
      cycles: .init(multiply: 2, survivor: 10, output: 3),
      energy: .init(parameterByte: 8, activationByte: 1, cycle: 4))
  }

  static func layer(_ rows: Int, _ columns: Int, density: Float, seed: UInt64) -> BlobWeights {
    var generator = SeededGenerator(seed: seed)
    let positions = (0..<rows * columns).filter { position in
      // Early rows hold more.
      generator.nextFloat() < density * 2 * (1 - Float(position) / Float(rows * columns))
    }
    return BlobWeights(
      .table(
        StoredNumbers([-1, -0.5, 0.5, 1], precision: .float16),
        codes: SparseMatrix(
          rows: rows, columns: columns, positions: positions, values: positions.map { UInt8($0 * 7 % 4) })))
  }

  /// [40] to [64] to [24].
  static func model() -> BlobModel {
    BlobModel(
      arenaBytes: 4 * 128, inputs: [BlobInput(tensor: BlobTensor(place: 0, shape: [40]))],
      outputs: [BlobTensor(place: 104, shape: [24])],
      steps: [
        .dense(BlobDense(x: 0, y: 40, i: 40, o: 64, weights: layer(64, 40, density: 0.4, seed: 1))),
        .dense(
          BlobDense(x: 40, y: 104, i: 64, o: 24, weights: layer(24, 64, density: 0.3, seed: 2))),
      ])
  }

  /// What the C runtime answers to a ramp.
  static func answers(_ bytes: [UInt8]) throws -> [Float] {
    let runtime = try EdgeRuntime(bytes)
    let input = (0..<40).map { Float($0) / 8 - 2 }
    var output = [Float](repeating: 0, count: 24)
    try input.withUnsafeBytes { input in
      try output.withUnsafeMutableBytes { output in
        try runtime.run(
          inputs: [try #require(input.baseAddress)], outputs: [try #require(output.baseAddress)])
      }
    }
    return output
  }
}

struct DieTests {
  @Test(arguments: [(1, 1), (4, 1), (4, 4), (16, 5), (1, 3), (255, 56)])
  func placingChangesNoAnswer(lanes: Int, banks: Int) throws {
    let model = SmallDie.model()
    let plain = try BlobWriter.bytes(for: model)
    let target = SmallDie.target(lanes: lanes, banks: banks)
    let placed = try Placement.bytes(for: model, on: target, options: CodingOptions())
    let found = try BlobReader.read(placed)
    for (step, expected) in zip(found.steps, model.steps) {
      let weights = try #require(step.weights)
      #expect(weights.survivors == expected.weights?.survivors)
      #expect(weights.lanes.count == min(lanes, weights.rows))
      #expect(weights.lanes.allSatisfy { $0.bank < banks })
    }
    #expect(try SmallDie.answers(placed) == SmallDie.answers(plain))
    #expect(try DieReport.of(DecodedBlob(placed), on: target).fits)
  }

  @Test func oneLaneAndOneBankMakeThePlainBlob() throws {
    let model = SmallDie.model()
    let placed = try Placement.bytes(for: model, on: SmallDie.target(), options: CodingOptions())
    #expect(try placed == BlobWriter.bytes(for: model))
  }

  @Test func lanesCarryEvenWork() throws {
    let target = SmallDie.target(lanes: 4, banks: 4)
    let bytes = try Placement.bytes(for: SmallDie.model(), on: target, options: CodingOptions())
    for step in try DieReport.of(DecodedBlob(bytes), on: target).steps {
      #expect(step.lanes == 4)
      // Equal runs of rows would be 1.7 and more: the first rows hold most survivors.
      #expect(try #require(step.balance) < 1.2, "\(step)")
    }
    let lanes = try BlobLayout(bytes).lanes
    #expect(lanes[0].rows < lanes[3].rows)
    #expect(Set(lanes[..<4].map(\.bank)).count == 4)
  }

  @Test func aLayerLargerThanABankIsCutFurther() throws {
    let model = SmallDie.model()
    let whole = try BlobLayout(try BlobWriter.bytes(for: model))
    let largest = try #require(whole.lanes.map { $0.bytes + $0.pad }.max())
    let target = SmallDie.target(lanes: 1, banks: 4, bytes: largest * 3 / 4 / 4 * 4)
    let bytes = try Placement.bytes(for: model, on: target, options: CodingOptions())
    #expect(try DieReport.of(DecodedBlob(bytes), on: target).fits)
    #expect(try BlobLayout(bytes).lanes.count > 2)
  }

  @Test func theEstimateIsItsFormula() throws {
    let model = SmallDie.model()
    let bytes = try BlobWriter.bytes(for: model)
    let report = try DieReport.of(DecodedBlob(bytes), on: SmallDie.target(), names: ["first"])
    let survivors = model.steps.map { Double($0.weights?.positions.count ?? 0) }
    #expect(report.steps.map(\.name) == ["first", "dense 1"])
    #expect(report.steps.map(\.cycles) == [survivors[0] * 12 + 64 * 3, survivors[1] * 12 + 24 * 3])
    #expect(report.cycles == report.steps[0].cycles + report.steps[1].cycles)
    #expect(report.seconds == report.cycles / 1000)
    let layers = try BlobLedger(bytes).layers
    for (index, outputs) in [64.0, 24.0].enumerated() {
      let expected =
        Double(layers[index].bytes) * 8 + (survivors[index] + outputs) * 4
        + report.steps[index].cycles * 4
      #expect(abs(report.steps[index].nanojoules - expected / 1000) < 1e-9)
    }
    #expect(abs(report.microjoules * 1000 - report.steps.reduce(0) { $0 + $1.nanojoules }) < 1e-9)
  }

  @Test func lanesShareTheTimeAndNotTheEnergy() throws {
    let model = SmallDie.model()
    let one = try DieReport.of(DecodedBlob(BlobWriter.bytes(for: model)), on: SmallDie.target())
    let target = SmallDie.target(lanes: 4, banks: 4)
    let bytes = try Placement.bytes(for: model, on: target, options: CodingOptions())
    let four = try DieReport.of(DecodedBlob(bytes), on: target)
    #expect(four.cycles < one.cycles * 0.28 && four.cycles >= one.cycles / 4)
    #expect(four.microjoules > one.microjoules * 0.99)
    // A bank feeds one lane at a time: four lanes in one bank are no faster than one.
    let narrow = SmallDie.target(lanes: 4, banks: 1)
    let shared = try Placement.bytes(for: model, on: narrow, options: CodingOptions())
    #expect(abs(try DieReport.of(DecodedBlob(shared), on: narrow).cycles - one.cycles) < 1e-6)
  }

  @Test func whatDoesNotFitIsBlamed() throws {
    let bytes = try BlobWriter.bytes(for: SmallDie.model())
    let layout = try BlobLayout(bytes)
    func report(_ target: TargetProfile) throws -> DieReport {
      try DieReport.of(DecodedBlob(bytes), on: target, names: ["first", "second"])
    }
    let bank = layout.banks[0].range.count
    #expect(try report(SmallDie.target(bytes: (bank + 3) / 4 * 4)).fits)
    let small = try report(SmallDie.target(bytes: bank / 8 * 4))
    let shortage = try #require(small.shortages.first)
    #expect(shortage.memory == "parameter banks" && shortage.blame == "first")
    #expect(shortage.missingBytes == bank - bank / 8 * 4)
    #expect(shortage.blameBytes == layout.lanes[0].bytes)
    let control = try report(SmallDie.target(side: layout.controlBytes - 1))
    #expect(control.shortages.map(\.memory) == ["control memory"])
    #expect(control.shortages.map(\.missingBytes) == [1])
    let arena = small.arenaBytes
    #expect(try report(SmallDie.target(activationBytes: arena)).fits)
    let tight = try report(SmallDie.target(activationBytes: arena - 10))
    #expect(tight.shortages.map(\.missingBytes) == [10])
    #expect(
      tight.sentence == "the network does not fit die: 10 bytes too many for its "
        + "activation memory, where first takes 416")
  }

  @Test func flashHoldsProgramAndBlob() throws {
    let bytes = try BlobWriter.bytes(for: SmallDie.model())
    let size = (bytes.count + 100 + 3) / 4 * 4
    func fits(side: Int) throws -> DieReport {
      try DieReport.of(DecodedBlob(bytes), on: SmallDie.target(bytes: size, side: side, kind: .flash))
    }
    #expect(try fits(side: size - bytes.count).fits)
    let report = try fits(side: size - bytes.count + 1)
    #expect(report.shortages.map(\.missingBytes) == [1])
    #expect(report.shortages.map(\.memory) == ["flash"])
  }

  @Test func theReportSaysArenaAndBound() throws {
    let report = try DieReport.of(DecodedBlob(BlobWriter.bytes(for: SmallDie.model())), on: SmallDie.target())
    #expect(report.arenaLowerBound == 4 * (40 + 64))
    #expect(report.text.contains("416 are the least"))
  }
}

/// Layers that are coded each by its bytes and its instructions.
struct LayerChoiceTests {
  private static func choice(
    _ optimization: Optimization, bytes: Int? = nil, instructions: Double? = nil
  ) throws -> (bytes: [UInt8], instructions: Double) {
    let costs = InstructionCosts.cortexM4F
    let choice = try LayerChoice(
      among: LayerChoice.codings.map { (SmallDie.model(), $0) },
      for: LayerDemand(optimization, costs: costs, bytes: bytes, instructions: instructions))
    return (choice.bytes, costs.instructions(of: try DecodedBlob(choice.bytes)))
  }

  @Test func sizeIsTheSmallestAndSpeedTheFastest() throws {
    let (small, balanced, fast) = (
      try Self.choice(.size), try Self.choice(.balanced), try Self.choice(.speed)
    )
    #expect(small.bytes == (try BlobWriter.bytes(for: SmallDie.model())))
    #expect(small.bytes.count < fast.bytes.count && small.instructions > fast.instructions)
    #expect((small.bytes.count...fast.bytes.count).contains(balanced.bytes.count))
    #expect((fast.instructions...small.instructions).contains(balanced.instructions))
    let product = { (found: (bytes: [UInt8], instructions: Double)) in
      Double(found.bytes.count) * found.instructions
    }
    #expect(product(balanced) <= product(small) && product(balanced) <= product(fast))
  }

  @Test(arguments: Optimization.allCases)
  func answersAreTheSame(optimization: Optimization) throws {
    let plain = try SmallDie.answers(BlobWriter.bytes(for: SmallDie.model()))
    #expect(try SmallDie.answers(Self.choice(optimization).bytes) == plain)
  }

  /// A layer of integers, a fifth of whose weights survive.
  private static func dense(
    _ x: Int, _ y: Int, inputs: Int, outputs: Int, levels: Int = 16, isSigned: Bool = false
  ) -> BlobStep {
    var generator = SeededGenerator(seed: 5)
    let positions = (0..<outputs * inputs).filter { _ in generator.nextFloat() < 0.2 }
    let codes = SparseMatrix(
      rows: outputs, columns: inputs, positions: positions, values: positions.map { UInt8($0 * 7 % levels) })
    let table = StoredNumbers((0..<levels).map { Float(2 * $0 - levels + 1) }, precision: .int8(scale: 1))
    let weights = BlobWeights(
      .table(table, codes: codes),
      scaling: BlobScaling(shift: 2, exponent: 15, multipliers: [30000], biases: nil))
    return .integer(
      BlobIntegerStep(
        .dense(BlobIntegerDense(x: x, y: y, i: inputs, o: outputs, weights: weights)), xIsSigned: isSigned,
        yIsSigned: isSigned))
  }

  private static func tensor(_ place: Int, _ count: Int, _ type: BlobElementType = .uint8) -> BlobTensor {
    BlobTensor(place: place, shape: [count], type: type, scale: 1)
  }

  /// [480] to [64].
  private static func integers() -> BlobModel {
    BlobModel(
      arenaBytes: 544, inputs: [BlobInput(tensor: tensor(0, 480))], outputs: [tensor(120, 64)],
      steps: [dense(0, 120, inputs: 480, outputs: 64)])
  }

  @Test func aKernelOfItsOwnIsTakenWhereTheWholeGainsByIt() throws {
    let demand = LayerDemand(.speed, costs: .cortexM4F)
    func masks(_ model: BlobModel) throws -> [MaskKind] {
      let choice = try LayerChoice(among: LayerChoice.codings.map { (model, $0) }, for: demand)
      return try BlobLedger(choice.bytes).layers.map(\.mask)
    }
    let last = Self.dense(120, 280, inputs: 64, outputs: 2)
    let alone = BlobModel(
      arenaBytes: 1124, inputs: [BlobInput(tensor: Self.tensor(120, 64))], outputs: [Self.tensor(280, 2)], steps: [last])
    #expect(try masks(alone) == [.indexed])
    // Behind a layer that is thousands of times as large and has more levels than indices take.
    let behind = BlobModel(
      arenaBytes: 1124, inputs: [BlobInput(tensor: Self.tensor(0, 480))], outputs: [Self.tensor(280, 2)],
      steps: [Self.dense(0, 120, inputs: 480, outputs: 640, levels: 32), last])
    #expect(try !masks(behind).contains(.indexed))
  }

  /// [8, 64, 64] to [16, 64, 64], and of its first `inputs` elements to `outputs`.
  private static func withConvolution(inputs: Int, outputs: Int) -> BlobModel {
    var generator = SeededGenerator(seed: 6)
    let positions = (0..<16 * 72).filter { _ in generator.nextFloat() < 0.2 }
    let codes = SparseMatrix(rows: 16, columns: 72, positions: positions, values: positions.map { UInt8($0 * 7 % 16) })
    let table = StoredNumbers((0..<16).map { Float(2 * $0 - 15) }, precision: .int8(scale: 1))
    let weights = BlobWeights(
      .table(table, codes: codes), scaling: BlobScaling(shift: 2, exponent: 15, multipliers: [30000], biases: nil))
    let convolution = BlobConvolution<BlobResidual?>(
      x: 0, y: 8192, c: 8, h: 64, w: 64, o: 16, oh: 64, ow: 64, kh: 3, kw: 3, top: 1, left: 1, finish: nil, weights: weights)
    return BlobModel(
      arenaBytes: 4 * 24640, inputs: [BlobInput(tensor: tensor(0, 8 * 4096))], outputs: [tensor(24576, outputs, .int8)],
      steps: [
        .integer(BlobIntegerStep(.convolution(convolution), xIsSigned: false, yIsSigned: true)),
        dense(8192, 24576, inputs: inputs, outputs: outputs, isSigned: true),
      ])
  }

  @Test func aSmallDenseLayerIsAConvolutionOfOnePlaceAndALargeOneIsNot() throws {
    for (inputs, outputs, remains) in [(32, 10, false), (4096, 200, true)] {
      let model = Self.withConvolution(inputs: inputs, outputs: outputs)
      let choice = try LayerChoice(
        among: LayerChoice.codings.map { (model, $0) }, for: LayerDemand(.speed, costs: .cortexM4F))
      let isDense =
        if case .integer(let step) = choice.model.steps[1], case .dense = step.form { true } else { false }
      #expect(isDense == remains)
      let input = (0..<8 * 4096).map { UInt8($0 * 31 % 256) }
      let answers = try [choice.bytes, BlobWriter.bytes(for: model)].map { bytes in
        var output = [UInt8](repeating: 0, count: outputs)
        let runtime = try EdgeRuntime(bytes)
        try input.withUnsafeBytes { input in
          try output.withUnsafeMutableBytes { output in
            try runtime.run(inputs: [try #require(input.baseAddress)], outputs: [try #require(output.baseAddress)])
          }
        }
        return output
      }
      #expect(answers[0] == answers[1] && Set(answers[0]).count > 2)
    }
  }

  /// The mask of a layer of which this share of inputs was seen not to be zero; nil: nothing was seen.
  private static func mask(_ optimization: Optimization, nonzero: Double?) throws -> MaskKind? {
    let inputs = nonzero.map { MeasuredInputs(nonzero: [0: $0], samples: 9) }
    let codings = LayerChoice.codings + [LayerChoice.columns]
    let demand = LayerDemand(optimization, costs: .cortexM4F, inputs: inputs)
    let choice = try LayerChoice(among: codings.map { (integers(), $0) }, for: demand)
    let estimate = InstructionEstimate(try DecodedBlob(choice.bytes), .cortexM4F, target: "m4", inputs: inputs)
    let isSaid = estimate.text.contains(
      "1 layers pass over inputs that are zero, 80 % of theirs in 9 calibration samples")
    let mask = try BlobLedger(choice.bytes).layers.first?.mask
    #expect(isSaid == (mask == .columns))
    return mask
  }

  @Test func columnsAreTakenWhereInputsAreZeroAndIndicesElse() throws {
    #expect(try Self.mask(.speed, nonzero: 0.2) == .columns)
    #expect(try Self.mask(.balanced, nonzero: 0.2) == .columns)
    #expect(try Self.mask(.size, nonzero: 0.2) == .gaps)
    #expect(try Self.mask(.speed, nonzero: 1) == .indexed)
    #expect(try Self.mask(.size, nonzero: 1) == .gaps)
  }

  @Test func limitsHoldWhateverTheGoal() throws {
    let (small, fast) = (try Self.choice(.size), try Self.choice(.speed))
    let between = (small.instructions + fast.instructions) / 2
    let met = try Self.choice(.size, instructions: between)
    #expect(met.instructions <= between && met.bytes.count > small.bytes.count)
    #expect(try Self.choice(.speed, bytes: small.bytes.count).bytes == small.bytes)
    // What cannot be met is come as near to as it goes.
    #expect(try Self.choice(.size, instructions: 1).bytes == fast.bytes)
  }
}

import Blob
import Tensors
import Testing

/// Integer steps from model to bytes and back.
@Suite struct IntegerStepTests {
  @Test func everyStepComesBack() throws {
    var samples = SampleIntegerSteps(seed: 50)
    var opcodes = Set<UInt8>()
    for kind in SampleIntegerSteps.kinds {
      for _ in 0..<30 {
        let model = samples.model([kind])
        opcodes.formUnion(model.steps.map(\.opcode))
        try expectReturn(model)
      }
    }
    #expect(opcodes == Set(33...52))
  }

  @Test func randomPlansComeBack() throws {
    for seed in 100..<160 {
      var samples = SampleIntegerSteps(seed: UInt64(seed))
      let kinds = (0..<8).map { _ in
        SampleIntegerSteps.kinds[Int.random(in: SampleIntegerSteps.kinds.indices, using: &samples.generator)]
      }
      try expectReturn(samples.model(kinds), "seed \(seed)")
    }
  }

  private func expectReturn(_ model: BlobModel, _ note: Comment? = nil) throws {
    let bytes = try BlobWriter.bytes(for: model)
    #expect(try BlobReader.read(bytes) == model, note)
    let ledger = try BlobLedger(bytes)
    #expect(ledger.totalBytes == bytes.count, note)
    #expect(ledger.bytes(for: .unused) == 0, note)
  }

  /// One multiplier for all rows, a byte each, two bytes each; biases of 1, 2 and 4 bytes.
  @Test func multipliersAndBiasesTakeTheFewestBytes() throws {
    var samples = SampleIntegerSteps(seed: 51)
    let weights = samples.weights(rows: 4, columns: 9)
    func ledger(_ multipliers: [Int], _ biases: [Int32]?) throws -> BlobLedger {
      var weights = weights
      weights.scaling = BlobScaling(
        shift: 1, exponent: 2, multipliers: multipliers, biases: biases.map { BlobBiases($0) })
      let dense = BlobIntegerDense(x: 0, y: 3, i: 9, o: 4, weights: weights)
      let step = BlobIntegerStep(.dense(dense), xIsSigned: false, yIsSigned: true)
      return try BlobLedger(try BlobWriter.bytes(for: samples.model([.integer(step)], words: 4)))
    }
    for (multipliers, bytes) in [([65535], 0), ([0, 255, 1, 1], 4), ([0, 256, 1, 1], 8)] {
      #expect(try ledger(multipliers, nil).bytes(for: .multipliers) == bytes)
    }
    for (last, bytes) in [
      (127, 4), (-128, 4), (128, 8), (-32768, 8), (32768, 16), (-32769, 16),
    ] as [(Int32, Int)] {
      #expect(try ledger([1], [0, 1, 5, last]).bytes(for: .biases) == bytes)
    }
    #expect(try ledger([1], nil).bytes(for: .biases) == 0)
  }

  @Test func codedBytesCountTheScaling() throws {
    var samples = SampleIntegerSteps(seed: 52)
    var weights = samples.weights(rows: 40, columns: 9)
    weights.scaling = BlobScaling(shift: 1, exponent: 2, multipliers: [1], biases: nil)
    let least = try BlobWriter.codedBytes(of: weights)
    weights.scaling?.multipliers = Array(60000..<60040)
    #expect(try BlobWriter.codedBytes(of: weights) >= least + 80)
  }

  // MARK: What the writer refuses

  private func refusal(
    _ form: BlobIntegerStep.Form, _ edit: (inout BlobIntegerStep) -> Void = { _ in }
  ) -> BlobFault? {
    let samples = SampleIntegerSteps(seed: 53)
    var step = BlobIntegerStep(form, xIsSigned: true, yIsSigned: true)
    edit(&step)
    let model = samples.model([.integer(step)], words: 100)
    do throws(BlobError) {
      _ = try BlobWriter.bytes(for: model)
      return nil
    } catch {
      guard case .invalid(.step(0), let fault) = error else { return nil }
      #expect(error.sentence.hasSuffix("."))
      return fault
    }
  }

  @Test func typesBelongToTheirStep() {
    let copy = BlobIntegerStep.Form.copy(
      BlobCopy(x: 0, y: 9, outer: 2, inner: 2, stride: 3, offset: 0))
    #expect(refusal(copy) == nil)
    #expect(refusal(copy) { $0.yIsSigned = false } == .types(1))
    #expect(refusal(copy) { $0.bIsSigned = true } == .types(7))
    let constant = BlobIntegerStep.Form.constant(BlobIntegerConstant(y: 9, bytes: [1]))
    #expect(refusal(constant) == .types(3))
    #expect(refusal(constant) { $0.xIsSigned = false } == nil)
  }

  @Test func listsHaveTheirLengths() {
    func prelu(factor: Int, _ slopes: [Int16]) -> BlobIntegerStep.Form {
      .prelu(
        BlobIntegerPRelu(
          x: 0, y: 9, outer: 1, channels: 2, inner: 1, factor: factor, slopes: slopes))
    }
    #expect(refusal(prelu(factor: 1, [1])) == .listLength("the slopes", 1, expected: 2))
    #expect(
      refusal(prelu(factor: -1, [1, 1])) == .range("the factor", -1, allowed: 0...1 << 22))
    let affine = BlobIntegerAffine(
      x: 0, y: 9, channels: 2, inner: 1, factors: [1, 2], biases: BlobBiases([1, 2, 3]))
    #expect(refusal(.affine(affine)) == .listLength("the biases", 3, expected: 2))
    #expect(
      refusal(.map(BlobMap(x: 0, y: 9, count: 5, results: [1])))
        == .listLength("the map", 1, expected: 256))
    let softmax = BlobIntegerSoftmax(
      BlobSoftmax(x: 0, y: 9, outer: 1, count: 2, inner: 1), exponentials: [0, 1])
    #expect(
      refusal(.softmax(softmax)) { $0.yIsSigned = false }
        == .range("the first exponential", 0, allowed: 1...65535))
  }

  private func weightsRefusal(_ edit: (inout BlobWeights) -> Void) -> BlobFault? {
    var samples = SampleIntegerSteps(seed: 54)
    var weights = samples.weights(rows: 3, columns: 5)
    edit(&weights)
    return refusal(.dense(BlobIntegerDense(x: 0, y: 9, i: 5, o: 3, weights: weights)))
  }

  @Test func integerWeightsAreChecked() {
    #expect(weightsRefusal { _ in } == nil)
    #expect(weightsRefusal { $0.scaling = nil } == .numbersMissing("the scaling"))
    #expect(
      weightsRefusal { $0.rowScales = StoredNumbers([1, 2, 3]) }
        == .misplaced("row scales of an integer step"))
    #expect(
      weightsRefusal { $0.biases = StoredNumbers([1, 2, 3]) }
        == .misplaced("float32 biases of an integer step"))
    #expect(
      weightsRefusal { $0.values = .raw($0.levelled.with($0.positions.map { Float($0) })) }
        == .numbersMissing("the table"))
    let codes: (BlobWeights) -> SparseMatrix<UInt8> = {
      $0.levelled.with($0.positions.map { _ in 0 })
    }
    #expect(
      weightsRefusal { $0.values = .table(StoredNumbers([1]), codes: codes($0)) }
        == .range("the precision of the table", 2, allowed: 3...4))
    #expect(
      weightsRefusal {
        $0.values = .table(StoredNumbers([1], precision: .int8(scale: -1)), codes: codes($0))
      } == .tableScale(-1))
    #expect(
      weightsRefusal { $0.scaling?.multipliers = [1, 2] }
        == .listLength("the multipliers", 2, expected: 3))
    #expect(
      weightsRefusal { $0.scaling?.multipliers = [65536] }
        == .range("the multiplier", 65536, allowed: 0...65535))
    #expect(
      weightsRefusal { $0.scaling?.biases = BlobBiases([1, 2, 3], shift: 14) }
        == .range("the biases' shift", 14, allowed: 0...13))
    #expect(
      weightsRefusal { $0.scaling?.biases = BlobBiases([1, 2, 32768], shift: 1) }
        == .range("the biases' shift", 1, allowed: 0...0))
    let most = 1 << 29
    for bias in [most + 1, -most - 1] {
      #expect(
        weightsRefusal { $0.scaling?.biases = BlobBiases([1, Int32(bias), 3]) }
          == .range("a bias", bias, allowed: -most...most))
    }
  }

  @Test func floatStepsHaveNoScaling() throws {
    var samples = SampleIntegerSteps(seed: 55)
    let dense = BlobDense(x: 0, y: 9, i: 5, o: 3, weights: samples.weights(rows: 3, columns: 5))
    let fault = BlobFault.misplaced("the scaling of a float32 step")
    #expect(throws: BlobError.invalid(.step(0), fault)) {
      try BlobWriter.bytes(for: samples.model([BlobStep.dense(dense)], words: 100))
    }
  }

  @Test func tensorsHaveTypesAndScales() throws {
    let samples = SampleIntegerSteps(seed: 56)
    let copy = BlobCopy(x: 0, y: 5, outer: 1, inner: 17, stride: 17, offset: 0)
    let step = BlobStep.integer(
      BlobIntegerStep(.copy(copy), xIsSigned: false, yIsSigned: false))
    var model = samples.model([step], words: 10)
    model.inputs[0].tensor = BlobTensor(place: 0, shape: [17], type: .uint8, scale: 0.5)
    model.outputs = [
      BlobTensor(place: 5, shape: [17], type: .int8, scale: 0x1p-149),
      BlobTensor(place: 9, shape: [], type: .uint8, scale: 3e38), BlobTensor(place: 9, shape: [1]),
    ]
    #expect(try BlobReader.read(try BlobWriter.bytes(for: model)) == model)
    model.outputs[0].place = 6
    #expect(
      throws: BlobError.invalid(.output(0), .outsideArena("the tensor", end: 11, words: 10))
    ) { try BlobWriter.bytes(for: model) }
    model.outputs = [BlobTensor(place: 0, shape: [], scale: 2)]
    #expect(
      throws: BlobError.invalid(.output(0), .misplaced("a scale of a float32 tensor"))
    ) { try BlobWriter.bytes(for: model) }
    for scale in [0, -1] as [Float] {
      model.outputs = [BlobTensor(place: 0, shape: [], type: .int8, scale: scale)]
      #expect(throws: BlobError.invalid(.output(0), .notPositive("the tensor's scale"))) {
        try BlobWriter.bytes(for: model)
      }
    }
  }
}

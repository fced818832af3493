import Blob
import Testing

@Suite struct ValidVectorTests {
  @Test(arguments: ValidVector.all)
  func theWriterMakesTheGoldenFile(_ vector: ValidVector) throws {
    let bytes = try vector.bytes()
    #expect(try VectorFiles.golden("valid/\(vector.name).kgl", bytes) == bytes)
  }

  @Test(arguments: ValidVector.all)
  func theReaderFindsTheModelInTheGoldenFile(_ vector: ValidVector) throws {
    let bytes = try VectorFiles.read("valid/\(vector.name).kgl")
    #expect(try BlobReader.read(bytes) == vector.model)
  }

  @Test(arguments: ValidVector.all)
  func theGoldenOutputIsWhatTheOracleComputes(_ vector: ValidVector) throws {
    let model = vector.model
    let file = vector.frames.flatMap { VectorFiles.bytes(model.inputs.map(\.tensor), $0) }
    #expect(try VectorFiles.golden("valid/\(vector.name).input", file) == file)
    let outputs = try vector.answers()
    #expect(outputs.joined().joined().allSatisfy { $0.isFinite })
    let golden = try #require(
      VectorFiles.elements(
        (0..<vector.frameCount).flatMap { _ in model.outputs },
        try VectorFiles.golden(
          "valid/\(vector.name).output", outputs.flatMap { VectorFiles.bytes(model.outputs, $0) })))
    let tolerance: Float = vector.isInteger ? 0 : 1e-6
    #expect(
      zip(golden.joined(), outputs.joined().joined()).allSatisfy { abs($0 - $1) <= tolerance * abs($1) })
  }

  @Test(arguments: ValidVector.all)
  func theGoldenNeedsAreWhatTheModelHas(_ vector: ValidVector) throws {
    let lines = Array(try vector.needs().map { $0 + "\n" }.joined().utf8)
    #expect(try VectorFiles.golden("valid/\(vector.name).needs", lines) == lines)
  }

  /// Results that are all the same, or all at the ends of their range, would show little.
  @Test(arguments: ValidVector.integers)
  func integerOutputsAreSpreadOut(_ vector: ValidVector) throws {
    let outputs = try vector.outputs()
    let inside = zip(vector.model.outputs, outputs).flatMap { tensor, elements in
      elements.filter { ![-128, 0, 127, tensor.type == .uint8 ? 255 : 127].contains($0) }
    }
    let count = outputs.reduce(0) { $0 + $1.count }
    #expect(4 * inside.count > count, "\(inside.count) of \(count)")
    #expect(Set(inside).count > min(count, 100) / 8)
  }

  @Test(arguments: ValidVector.all)
  func everyByteIsAccountedFor(_ vector: ValidVector) throws {
    let bytes = try VectorFiles.read("valid/\(vector.name).kgl")
    let ledger = try BlobLedger(bytes)
    #expect(ledger.totalBytes == bytes.count)
    #expect(ledger.bytes(for: .unused) == 0)
  }

  @Test func bytesThatNobodyRefersToAreUnused() throws {
    let blob = HandMade().with {
      $0.parameters += [1, 2, 3, 4, 5]
      $0.lane = [0, 0, 0] + $0.lane + [7]
      $0.weights.lanes = [1, 0, 3, 15, 2]
    }
    let ledger = try BlobLedger(blob.bytes)
    #expect(try BlobReader.read(blob.bytes) == ValidVector.small.model)
    #expect(ledger.bytes(for: .unused) == 9)
    #expect(ledger.totalBytes == blob.bytes.count)
  }

  @Test func noOtherFileLiesAmongTheVectors() throws {
    let names = ValidVector.all.map(\.name).sorted()
    for ending in [".kgl", ".input", ".output", ".needs"] {
      #expect(try VectorFiles.names(in: "valid", ending: ending) == names)
    }
  }

  @Test func theVectorsCoverEveryStep() {
    let opcodes = Set(ValidVector.everyStep.model.steps.map(\.opcode))
    #expect(opcodes == Set(1...20))
    #expect(Set(ValidVector.integerSteps.model.steps.map(\.opcode)) == Set(33...52))
  }

  @Test func theVectorsCoverEveryMask() throws {
    let ledger = try BlobLedger(try ValidVector.masks.bytes())
    #expect(ledger.layers.map(\.mask) == [.none, .bitmap, .gaps, .none])
  }

  @Test func theIntegerVectorsCoverEveryMaskAndAlphabets() throws {
    let layers = try ValidVector.integers.flatMap { try BlobLedger(try $0.bytes()).layers }
    #expect(Set(layers.map(\.mask)) == Set(MaskKind.allCases))
    for var vector in [ValidVector.integerGaps, .integerRows] {
      let bytes = try vector.bytes()
      vector.options.allowsNeighbours = false
      #expect(try vector.bytes() != bytes, "\(vector.name)")
    }
  }

  @Test func theVectorsCoverTheLongestCodeWords() throws {
    let layers = try BlobLedger(try ValidVector.manyLevels.bytes()).layers
    #expect(layers[0].levels == 256)
    #expect(layers[0].longestCode == 12)
    #expect(layers[1].longestGap == 12)
  }

  @Test func theVectorsCoverAlphabetsOfOneSymbol() throws {
    let layers = try BlobLedger(try ValidVector.fewSymbols.bytes()).layers
    #expect(layers.map(\.longestGap) == [0, 0, 0, 1])
    #expect(layers.map(\.longestCode) == [0, 0, 1, 0])
    let integers = try BlobLedger(try ValidVector.integerFewSymbols.bytes()).layers
    #expect(integers.map(\.longestGap) == [0, 0, 0, 1])
    #expect(integers.map(\.longestCode) == [0, 0, 1, 0])
    #expect(try ValidVector.integerFewSymbols.needs() == ["KGL_INTEGER", "KGL_OP_DENSE"])
  }
}

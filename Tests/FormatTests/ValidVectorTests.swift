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
  func theGoldenOutputIsWhatThePlainEvaluatorComputes(_ vector: ValidVector) throws {
    let inputs = vector.inputs
    let file = VectorFiles.bytes(inputs.flatMap(\.self))
    #expect(try VectorFiles.golden("valid/\(vector.name).input", file) == file)
    let outputs = PlainEvaluator.outputs(of: vector.model, inputs: inputs).flatMap(\.self)
    #expect(outputs.allSatisfy { $0.isFinite })
    let golden = VectorFiles.floats(
      try VectorFiles.golden("valid/\(vector.name).output", VectorFiles.bytes(outputs)))
    #expect(golden.count == outputs.count)
    #expect(zip(golden, outputs).allSatisfy { abs($0 - $1) <= 1e-6 * abs($1) })
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
    for ending in [".kgl", ".input", ".output"] {
      #expect(try VectorFiles.names(in: "valid", ending: ending) == names)
    }
  }

  @Test func theVectorsCoverEveryStep() {
    let opcodes = Set(ValidVector.everyStep.model.steps.map(\.opcode))
    #expect(opcodes == Set(1...15))
  }

  @Test func theVectorsCoverEveryMask() throws {
    let ledger = try BlobLedger(try ValidVector.masks.bytes())
    #expect(ledger.layers.map(\.mask) == [.none, .bitmap, .gaps, .none])
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
  }
}

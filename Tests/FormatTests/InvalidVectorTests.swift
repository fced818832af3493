import Blob
import Testing

@Suite struct InvalidVectorTests {
  @Test(arguments: InvalidVector.all)
  func theReaderRefusesItForItsCause(_ vector: InvalidVector) throws {
    let file = "invalid/\(vector.name)"
    #expect(try VectorFiles.golden(file + ".kgl", vector.bytes) == vector.bytes)
    let status = Array(vector.status.utf8)
    #expect(try VectorFiles.golden(file + ".status", status) == status)
    #expect(throws: vector.error) { try BlobReader.read(vector.bytes) }
    #expect(vector.error.sentence.hasSuffix("."))
  }

  @Test func everyVectorHasItsOwnName() throws {
    let names = InvalidVector.all.map(\.name).sorted()
    #expect(Set(names).count == names.count)
    #expect(try VectorFiles.names(in: "invalid", ending: ".kgl") == names)
    #expect(try VectorFiles.names(in: "invalid", ending: ".status") == names)
  }

  @Test func withoutAFaultTheHandMadeBlobIsTheSmallOne() throws {
    #expect(HandMade().bytes == (try VectorFiles.read("valid/small.kgl")))
  }

  @Test(arguments: SoundStep.all.map(\.0))
  func withoutAFaultTheHandMadeStepsAreRead(opcode: UInt8) throws {
    let fields = SoundStep.all.first { $0.0 == opcode }?.1 ?? []
    let model = try BlobReader.read(HandMade.step(opcode, fields).bytes)
    #expect(model.steps.map(\.opcode) == [opcode])
  }

  @Test func withoutAFaultTheHandMadeIntegerStepsAreRead() throws {
    for (opcode, fields) in SoundIntegerStep.all {
      let blob = HandMade.step(opcode, fields).with {
        $0.parameters = SoundIntegerStep.parameters
      }
      let model = try BlobReader.read(blob.bytes)
      #expect(model.steps.map(\.opcode) == [opcode])
    }
    let dense = try BlobReader.read(HandMade.integerDense().bytes)
    #expect(
      dense.steps[0].weights?.scaling
        == BlobScaling(
          shift: 3, exponent: 4, multipliers: [200], biases: BlobBiases([1, 42], shift: 5)))
  }
}

import Blob
import Emulation
import Tensors
import Testing

@Suite struct IntegerEmulatorTests {
  private var model: BlobModel {
    let step = OneStep([(.uint8, [5])], to: (.uint8, [5]))
    return step.model(
      .map(
        BlobMap(x: step.x, y: step.y, count: 5, results: (0..<256).map { UInt8(255 - $0) })))
  }

  private func refusal(_ edit: (inout BlobModel) -> Void) -> EmulationError? {
    var model = model
    edit(&model)
    do throws(EmulationError) {
      _ = try IntegerEmulator(model)
      return nil
    } catch {
      #expect(error.sentence.hasSuffix("."))
      return error
    }
  }

  @Test func onlyIntegersAreEmulated() {
    #expect(refusal { _ in } == nil)
    let copy = BlobCopy(x: 0, y: 1, outer: 1, inner: 1, stride: 1, offset: 0)
    #expect(refusal { $0.steps.append(.copy(copy)) } == .floatStep(1))
    let error = BlobError.invalid(.header, .range("the number of steps", 0, allowed: 1...65535))
    #expect(refusal { $0.steps = [] } == .invalid(error))
  }

  @Test func inputsThatAreNotZeroAreCounted() throws {
    let step = OneStep([(.int8, [4])], to: (.uint8, [2]))
    let codes = SparseMatrix<UInt8>(rows: 2, columns: 4, positions: [0, 5], values: [0, 0])
    let weights = BlobWeights(
      .table(StoredNumbers([3], precision: .int8(scale: 1)), codes: codes),
      scaling: BlobScaling(shift: 0, exponent: 0, multipliers: [1], biases: nil))
    let dense = step.model(.dense(BlobIntegerDense(x: step.x, y: step.y, i: 4, o: 2, weights: weights)))
    let emulator = try IntegerEmulator(dense)
    #expect(emulator.nonzeroInputs(over: [[[0, 1, 0, 0]], [[-128, 0, 5, 0]]]) == [0: 3.0 / 8])
    #expect(try IntegerEmulator(model).nonzeroInputs(over: [[[1, 2, 3, 4, 5]]]).isEmpty)
  }

  @Test func runsAreIndependent() throws {
    let emulator = try IntegerEmulator(model)
    let first = emulator.outputs(of: [[0, 1, 2, 128, 255]])
    #expect(first == [[255, 254, 253, 127, 0]])
    #expect(emulator.outputs(of: [[9, 9, 9, 9, 9]]) == [[246, 246, 246, 246, 246]])
    #expect(emulator.outputs(of: [[0, 1, 2, 128, 255]]) == first)
  }

  /// Five elements take two words; what is behind the fifth byte is left as it was.
  @Test func tensorsShareTheArenaAsBytes() throws {
    var model = model
    model.outputs.append(BlobTensor(place: 2, shape: [8], type: .int8))
    model.outputs.append(BlobTensor(place: 0, shape: [5], type: .int8))
    let outputs = try IntegerEmulator(model).outputs(of: [[0, 1, 2, 3, 255]])
    #expect(outputs[1] == [-1, -2, -3, -4, 0, 0, 0, 0])
    #expect(outputs[2] == [0, 1, 2, 3, -1])
  }
}

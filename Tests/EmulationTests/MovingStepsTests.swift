import Blob
@testable import Emulation
import Tensors
import Testing

@Suite struct MovingStepsTests {
  private let type = BlobElementType.int8

  private func counted(_ count: Int) -> [Int32] { (0..<count).map { Int32($0 * 29 % 256) - 128 } }

  @Test func padsByHand() throws {
    let step = OneStep([(type, [2, 3])], to: (type, [4, 6]))
    func padded(_ mode: BlobPadMode) throws -> [Int32] {
      let form = BlobPad<UInt8>(
        mode: mode, value: 254, x: step.x, y: step.y, sizes: [2, 3], before: [1, 2], after: [1, 1])
      return try step.run(.pad(form), [[1, 2, 3, 4, 5, 6]])
    }
    #expect(
      try padded(.constant) == [
        -2, -2, -2, -2, -2, -2, -2, -2, 1, 2, 3, -2, -2, -2, 4, 5, 6, -2, -2, -2, -2, -2, -2, -2,
      ])
    #expect(
      try padded(.reflect) == [
        6, 5, 4, 5, 6, 5, 3, 2, 1, 2, 3, 2, 6, 5, 4, 5, 6, 5, 3, 2, 1, 2, 3, 2,
      ])
    #expect(
      try padded(.edge) == [
        1, 1, 1, 2, 3, 3, 1, 1, 1, 2, 3, 3, 4, 4, 4, 5, 6, 6, 4, 4, 4, 5, 6, 6,
      ])
  }

  @Test func aWindowSlidesByRows() {
    let step = BlobSlide(x: 0, y: 0, outer: 2, count: 3, inner: 2, new: 2)
    let moved = MovingSteps.slide(step, Array(1...12), Array(21...28))
    #expect(moved == [5, 6, 21, 22, 23, 24, 11, 12, 25, 26, 27, 28])
  }

  @Test func padsTwiceAsWide() throws {
    let step = OneStep([(type, [3])], to: (type, [9]))
    let form = BlobPad<UInt8>(
      mode: .symmetric, value: 0, x: step.x, y: step.y, sizes: [3], before: [3], after: [3])
    #expect(try step.run(.pad(form), [[1, 2, 3]]) == [3, 2, 1, 1, 2, 3, 3, 2, 1])
  }

  /// Twice as wide: places are quarters off. Halves go away from 0.
  @Test func resizes() throws {
    let step = OneStep([(type, [1, 2, 3])], to: (type, [1, 2, 6]))
    func resized(_ mode: BlobResize.Mode) throws -> [Int32] {
      let columns = BlobResize.Axis(unit: 1024, step: 0, stepRest: 512, start: -1, startRest: 768)
      let form = BlobResize(
        mode: mode, x: step.x, y: step.y, c: 1, h: 2, w: 3, oh: 2, ow: 6, rows: .init(step: 1), columns: columns)
      var bits = form
      bits.rows.unit = 1024
      return try step.run(.resize(BlobIntegerResize(mode == .nearest ? form : bits)), [[0, 2, 9, 0, -2, -9]])
    }
    #expect(try resized(.nearest) == [0, 0, 0, 2, 2, 9, 0, 0, 0, -2, -2, -9])
    #expect(try resized(.linear) == [0, 1, 2, 4, 7, 9, 0, -1, -2, -4, -7, -9])
  }

  @Test func transposes() throws {
    let step = OneStep([(type, [2, 3, 5])], to: (type, [5, 2, 3]))
    let x = counted(30)
    let form = BlobTranspose(x: step.x, y: step.y, sizes: [2, 3, 5], axes: [2, 0, 1])
    let found = try step.run(.transpose(form), [x])
    for index in 0..<30 {
      let (first, second, third) = (index / 6, index / 3 % 2, index % 3)
      #expect(found[index] == x[second * 15 + third * 5 + first])
    }
  }

  /// Elements that no copy writes stay 0.
  @Test func copies() throws {
    let step = OneStep([(type, [3, 2])], to: (type, [3, 5]))
    let form = BlobCopy(x: step.x, y: step.y, outer: 3, inner: 2, stride: 5, offset: 1)
    #expect(
      try step.run(.copy(form), [[1, 2, 3, 4, 5, 6]])
        == [0, 1, 2, 0, 0, 0, 3, 4, 0, 0, 0, 5, 6, 0, 0])
  }

  @Test func constants() throws {
    let step = OneStep([(.uint8, [1])], to: (type, [5]))
    let plan = step.model(
      .constant(BlobIntegerConstant(y: step.y, bytes: [0, 127, 128, 255, 7])))
    var model = plan
    if case .integer(var constant) = model.steps[0] {
      constant.xIsSigned = false
      model.steps[0] = .integer(constant)
    }
    #expect(try IntegerEmulator(model).outputs(of: [[9]]) == [[0, 127, -128, -1, 7]])
  }

  @Test func choicesInPlace() throws {
    var step = OneStep([(type, [3, 7])], to: (type, [3, 3]))
    let x = counted(21)
    let expected = [0, 7, 14].flatMap { row in [1, 2, 6].map { x[row + $0] } }
    for place in [step.y, step.x] {
      step.output.place = place
      let form = BlobGather(x: step.x, y: place, outer: 3, inner: 7, places: [1, 2, 6])
      #expect(try step.run(.gather(form), [x]) == expected)
    }
  }
}

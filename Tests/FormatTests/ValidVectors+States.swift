import Blob
import Tensors

// Plans with state. Their inputs and outputs are those of some frames, one after another.

extension ValidVector {
  static let states = [stateOfFloats, stateOfBytes, matrixOfTwoFrames]

  /// A window over the stream and a sum that decays; an output that is a state as it was found, and one as it is left.
  static var stateOfFloats: ValidVector {
    var builder = PlanBuilder(seed: 60)
    let window = builder.state(3, 5, 2, beginning: .numbers(builder.numbers(30, .float16)))
    let sum = builder.state(4, beginning: .numbers(builder.numbers(4, .int8(scale: 1 / 64))))
    let last = builder.state(3)
    let x = builder.input(3, 2, 2)
    let before = builder.tensor(3)
    builder.steps.append(
      .copy(BlobCopy(x: last.place, y: before.place, outer: 1, inner: 3, stride: 3, offset: 0)))
    builder.slide(window, by: x, outer: 3, count: 5, inner: 2, new: 2)
    let y = builder.dense(BlobTensor(place: window.place, shape: [30]), builder.weights(4, 30, density: 0.5))
    let half = builder.tensor(1)
    builder.steps.append(.constant(BlobConstant(y: half.place, numbers: StoredNumbers([0.5], precision: .float16))))
    builder.steps.append(
      .binary(
        BlobBinary(BlobFloatFormula(.multiply), a: sum.place, b: half.place, y: sum.place, sizes: [4], maskB: 1)))
    builder.steps.append(
      .binary(BlobBinary(BlobFloatFormula(.add), a: sum.place, b: y.place, y: sum.place, sizes: [4])))
    let z = builder.dense(sum, builder.weights(3, 4, density: 0.9), .tanh)
    builder.steps.append(.copy(BlobCopy(x: z.place, y: last.place, outer: 1, inner: 3, stride: 3, offset: 0)))
    return ValidVector(name: "state", model: builder.model(outputs: [z, before, sum, last]), frameCount: 6)
  }

  /// Two frames of one run through one matrix and a matrix for what is kept, whose lanes two steps name each.
  static var matrixOfTwoFrames: ValidVector {
    var builder = PlanBuilder(seed: 62)
    let kept = builder.state(6)
    let (given, recurrent) = (builder.weights(6, 4, density: 0.8), builder.weights(6, 6, density: 0.6))
    let frames = [builder.input(4), builder.input(4)]
    var (state, answers) = (kept, [BlobTensor]())
    for x in frames {
      let sum = builder.dense(x, given)
      let found = builder.dense(state, recurrent)
      builder.steps.append(
        .binary(BlobBinary(BlobFloatFormula(.add), a: sum.place, b: found.place, y: sum.place, sizes: [6])))
      builder.steps.append(
        .activation(BlobActivationStep(x: sum.place, y: sum.place, count: 6, activation: .tanh)))
      (state, answers) = (sum, answers + [sum])
    }
    builder.steps.append(
      .copy(BlobCopy(x: state.place, y: kept.place, outer: 1, inner: 6, stride: 6, offset: 0)))
    return ValidVector(name: "shared-matrix", model: builder.model(outputs: answers), frameCount: 4)
  }

  /// Windows of uint8, and of int8 with a zero point, each beginning in its own way.
  static var stateOfBytes: ValidVector {
    var builder = PlanBuilder(seed: 61)
    let long = builder.state(.uint8, [7, 9, 1], beginning: .bytes((0..<63).map { UInt8($0 * 3) }))
    let short = builder.state(.int8, [1, 3, 5], zeroPoint: -128)
    let (x, z) = (builder.input(.uint8, [7, 2, 1]), builder.input(.int8, [1, 1, 5]))
    builder.slide(long, by: x, outer: 7, count: 9, inner: 1, new: 2)
    builder.slide(short, by: z, outer: 1, count: 3, inner: 5, new: 1)
    let turned = builder.tensor(.uint8, [9, 7])
    builder.add(
      .transpose(BlobTranspose(x: long.place, y: turned.place, sizes: [7, 9], axes: [1, 0])), .uint8, .uint8)
    return ValidVector(name: "state-bytes", model: builder.model(outputs: [turned, short]), frameCount: 5)
  }
}

extension PlanBuilder {
  /// What lasts, of bytes.
  mutating func state(
    _ type: BlobElementType, _ shape: [Int], zeroPoint: Int = 0, beginning: BlobState.Beginning = .zero
  ) -> BlobTensor {
    var tensor = tensor(type, shape)
    tensor.zeroPoint = zeroPoint
    states.append(BlobState(tensor: tensor, beginning: beginning))
    return tensor
  }
}

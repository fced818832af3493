import Blob
import Tensors
import Testing

@Suite struct ElementwiseStepsTests {
  @Test(arguments: typePairs)
  func map(x: BlobElementType, y: BlobElementType) throws {
    let step = OneStep([(x, [256])], to: (y, [256]))
    let results = (0..<256).map { UInt8($0 * 167 % 256) }
    let form = BlobMap(x: step.x, y: step.y, count: 256, results: results)
    let elements = (0..<256).map { Int32($0) + x.range.lowerBound }
    let found = try step.run(.map(form), [elements])
    for (element, result) in zip(elements, found) {
      #expect(UInt8(truncatingIfNeeded: result) == results[(Int(element) + 256) % 256])
      #expect(y.range.contains(result))
    }
  }

  @Test(arguments: typePairs)
  func preluAndAffine(x: BlobElementType, y: BlobElementType) throws {
    var generator = SeededGenerator(seed: 11)
    for (outer, channels, inner) in [(1, 1, 1), (3, 5, 1), (2, 3, 7)] {
      let step = OneStep([(x, [outer, channels, inner])], to: (y, [outer, channels, inner]))
      let elements = step.elements(&generator)
      let factors = (0..<channels).map { _ in
        Int16.random(in: -32768...32767, using: &generator)
      }
      let prelu = BlobIntegerPRelu(
        x: step.x, y: step.y, outer: outer, channels: channels, inner: inner, factor: 14000,
        slopes: factors)
      let sloped = try step.run(.prelu(prelu), elements)
      let all = (0..<outer).flatMap { _ in factors }
      var affine = BlobIntegerAffine(
        x: step.x, y: step.y, channels: outer * channels, inner: inner, factors: all,
        biases: BlobBiases(all.map { Int32($0) / 256 }, shift: 4))
      let moved = try step.run(.affine(affine), elements)
      affine.biases = nil
      let unmoved = try step.run(.affine(affine), elements)
      for (index, element) in elements[0].enumerated() {
        let factor = Int(factors[index / inner % channels])
        let term = Page.term(element, factor)
        let bias = Double(factor / 256 * 16)
        #expect(
          sloped[index] == Page.finish(element > 0 ? Page.term(element, 14000) : term, y))
        #expect(moved[index] == Page.finish(term + bias, y))
        #expect(unmoved[index] == Page.finish(term, y))
      }
    }
  }

  /// By a look from behind, over few values.
  @Test(arguments: [BlobElementType.uint8, .int8], BlobArgMax.Mode.allCases)
  func places(x: BlobElementType, mode: BlobArgMax.Mode) throws {
    var generator = SeededGenerator(seed: 13)
    for (outer, count, inner) in [(1, 1, 1), (3, 7, 2), (1, 300, 1)] {
      let step = OneStep([(x, [outer, count, inner])], to: (.int32, [outer, inner]))
      let elements = (0..<outer * count * inner).map { _ in
        x.range.lowerBound + 85 * Int32.random(in: 0...3, using: &generator)
      }
      let form = BlobArgMax(mode: mode, x: step.x, y: step.y, outer: outer, count: count, inner: inner)
      for (index, found) in try step.run(.argMax(form), [elements]).enumerated() {
        let start = index / inner * count * inner + index % inner
        var best = count - 1
        for place in (0..<count).reversed() {
          let (own, other) = (elements[start + place * inner], elements[start + best * inner])
          if mode == .largest ? own >= other : own <= other { best = place }
        }
        #expect(found == Int32(best))
      }
    }
  }

  /// [2, 3, 4] with operands that repeat along one axis, two axes and none.
  @Test(
    arguments: BlobOperator.allCases, [(0, 0), (2, 0), (0, 5), (7, 2)] as [(UInt8, UInt8)])
  func binary(operation: BlobOperator, masks: (UInt8, UInt8)) throws {
    var generator = SeededGenerator(seed: 12)
    for (first, y) in typePairs {
      for second in [BlobElementType.uint8, .int8] {
        let sizes = [2, 3, 4]
        func shape(_ mask: UInt8) -> [Int] {
          sizes.indices.map { mask >> UInt8($0) & 1 == 1 ? 1 : sizes[$0] }
        }
        let step = OneStep([(first, shape(masks.0)), (second, shape(masks.1))], to: (y, sizes))
        let elements = step.elements(&generator)
        let rescale = BlobRescale(shift: 3, exponent: 11, multiplier: 60000)
        let reciprocals = (0..<256).map { Int16(32767 - 250 * $0) }
        let formula: BlobIntegerFormula =
          switch operation {
          case .add: .add(factorA: 15000, factorB: 9000)
          case .subtract: .subtract(factorA: 15000, factorB: 9000)
          case .multiply: .multiply(rescale)
          case .divide: .divide(rescale, reciprocals: reciprocals)
          case .maximum: .maximum(factorA: 15000, factorB: 9000)
          case .minimum: .minimum(factorA: 15000, factorB: 9000)
          }
        let form = BlobBinary(
          formula, a: step.x, b: step.inputs[1].place, y: step.y, sizes: sizes, maskA: masks.0,
          maskB: masks.1)
        let found = try step.run(.binary(form), elements)
        for index in 0..<24 {
          let place = [index / 12, index / 4 % 3, index % 4]
          let a = elements[0][flat(place, shape(masks.0))]
          let b = elements[1][flat(place, shape(masks.1))]
          let z =
            switch operation {
            case .add: Page.term(a, 15000) + Page.term(b, 9000)
            case .subtract: Page.term(a, 15000) - Page.term(b, 9000)
            case .maximum: max(Page.term(a, 15000), Page.term(b, 9000))
            case .minimum: min(Page.term(a, 15000), Page.term(b, 9000))
            case .multiply: Page.rescale(Double(a * b), rescale)
            case .divide:
              Page.rescale(
                Double(a) * Double(reciprocals[Int(b < 0 ? b + 256 : b)]), rescale)
            }
          #expect(found[index] == Page.finish(z, y))
        }
      }
    }
  }

  private func flat(_ place: [Int], _ shape: [Int]) -> Int {
    zip(place, shape).reduce(0) { $0 * $1.1 + min($1.0, $1.1 - 1) }
  }

  @Test(arguments: [BlobElementType.uint8, .int8])
  func softmax(x: BlobElementType) throws {
    var generator = SeededGenerator(seed: 13)
    let table = (0..<90).map { UInt16(65535 * pow(0.93, $0)) }
    for (outer, count, inner) in [(1, 1, 1), (1, 10, 1), (2, 5, 3)] {
      let step = OneStep([(x, [outer, count, inner])], to: (.uint8, [outer, count, inner]))
      let elements = step.elements(&generator)
      let form = BlobSoftmax(x: step.x, y: step.y, outer: outer, count: count, inner: inner)
      let found = try step.run(
        .softmax(BlobIntegerSoftmax(form, exponentials: table)), elements)
      for o in 0..<outer {
        for i in 0..<inner {
          let places = stride(from: o * count * inner + i, to: (o + 1) * count * inner, by: inner)
          let axis = places.map { elements[0][$0] }
          let exponentials = axis.map { element -> Double in
            let distance = Int((axis.max() ?? 0) - element)
            return distance < 90 ? Double(table[distance]) : 0
          }
          let sum = exponentials.reduce(0, +)
          for (place, exponential) in zip(places, exponentials) {
            let expected = ((255 * exponential + (sum / 2).rounded(.down)) / sum).rounded(.down)
            #expect(found[place] == Int32(expected))
          }
        }
      }
    }
  }

  /// Two equal elements: 255 / 2 is 127.5, and half goes up. Four: 63.75.
  @Test func softmaxByHand() throws {
    let step = OneStep([(.int8, [4])], to: (.uint8, [4]))
    func softmax(_ table: [UInt16], _ x: [Int32]) throws -> [Int32] {
      let form = BlobSoftmax(x: 0, y: 1, outer: 1, count: 4, inner: 1)
      return try step.run(.softmax(BlobIntegerSoftmax(form, exponentials: table)), [x])
    }
    #expect(try softmax([40000], [5, 5, 4, -128]) == [128, 128, 0, 0])
    #expect(try softmax([65535], [-7, -7, -7, -7]) == [64, 64, 64, 64])
    // 255 x 3 / 4 = 191.25, 255 / 4 = 63.75.
    #expect(try softmax([3, 0, 1], [127, 125, 126, 0]) == [191, 64, 0, 0])
  }

  private func pow(_ base: Double, _ exponent: Int) -> Double {
    (0..<exponent).reduce(1) { power, _ in power * base }
  }
}

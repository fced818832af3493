import Blob
import Tensors
import Testing

/// Layers against sums over dense matrices.
@Suite struct IntegerFiltersTests {
  private struct Layer {
    let weights: BlobWeights
    /// [rows][columns]
    let matrix: [[Int]]

    func expected(
      _ sum: Int, row: Int, adding added: Double = 0, _ type: BlobElementType
    ) -> Int32 {
      guard let scaling = weights.scaling else { return 0 }
      let multipliers = scaling.multipliers
      let rescale = BlobRescale(
        shift: scaling.shift, exponent: scaling.exponent,
        multiplier: multipliers[multipliers.count == 1 ? 0 : row])
      let bias = scaling.biases.map { Double($0.numbers[row]) * Double(1 << $0.shift) } ?? 0
      return Page.finish(Page.rescale(Double(sum), rescale) + bias + added, type)
    }
  }

  private func layer(
    _ rows: Int, _ columns: Int, _ generator: inout SeededGenerator
  ) -> Layer {
    let positions = (0..<rows * columns).filter { _ in generator.nextFloat() < 0.4 }
    let levels = [-128, -90, -7, 3, 40, 127]
    let codes = positions.map { _ in UInt8.random(in: 0..<6, using: &generator) }
    var matrix = [[Int]](repeating: [Int](repeating: 0, count: columns), count: rows)
    for (position, code) in zip(positions, codes) {
      matrix[position / columns][position % columns] = levels[Int(code)]
    }
    let shared = Bool.random(using: &generator)
    let scaling = BlobScaling(
      shift: 4, exponent: 10,
      multipliers: (0..<(shared ? 1 : rows)).map { _ in
        Int.random(in: 20000...65535, using: &generator)
      },
      biases: Bool.random(using: &generator)
        ? BlobBiases(
          (0..<rows).map { _ in Int32.random(in: -3000...3000, using: &generator) }, shift: 1)
        : nil)
    let weights = BlobWeights(
      .table(
        StoredNumbers(levels.map { 0.25 * Float($0) }, precision: .int8(scale: 0.25)),
        codes: SparseMatrix(
          rows: rows, columns: columns, positions: positions, values: codes)),
      scaling: scaling)
    return Layer(weights: weights, matrix: matrix)
  }

  @Test(arguments: typePairs)
  func dense(x: BlobElementType, y: BlobElementType) throws {
    var generator = SeededGenerator(seed: 5)
    for (r, i, o) in [(1, 1, 1), (1, 17, 9), (3, 5, 7), (4, 30, 2)] {
      let step = OneStep([(x, [r, i])], to: (y, [r, o]))
      let layer = layer(o, i, &generator)
      let elements = step.elements(&generator)
      let form = BlobIntegerDense(x: step.x, y: step.y, r: r, i: i, o: o, weights: layer.weights)
      let found = try step.run(.dense(form), elements)
      for index in 0..<r * o {
        let (sample, row) = index.quotientAndRemainder(dividingBy: o)
        let sum = (0..<i).reduce(0) {
          $0 + layer.matrix[row][$1] * Int(elements[0][sample * i + $1])
        }
        #expect(found[index] == layer.expected(sum, row: row, y))
      }
    }
  }

  private static let windows: [BlobConvolution<BlobResidual?>] = [
    .sample(c: 1, h: 1, w: 1, o: 1, oh: 1, ow: 1, kh: 1, kw: 1),
    .sample(c: 3, h: 5, w: 4, o: 2, oh: 5, ow: 4, kh: 3, kw: 3, top: 1, left: 1),
    .sample(groups: 2, c: 4, h: 6, w: 5, o: 6, oh: 3, ow: 2, kh: 3, kw: 2, sh: 2, sw: 3, top: 1),
    .sample(groups: 3, c: 3, h: 7, w: 7, o: 3, oh: 4, ow: 4, kh: 2, kw: 3, dh: 3, dw: 2, left: 2),
    .sample(c: 2, h: 3, w: 3, o: 2, oh: 4, ow: 3, kh: 2, kw: 2, sh: 9, sw: 2, top: 1, left: 5),
  ]

  @Test(arguments: windows, [false, true])
  func convolution(form: BlobConvolution<BlobResidual?>, hasResidual: Bool) throws {
    var generator = SeededGenerator(seed: 6)
    for (x, y) in typePairs {
      var form = form
      let shape = [form.o, form.oh, form.ow]
      let r: BlobElementType = y == .int8 ? .uint8 : .int8
      let step = OneStep(
        [(x, [form.c, form.h, form.w])] + (hasResidual ? [(r, shape)] : []), to: (y, shape))
      let layer = layer(form.o, form.c / form.groups * form.kh * form.kw, &generator)
      (form.x, form.y, form.weights) = (step.x, step.y, layer.weights)
      let residual = hasResidual ? BlobResidual(place: step.inputs[1].place, factor: 13001) : nil
      form.finish = residual
      let elements = step.elements(&generator)
      let found = try step.run(.convolution(form), elements)
      var expected: [Int32] = []
      for (index, sum) in sums(form, layer.matrix, elements[0]).enumerated() {
        let added = residual.map { Page.term(elements[1][index], $0.factor) } ?? 0
        expected.append(layer.expected(sum, row: index / (form.oh * form.ow), adding: added, y))
      }
      #expect(found == expected)
    }
  }

  /// From a padded copy of the image, by its definition.
  private func sums(_ form: BlobConvolution<BlobResidual?>, _ matrix: [[Int]], _ x: [Int32]) -> [Int] {
    func pixel(_ c: Int, _ h: Int, _ w: Int) -> Int {
      (0..<form.h).contains(h) && (0..<form.w).contains(w)
        ? Int(x[(c * form.h + h) * form.w + w]) : 0
    }
    let channels = form.c / form.groups
    return (0..<form.o * form.oh * form.ow).map { index in
      let (o, oh, ow) = (
        index / (form.oh * form.ow), index / form.ow % form.oh, index % form.ow
      )
      return (0..<channels * form.kh * form.kw).reduce(0) { sum, column in
        let (c, i, j) = (
          column / (form.kh * form.kw), column / form.kw % form.kh, column % form.kw
        )
        return sum + matrix[o][column]
          * pixel(
            o / (form.o / form.groups) * channels + c, oh * form.sh - form.top + i * form.dh,
            ow * form.sw - form.left + j * form.dw)
      }
    }
  }

  @Test func aResidualInPlaceIsReadBeforeItIsWritten() throws {
    var generator = SeededGenerator(seed: 7)
    let layer = layer(3, 2, &generator)
    let step = OneStep([(.uint8, [2, 3, 3]), (.int8, [3, 3, 3])], to: (.int8, [3, 3, 3]))
    var form = BlobConvolution<BlobResidual?>.sample(c: 2, h: 3, w: 3, o: 3, oh: 3, ow: 3, kh: 1, kw: 1)
    (form.x, form.y, form.weights) = (step.x, step.y, layer.weights)
    let place = step.inputs[1].place
    form.finish = BlobResidual(place: place, factor: 1 << 14)
    let elements = step.elements(&generator)
    let apart = try step.run(.convolution(form), elements)
    form.y = place
    var inPlace = step
    inPlace.output.place = place
    #expect(try inPlace.run(.convolution(form), elements) == apart)
  }
}

extension BlobConvolution<BlobResidual?> {
  /// Without places and weights.
  static func sample(
    groups: Int = 1, c: Int, h: Int, w: Int, o: Int, oh: Int, ow: Int, kh: Int, kw: Int,
    sh: Int = 1, sw: Int = 1, dh: Int = 1, dw: Int = 1, top: Int = 0, left: Int = 0
  ) -> Self {
    BlobConvolution(
      x: 0, y: 0, groups: groups, c: c, h: h, w: w, o: o, oh: oh, ow: ow, kh: kh, kw: kw, sh: sh,
      sw: sw, dh: dh, dw: dw, top: top, left: left, finish: nil,
      weights: BlobWeights(.raw(SparseMatrix([0], rows: 1, columns: 1))))
  }
}
